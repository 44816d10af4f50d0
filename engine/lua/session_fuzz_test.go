package lua

import (
	"bytes"
	"testing"

	"github.com/yuin/gopher-lua/parse"

	"github.com/crisphost/crisphost/engine"
)

// FuzzSessionEntry checks that looking at an entry never fails, and that what .save writes parses if the entry can be evaluated.
func FuzzSessionEntry(f *testing.F) {
	for _, seed := range []string{
		"1 + 1", "= x", "local a, b = f(), 'x'; a, b", "#t", "for i = 1, 2 do end f()", "x = {1, [2] = 3; a = 'b'}", "return 1, 2", "goto a ::a::", "-- c", "[[x]]", "f'x'{}", "function a.b:c(...) return ... end",
		"a.b['c']:d()", "repeat until x", "'abc", "--[[", "x = 1;;", "not -#a", "\"\\\n\"", "if x then y() else z() end; w", "#!x\n1", "\xef\xbb\xbf1",
	} {
		f.Add(seed)
	}
	s := sessionOf(f, engine.Config{}).(*session)
	f.Fuzz(func(t *testing.T, code string) {
		s.Check(code)
		script := s.Script(code)
		if _, _, err := s.compile("entry", code); err != nil {
			return
		}
		if _, err := parse.Parse(bytes.NewReader(prelude(script)), ""); err != nil && script != code {
			t.Errorf("%q is saved as %q: %v", code, script, err)
		}
	})
}
