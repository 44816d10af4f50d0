package bindings_test

import (
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

// BenchmarkInstantiate makes and closes instances in which all modules are bound: of a program that does nothing, and of one
// that reaches into crisp.
func BenchmarkInstantiate(b *testing.B) {
	eng, err := engine.New(lua.Language, js.Language, bindings.Modules())
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, file, code string }{
		{"lua/empty", "a.lua", `x = 1`},
		{"lua/crisp", "a.lua", `x = crisp.conversations.messages.send`},
		{"js/empty", "a.js", `globalThis.x = 1`},
		{"js/crisp", "a.js", `globalThis.x = crisp.conversations.messages.send`},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, err := eng.Compile(b.Context(), engine.FromString(c.file, c.code))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				i, err := eng.Instantiate(b.Context(), p)
				if err != nil {
					b.Fatal(err)
				}
				if err := i.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
