package js

import (
	"errors"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestPositions makes mistakes behind what editors and systems put into files. Node.js tells the same lines and, but for
// characters beyond U+FFFF and byte order marks, the same columns.
func TestPositions(t *testing.T) {
	for _, c := range []struct {
		name, code   string
		line, column int
		source       string
	}{
		{"CRLF", "// a\r\nconst x = 1;\r\n\tconst s = '😀é日'; null.foo;\r\n", 3, 24, "\tconst s = '😀é日'; null.foo;"},
		{"byte order mark", "\ufeffconst s = '😀'; null.foo;\n", 1, 21, "const s = '😀'; null.foo;"},
		{"byte order mark and CRLF", "\ufeff// x\r\n\t\tlet s = '😀'; undefinedName();\r\n", 2, 16, "\t\tlet s = '😀'; undefinedName();"},
		{"tabs", "\tlet a = '\t😀';\tthrow new Error('x');\n", 1, 22, "\tlet a = '\t😀';\tthrow new Error('x');"},
		{"CR alone", "let a = 1;\rnull.foo;\r", 2, 6, "null.foo;"},
		{"line separator", "let a = 1; /*\u2028*/ null.foo\n", 2, 9, "*/ null.foo"},
		{"template", "const f = () => {\r\n\treturn `a\r\n😀b` + null.foo\r\n}\r\nf()\r\n", 3, 12, "😀b` + null.foo"},
		{"syntax", "\ufeffconst a = 1;\r\n\tconst b = '😀' + ;\r\n", 2, 18, "\tconst b = '😀' + ;"},
		{"syntax behind the mark", "\ufeffconst b = '😀' + ;\n", 1, 17, "const b = '😀' + ;"},
	} {
		for _, file := range []string{"a.js", "a.ts"} {
			o := script{name: file, code: c.code}.run(t)
			var e *engine.Error
			if !errors.As(o.err, &e) {
				t.Errorf("%s in %s: %v", c.name, file, o.err)
				continue
			}
			if e.Line != c.line || e.Column != c.column || e.SourceLine != c.source {
				t.Errorf("%s in %s: %s at %d:%d in %q, want %d:%d in %q", c.name, file, e.Message, e.Line, e.Column, e.SourceLine, c.line, c.column, c.source)
			}
		}
	}
}
