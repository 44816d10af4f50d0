package js

import (
	"testing"

	"github.com/crisphost/crisphost/engine"
)

func TestAsyncGeneratorsAsInNode(t *testing.T) { sameAsNode(t, "generators.mjs") }

// TestAsyncGenerators leaves a generator whose finally block awaits, in a script and in a session.
func TestAsyncGenerators(t *testing.T) {
	const code = `async function* g() { try { yield 1; yield 2 } finally { seen.push("a"); await null; seen.push("b"); await null; seen.push("c") } }
`
	out := script{name: "generators.js", code: "const seen = [];\n" + code + "for await (const x of g()) break;\nconsole.log(seen.join())"}.run(t)
	if out.err != nil || out.stdout != "a,b,c\n" {
		t.Errorf("printed %q, error %v", out.stdout, out.err)
	}
	s := sessionOf(t, engine.Config{})
	for _, entry := range []string{"const seen = []", code, "for await (const x of g()) break"} {
		if _, err := s.Eval(t.Context(), "entry", entry); err != nil {
			t.Fatal(err)
		}
	}
	if outcome, err := s.Eval(t.Context(), "entry", "seen.join() === 'a,b,c'"); err != nil || outcome.Text != "true" {
		t.Errorf("session: %s, error %v", outcome.Text, err)
	}
}
