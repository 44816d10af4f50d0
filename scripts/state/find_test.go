//go:build unix

package state_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestFindRuns(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		if err := db.PutScript(t.Context(), state.Script{Name: "a", Path: "a.lua", Language: "lua"}); err != nil {
			t.Fatal(err)
		}
		var ids []string // the newest first
		for range 20 {
			run, err := db.Trigger(t.Context(), "a", state.Trigger{Kind: state.ByHand})
			if err != nil {
				t.Fatal(err)
			}
			ids = slices.Insert(ids, 0, run.ID)
		}
		one := ids[7]
		for _, part := range []string{one, one[24:], one[28:], strings.ToUpper(one[24:]), one[:8], one[:4], one[:18], "ffff", "abc", "", "%%%%", "____", one[:8] + "%", "nothing", "é123"} {
			want := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
				p := strings.ToLower(part)
				return len(p) < 4 || !strings.HasPrefix(id, p) && !strings.HasSuffix(id, p)
			})
			found, err := db.FindRuns(t.Context(), part, 100)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, run := range found {
				got = append(got, run.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("FindRuns(%q) = %v, want %v", part, got, want)
			}
		}
		if found, err := db.FindRuns(t.Context(), one[:4], 3); err != nil || len(found) != 3 || found[0].ID != ids[0] {
			t.Errorf("with a limit: %v, %v", found, err)
		}
	})
}
