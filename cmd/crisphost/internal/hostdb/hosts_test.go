package hostdb

import (
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// TestQuietHost tells of a host that may have died a moment ago, before it counts as gone.
func TestQuietHost(t *testing.T) {
	now := time.Now()
	hosts := []state.Host{{ID: "a", Beat: now.Add(-4 * time.Second)}, {ID: "b", Beat: now.Add(-time.Second)}, {ID: "c", Beat: now.Add(-time.Minute)}}
	for id, want := range map[string]bool{"a": true, "b": false, "c": false, "d": false, "": false} {
		if h := quietHost(hosts, id, now); (h != nil) != want || h != nil && h.ID != id {
			t.Errorf("%s: %v", id, h)
		}
	}
}
