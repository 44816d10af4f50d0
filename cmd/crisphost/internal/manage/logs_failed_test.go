package manage

import (
	"testing"

	"github.com/crisphost/crisphost/scripts/state"
)

// TestFailedBetween has the looks at a run between which an attempt failed.
func TestFailedBetween(t *testing.T) {
	failure := &state.RunError{Message: "no"}
	for _, c := range []struct {
		before, now state.Run
		want        bool
	}{
		{state.Run{State: state.Running, Attempt: 1}, state.Run{State: state.Scheduled, Attempt: 1, Error: failure}, true},
		{state.Run{State: state.Scheduled, Attempt: 1}, state.Run{State: state.Scheduled, Attempt: 1, Error: failure}, true},
		{state.Run{State: state.Scheduled, Attempt: 1, Error: failure}, state.Run{State: state.Scheduled, Attempt: 2, Error: failure}, true},
		{state.Run{State: state.Scheduled, Attempt: 1}, state.Run{State: state.Scheduled, Attempt: 1}, false},
		{state.Run{State: state.Scheduled, Attempt: 2, Error: failure}, state.Run{State: state.Scheduled, Attempt: 2, Error: failure}, false},
		{state.Run{State: state.Scheduled, Attempt: 1}, state.Run{State: state.Running, Attempt: 1}, false},
	} {
		if got := failedBetween(c.before, c.now); got != c.want {
			t.Errorf("from %+v to %+v: %v", c.before, c.now, got)
		}
	}
}
