package schedule

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/crisphost/crisphost/scripts/state"
)

// table is what the database has of a log.
type table []state.LogLine

func (l *table) apply(c state.LogChange) {
	if c.Gap != nil {
		var rest table
		for _, line := range *l {
			if line.Seq < c.Gap.Seq || line.Seq >= c.From {
				rest = append(rest, line)
			}
		}
		*l = rest
	}
	*l = append(*l, c.Lines...)
	if c.Gap != nil {
		*l = append(*l, *c.Gap)
	}
}

func TestTheFirstAndTheLastLinesAreKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		quota := LogQuota{Lines: rapid.IntRange(2, 20).Draw(rt, "lines"), Bytes: rapid.IntRange(60, 400).Draw(rt, "bytes")}
		k := newKeeper(quota, 1, 0)
		var got table
		lines := rapid.IntRange(0, 60).Draw(rt, "written")
		for i := range lines {
			k.add(state.LogLine{Message: fmt.Sprintf("%d %s", i, strings.Repeat("x", rapid.IntRange(0, 20).Draw(rt, "size")))})
			if rapid.Bool().Draw(rt, "flush") {
				got.apply(k.take())
			}
		}
		got.apply(k.take())
		var gap *state.LogLine
		bytes, shown := 0, map[string]bool{}
		for i, line := range got {
			if line.Level == "warn" {
				if gap != nil {
					rt.Fatalf("two gaps: %v", got)
				}
				gap = &got[i]
				continue
			}
			bytes += len(line.Message)
			number, _, _ := strings.Cut(line.Message, " ")
			shown[number] = true
		}
		if len(shown) > quota.Lines+1 || bytes > quota.Bytes+25 {
			rt.Fatalf("%d lines, %d bytes are kept of %+v", len(shown), bytes, quota)
		}
		if lines > 0 && (!shown["0"] || !shown[fmt.Sprint(lines-1)]) {
			rt.Fatalf("of %d lines the first or the last are not there: %v", lines, got)
		}
		missing := lines - len(shown)
		if (gap == nil) != (missing == 0) {
			rt.Fatalf("%d are missing, gap %v", missing, gap)
		}
		if gap == nil {
			return
		}
		if gap.Fields["omitted"] != int64(missing) {
			rt.Fatalf("%d are missing: %+v", missing, gap)
		}
		// What stands before the gap is the beginning, and behind it the end.
		before := 0
		for _, line := range got {
			if line.Seq < gap.Seq {
				before++
			}
		}
		for i := range lines {
			if shown[fmt.Sprint(i)] != (i < before || i >= before+missing) {
				rt.Fatalf("line %d: shown %v, the gap of %d stands behind %d", i, shown[fmt.Sprint(i)], missing, before)
			}
		}
	})
}

// TestLinesThatNeverCame are told where they are missing.
func TestLinesThatNeverCame(t *testing.T) {
	k := newKeeper(LogQuota{Lines: 10}, 1, 0)
	k.add(state.LogLine{Message: "a"})
	k.add(state.LogLine{Message: "b", Omitted: 1500})
	change := k.take()
	if len(change.Lines) != 3 || !strings.HasPrefix(change.Lines[1].Message, "1,500 lines left out here") {
		t.Errorf("%+v", change.Lines)
	}
	for range 20 {
		k.add(state.LogLine{Message: "c", Omitted: 10})
	}
	if change = k.take(); change.Gap == nil || change.Gap.Fields["omitted"] != int64(17*10+16) {
		t.Errorf("%+v", change.Gap)
	}
}

// TestALogThatGoesOn keeps less of each further attempt.
func TestALogThatGoesOn(t *testing.T) {
	k := newKeeper(LogQuota{Lines: 100}, 7, 41)
	for range 200 {
		k.add(state.LogLine{Message: "x"})
	}
	if change := k.take(); len(change.Lines) != 10 || change.Lines[0].Seq != 42 || change.Lines[0].Attempt != 7 {
		t.Errorf("%d lines from %d", len(change.Lines), change.Lines[0].Seq)
	}
}
