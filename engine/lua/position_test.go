package lua

import (
	"errors"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestPositions makes mistakes behind what editors and systems put into files.
func TestPositions(t *testing.T) {
	for _, c := range []struct {
		name, code   string
		line, column int
		source       string
	}{
		{"CRLF", "-- a\r\nlocal x = 1\r\n\tlocal s = '😀é日'; x.y.z = 1\r\n", 3, 21, "\tlocal s = '😀é日'; x.y.z = 1"},
		{"byte order mark", "\ufefflocal s = '😀'; nothing.x = 1\n", 1, 24, "local s = '😀'; nothing.x = 1"},
		{"byte order mark and CRLF", "\ufeff-- x\r\n\t\tlocal s = '😀'; undefined_name()\r\n", 2, 18, "\t\tlocal s = '😀'; undefined_name()"},
		{"tabs", "\tlocal a = '\t😀'\terror('x')\n", 1, 17, "\tlocal a = '\t😀'\terror('x')"},
		{"CR alone", "local a = 1\rnothing.x = 1\r", 2, 9, "nothing.x = 1"},
		{"long string", "local s = [[a\r\n😀b]] nothing.x = 1\r\n", 2, 14, "😀b]] nothing.x = 1"},
		{"syntax", "\ufefflocal a = 1\r\n\tlocal b = '😀' + + 1\r\n", 2, 18, "\tlocal b = '😀' + + 1"},
		{"syntax after CR", "local a = 1\r\tlocal b = '😀' + + 1\r", 2, 18, "\tlocal b = '😀' + + 1"},
	} {
		rt := NewRuntime()
		p, err := rt.Compile(t.Context(), engine.Source{Name: "a.lua", Code: []byte(c.code), Language: engine.Lua}, nil)
		if err == nil {
			v, newErr := rt.New(engine.Config{})
			if newErr != nil {
				t.Fatal(newErr)
			}
			_, err = v.Run(t.Context(), p)
			if closeErr := v.Close(); closeErr != nil {
				t.Error(closeErr)
			}
		}
		var e *engine.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if e.Line != c.line || e.Column != c.column || e.SourceLine != c.source {
			t.Errorf("%s: %s at %d:%d in %q, want %d:%d in %q", c.name, e.Message, e.Line, e.Column, e.SourceLine, c.line, c.column, c.source)
		}
	}
}
