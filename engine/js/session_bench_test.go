package js

import (
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// BenchmarkSession measures what a person waits for besides the network: an entry in each language, a look whether it is complete, and
// a completion.
func BenchmarkSession(b *testing.B) {
	for _, language := range []engine.Language{engine.JavaScript, engine.TypeScript} {
		s := sessionOf(b, engine.Config{Modules: []*engine.Module{inbox()}})
		if err := s.(*session).SetLanguage(language); err != nil {
			b.Fatal(err)
		}
		evaluate(b, s, "const people = crisp.people")
		b.Run(string(language)+"/eval", func(b *testing.B) {
			for b.Loop() {
				evaluate(b, s, "const x = Math.max(1, 2) + crisp.people.countNow()")
			}
		})
		b.Run(string(language)+"/check", func(b *testing.B) {
			for b.Loop() {
				s.Check("const x = crisp.people.list({")
			}
		})
		b.Run(string(language)+"/members", func(b *testing.B) {
			for b.Loop() {
				s.Members("people")
			}
		})
		b.Run(string(language)+"/globals", func(b *testing.B) {
			for b.Loop() {
				s.Members("")
			}
		})
	}
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			s, err := NewRuntime().(engine.Interactive).NewSession(engine.Config{Modules: []*engine.Module{inbox()}}, "", "")
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
