package state

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// newID makes a UUID of version 7 (RFC 9562): 48 bits of milliseconds, a counter of this process in the 12 bits behind the
// version, so that IDs sort in the order in which they were made, and 62 random bits.
func newID(now time.Time) string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	milliseconds, count := idClock.next(now.UnixMilli())
	binary.BigEndian.PutUint64(id[:8], uint64(milliseconds)<<16|7<<12|uint64(count))
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

var idClock clock

type clock struct {
	mu           sync.Mutex
	milliseconds int64
	count        uint16
}

// idAhead is how far the time of an ID may lie ahead of the time at which its run was asked for. It never lies behind.
const idAhead = time.Hour

// next goes back only when the machine's clock was set back by more than idAhead: it counts within a millisecond, and goes on to the next
// one when the counter is used up.
func (c *clock) next(now int64) (milliseconds int64, count uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now > c.milliseconds || c.milliseconds-now > idAhead.Milliseconds() {
		c.milliseconds, c.count = now, 0
		return now, 0
	}
	if c.count++; c.count == 1<<12 {
		c.milliseconds++
		c.count = 0
	}
	return c.milliseconds, c.count
}

// firstID is below the IDs that are made at a time or later, and above earlier ones.
func firstID(at time.Time) string {
	hex := fmt.Sprintf("%012x", min(max(at.UnixMilli(), 0), 1<<48-1))
	return hex[:8] + "-" + hex[8:] + "-0000-0000-000000000000"
}

// millisecondsOf is the time in an ID.
func millisecondsOf(id string) int64 {
	if len(id) < 13 {
		return 0
	}
	n, _ := strconv.ParseInt(id[:8]+id[9:13], 16, 64) // 0 of what newID did not make
	return n
}

// microseconds is a time as the database has it; 0 is the zero time.
func microseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOf(microseconds int64) time.Time {
	if microseconds == 0 {
		return time.Time{}
	}
	return time.UnixMicro(microseconds).UTC()
}
