package manage

import (
	"bytes"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/scripts/state"
)

// Runs that are printed as they are read look like those that were read before.
func TestStreamRuns(t *testing.T) {
	h := newHistory(t)
	h.script(state.Script{Name: "digest"}, "print(1)")
	h.script(state.Script{Name: "never"}, "print(1)")
	for range 3 {
		h.end(h.start("digest", "an\x1b[2Jargument\nof two lines"), state.Failed, &state.RunError{Message: "no"})
	}
	for _, color := range []bool{false, true} {
		for _, name := range []string{"digest", "never"} {
			var streamed, whole bytes.Buffer
			filter := state.RunFilter{Script: name}
			o := &RunsOptions{io: &streams.IO{Out: &streamed, ColorOut: color}, script: name}
			h.must(streamRuns(t.Context(), o, h.DB, filter))
			runs, err := h.Runs(t.Context(), filter)
			h.must(err)
			h.must(printRuns(&streams.IO{Out: &whole, ColorOut: color}, runs, h.Now(), true))
			if streamed.String() != whole.String() {
				t.Errorf("streamed:\n%s\nwhole:\n%s", streamed.String(), whole.String())
			}
		}
	}
}
