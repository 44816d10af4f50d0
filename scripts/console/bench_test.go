package console_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/state"
)

// BenchmarkList renders the first page of a thousand scripts.
func BenchmarkList(b *testing.B) {
	f := newFake(atNoon)
	for i := range 1000 {
		name := fmt.Sprintf("script-%04d", i)
		f.put(state.Script{Name: name, Path: name + ".lua", Version: "v", Schedules: []string{"every 15m"}, NextRun: noon}, "")
	}
	for range stripRuns {
		f.ran("script-0000", noon, 1, state.Succeeded)
	}
	c, err := console.New(f, console.Options{Addr: "127.0.0.1:0", Now: atNoon})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if w := get(c, "/"); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

const stripRuns = 24

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := console.New(newFake(atNoon), console.Options{Addr: "127.0.0.1:0"}); err != nil {
			b.Fatal(err)
		}
	}
}
