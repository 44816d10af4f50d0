package stack

import (
	"errors"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
)

// Every text either compiles or gives one placed error; nothing panics.
func FuzzCompile(f *testing.F) {
	for _, code := range []string{"", "x = 1", "x = = 1", "if a then", "#!x\n", "\xef\xbb\xbf", "return [==[", "a.b:c'x'", "'\\", "for", "(", "x=\n(f)()", "goto a", "--[==["} {
		f.Add([]byte(code))
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		c, err := syntax.Compile("a.lua", code)
		if err == nil {
			ColumnOf(c, c.Proto, len(c.Proto.Code)-1)
			ColumnOf(c, c.Proto, len(c.Proto.Code)/2)
			return
		}
		var e *engine.Error
		if !errors.As(err, &e) || e.Message == "" || e.Line < 0 || e.Column < 0 {
			t.Errorf("error %#v", err)
		}
	})
}
