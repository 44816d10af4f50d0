package schedule

import (
	"encoding/json"
	"fmt"

	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/sizetext"
	"github.com/crisphost/crisphost/scripts/state"
)

// LogQuota is what is kept of the log of a run: one half from its beginning, the other from its end.
type LogQuota struct {
	// Lines is 10,000 when it is 0.
	Lines int
	// Bytes is 8 MiB when it is 0. Fields count too.
	Bytes int
}

// The defaults of LogQuota.
const (
	DefaultLogLines = 10_000
	DefaultLogBytes = 8 << 20
)

// maxLogLine bounds a line, in bytes.
const maxLogLine = 64 << 10

// keeper keeps the first and the last lines of a log. Lines are written as they come; when those of the end become too many, the
// oldest of them are deleted, and a line behind the beginning tells how many are missing. It is not safe for concurrent use.
type keeper struct {
	quota   LogQuota
	attempt int
	// seq is the number of the last line that has one, and gap that of the line that tells what is missing, once there may be one.
	seq, gap int64

	head      []state.LogLine // not written yet
	headLines int             // of all
	headBytes int

	tail      []keptLine
	tailBytes int
	// written is how many of the tail's first are in the database.
	written int
	// missing counts the lines that were left out, and told is how many the database knows of.
	missing, told int64
}

// keptLine is a line of the tail, or one that stands for others.
type keptLine struct {
	line    state.LogLine
	bytes   int
	omitted int64 // the lines that it stands for
}

func newKeeper(quota LogQuota, attempt int, seq int64) keeper {
	if quota.Lines <= 0 {
		quota.Lines = DefaultLogLines
	}
	if quota.Bytes <= 0 {
		quota.Bytes = DefaultLogBytes
	}
	if seq > 0 {
		// A run that begins again has a log already, and may do so a hundred times.
		const part = 10
		quota.Lines, quota.Bytes = max(quota.Lines/part, 2), max(quota.Bytes/part, 2)
	}
	return keeper{quota: quota, attempt: attempt, seq: seq}
}

// add takes a line.
func (k *keeper) add(line state.LogLine) {
	omitted := line.Omitted
	line.Attempt, line.Omitted = k.attempt, 0
	if omitted > 0 {
		k.put(keptLine{line: k.marker(omitted, line), omitted: omitted})
	}
	if len(line.Message) > maxLogLine {
		line.Message = line.Message[:maxLogLine] + fmt.Sprintf(" ... (%d bytes in all)", len(line.Message))
	}
	k.put(keptLine{line: line, bytes: len(line.Message) + sizeOf(line.Fields)})
}

func (k *keeper) put(l keptLine) {
	if k.gap == 0 && k.headLines < (k.quota.Lines+1)/2 && k.headBytes+l.bytes <= k.quota.Bytes/2 {
		k.headLines++
		k.headBytes += l.bytes
		k.seq++
		l.line.Seq = k.seq
		k.head = append(k.head, l.line)
		return
	}
	if k.gap == 0 {
		k.seq++
		k.gap = k.seq
	}
	k.tail = append(k.tail, l)
	k.tailBytes += l.bytes
	for len(k.tail) > 1 && (len(k.tail) > k.quota.Lines/2 || k.tailBytes > k.quota.Bytes/2) {
		k.missing += max(k.tail[0].omitted, 1)
		k.tailBytes -= k.tail[0].bytes
		k.tail = k.tail[1:]
		k.written = max(k.written-1, 0)
	}
}

// marker is the line that stands for others, before a line.
func (k *keeper) marker(omitted int64, next state.LogLine) state.LogLine {
	return state.LogLine{
		Time: next.Time, Level: "warn", Attempt: k.attempt, Seq: k.gap, Fields: map[string]any{"omitted": omitted},
		Message: fmt.Sprintf("%s left out here: the log of a run keeps its first and last lines, %s and %s in all",
			paint.Plural(int(omitted), "line"), paint.Thousands(k.quota.Lines), sizetext.Format(int64(k.quota.Bytes))),
	}
}

// take returns what is to be written now.
func (k *keeper) take() (change state.LogChange) {
	change.Lines, k.head = k.head, nil
	for i := k.written; i < len(k.tail); i++ {
		k.seq++
		k.tail[i].line.Seq = k.seq
		change.Lines = append(change.Lines, k.tail[i].line)
	}
	k.written = len(k.tail)
	if k.missing > k.told {
		k.told = k.missing
		gap := k.marker(k.missing, k.tail[0].line)
		change.Gap, change.From = &gap, k.tail[0].line.Seq
	}
	return change
}

// sizeOf is about how many bytes fields take.
func sizeOf(value any) int {
	switch v := value.(type) {
	case nil:
		return 0
	case string:
		return len(v)
	case map[string]any:
		n := 0
		for name, member := range v {
			n += len(name) + sizeOf(member)
		}
		return n
	case []any:
		n := 0
		for _, item := range v {
			n += sizeOf(item)
		}
		return n
	case bool, int64, float64:
		return 8
	}
	text, err := json.Marshal(value)
	if err != nil {
		return len(fmt.Sprint(value))
	}
	return len(text)
}
