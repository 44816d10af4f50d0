//go:build unix

package state_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// BenchmarkSaveScripts saves 10,000 scripts that are new, and again when nothing has changed.
func BenchmarkSaveScripts(b *testing.B) {
	list := make([]state.Saved, 10_000)
	for i := range list {
		list[i] = file(fmt.Sprintf("team%03d/script%05d", i%200, i), strings.Repeat("print('a line of a script')\n", 20))
	}
	for _, kind := range []string{"sqlite", "postgres"} {
		address := func() string {
			if kind == "sqlite" {
				return statetest.SQLite(b)
			}
			return statetest.Shared(b).Database(b)
		}
		save := func(db *state.DB) {
			if failed, err := db.SaveScripts(b.Context(), list); err != nil || len(failed) > 0 {
				b.Fatal(failed, err)
			}
		}
		b.Run(kind+"/new", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				db := statetest.Open(b, address())
				b.StartTimer()
				save(db)
			}
		})
		b.Run(kind+"/unchanged", func(b *testing.B) {
			db := statetest.Open(b, address())
			save(db)
			for b.Loop() {
				save(db)
			}
		})
	}
}
