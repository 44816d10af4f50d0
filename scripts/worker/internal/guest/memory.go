//go:build unix

package guest

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// errMemory is the cause of the end of a run that uses too much memory.
type errMemory struct{ limit int64 }

func (e *errMemory) Error() string {
	return "the script uses more than " + wire.Size(e.limit) + " of memory"
}

const (
	// memoryEvery is how often the memory is looked at, and memoryGrace how long a script that uses too much may take to end.
	memoryEvery = 20 * time.Millisecond
	memoryGrace = 500 * time.Millisecond
)

// memoryUse reads what Go's runtime counts.
type memoryUse struct{ samples []metrics.Sample }

func newMemoryUse() *memoryUse {
	return &memoryUse{samples: []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}}
}

// read returns what the last garbage collection left, and what the process has of the system.
func (m *memoryUse) read() (live, mapped int64) {
	metrics.Read(m.samples)
	return int64(m.samples[0].Value.Uint64()), int64(m.samples[1].Value.Uint64() - m.samples[2].Value.Uint64())
}

// exceeds reports whether what is in use is more than a limit. A collection counts what is made while it goes on, which can be much
// and garbage, so that one is not enough.
func (m *memoryUse) exceeds(limit int64) bool {
	for range 5 {
		runtime.GC()
		if live, _ := m.read(); live <= limit {
			return false
		}
	}
	return true
}

// keptMemory is how much more memory than a new one a process may have between two runs.
const keptMemory = 32 << 20

// isLean gives back what runs have left, and reports whether the process is still about as small as a new one.
func (g *guest) isLean() bool {
	use := newMemoryUse()
	if _, mapped := use.read(); mapped <= g.base+keptMemory {
		return true
	}
	debug.FreeOSMemory()
	_, mapped := use.read()
	return mapped <= g.base+keptMemory
}

// watchMemory ends the run when the script's values take more than limit. It works in three steps: above the limit the garbage
// collector works harder; what is in use after it counts, and the script is stopped; and what gets past that, such as one
// value of some gigabytes, the kernel refuses as the host told it. The returned function ends the watch.
func (g *guestRun) watchMemory(limit int64, stop context.CancelCauseFunc) (end func()) {
	use := newMemoryUse()
	base := g.base
	if !g.bounded {
		g.bounded = true
		// All runs of the process have the same limit.
		debug.SetMemoryLimit(base + limit)
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(memoryEvery)
		defer tick.Stop()
		for next := time.Now(); ; {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			live, mapped := use.read()
			if live <= limit && mapped <= base+limit || time.Now().Before(next) {
				continue
			}
			began := time.Now()
			if use.exceeds(limit) {
				break
			}
			// A script that makes much garbage shall not spend its time here.
			next = time.Now().Add(10 * time.Since(began))
		}
		stop(&errMemory{limit})
		select {
		case <-done:
		case <-time.After(memoryGrace):
			// The script is where nothing stops it, and goes on taking memory.
			problem := &wire.Error{Kind: engine.KindMemory.String(), Message: (&errMemory{limit}).Error()}
			_ = g.link.Send(wire.FrameResult, g.id, &wire.ResultMessage{Error: problem}, nil)
			os.Exit(exitMemory)
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
