package schedule

import (
	"testing"

	"github.com/crisphost/crisphost/scripts/state"
)

// The end of a run is not missed by a line that was read before it and waits for it.
func TestEndWhileLineIsRead(t *testing.T) {
	waits := []state.Turn{{Script: "a", Runs: 1, Of: state.NewHead}}
	t.Run("before", func(t *testing.T) {
		var r rest
		r.ended("a")
		if r.note(waits, r.count()) {
			t.Error("the line saw the end, and is looked at again")
		}
		if !r.ended("a") {
			t.Error("the next end is of no interest")
		}
	})
	t.Run("between", func(t *testing.T) {
		var r rest
		ends := r.count()
		if r.ended("b"); r.note(waits, ends) {
			t.Error("the line is looked at again for the run of another script")
		}
		r = rest{}
		ends = r.count()
		if r.ended("a") {
			t.Error("an end matters to a line that nobody knows")
		}
		if !r.note(waits, ends) {
			t.Error("the line waits for a run that has ended")
		}
	})
	t.Run("runs of its own", func(t *testing.T) {
		var r rest
		ends := r.count()
		r.ended("a")
		if r.note([]state.Turn{{Script: "a", Runs: 4, Of: state.Head}}, ends) {
			t.Error("the line is looked at again though its runs have jobs, whose ends will do")
		}
	})
}
