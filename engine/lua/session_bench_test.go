package lua

import (
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// BenchmarkSession measures what a person waits for besides the network: an entry, a look whether it is complete, and a completion.
func BenchmarkSession(b *testing.B) {
	s := sessionOf(b, engine.Config{Modules: []*engine.Module{inbox()}})
	b.Run("eval", func(b *testing.B) {
		for b.Loop() {
			evaluate(b, s, "local x = math.max(1, 2); x + 1")
		}
	})
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			s.Check("local x = crisp.people.list{")
		}
	})
	b.Run("members", func(b *testing.B) {
		for b.Loop() {
			s.Members("crisp.people")
		}
	})
	b.Run("globals", func(b *testing.B) {
		for b.Loop() {
			s.Members("")
		}
	})
}
