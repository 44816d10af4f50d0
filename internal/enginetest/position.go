package enginetest

import (
	"errors"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// mistake is a script with a mistake, and where it is.
type mistake struct {
	code         string
	line, column int
	source       string
}

// mistakes stand behind what editors and systems put into files. Node.js tells the same lines and, but for characters beyond U+FFFF and
// byte order marks, the same columns.
var mistakes = []struct {
	name    string
	js, lua mistake
}{
	{
		"CRLF",
		mistake{"// a\r\nconst x = 1;\r\n\tconst s = '😀é日'; null.foo;\r\n", 3, 24, "\tconst s = '😀é日'; null.foo;"},
		mistake{"-- a\r\nlocal x = 1\r\n\tlocal s = '😀é日'; x.y.z = 1\r\n", 3, 21, "\tlocal s = '😀é日'; x.y.z = 1"},
	},
	{
		"byte order mark",
		mistake{"\ufeffconst s = '😀'; null.foo;\n", 1, 21, "const s = '😀'; null.foo;"},
		mistake{"\ufefflocal s = '😀'; nothing.x = 1\n", 1, 24, "local s = '😀'; nothing.x = 1"},
	},
	{
		"byte order mark and CRLF",
		mistake{"\ufeff// x\r\n\t\tlet s = '😀'; undefinedName();\r\n", 2, 16, "\t\tlet s = '😀'; undefinedName();"},
		mistake{"\ufeff-- x\r\n\t\tlocal s = '😀'; undefined_name()\r\n", 2, 18, "\t\tlocal s = '😀'; undefined_name()"},
	},
	{
		"tabs",
		mistake{"\tlet a = '\t😀';\tthrow new Error('x');\n", 1, 22, "\tlet a = '\t😀';\tthrow new Error('x');"},
		mistake{"\tlocal a = '\t😀'\terror('x')\n", 1, 17, "\tlocal a = '\t😀'\terror('x')"},
	},
	{
		"CR alone",
		mistake{"let a = 1;\rnull.foo;\r", 2, 6, "null.foo;"},
		mistake{"local a = 1\rnothing.x = 1\r", 2, 9, "nothing.x = 1"},
	},
	{
		"text of two lines",
		mistake{"const f = () => {\r\n\treturn `a\r\n😀b` + null.foo\r\n}\r\nf()\r\n", 3, 12, "😀b` + null.foo"},
		mistake{"local s = [[a\r\n😀b]] nothing.x = 1\r\n", 2, 14, "😀b]] nothing.x = 1"},
	},
	{
		"syntax",
		mistake{"\ufeffconst a = 1;\r\n\tconst b = '😀' + ;\r\n", 2, 18, "\tconst b = '😀' + ;"},
		mistake{"\ufefflocal a = 1\r\n\tlocal b = '😀' + + 1\r\n", 2, 18, "\tlocal b = '😀' + + 1"},
	},
	{
		"syntax behind a byte order mark",
		mistake{"\ufeffconst b = '😀' + ;\n", 1, 17, "const b = '😀' + ;"},
		mistake{"\ufefflocal b = '😀' + + 1\n", 1, 17, "local b = '😀' + + 1"},
	},
	{
		"syntax after CR",
		mistake{"let a = 1;\r\tconst b = '😀' + ;\r", 2, 18, "\tconst b = '😀' + ;"},
		mistake{"local a = 1\r\tlocal b = '😀' + + 1\r", 2, 18, "\tlocal b = '😀' + + 1"},
	},
	{
		"line separator", // which Lua does not know
		mistake{"let a = 1; /*\u2028*/ null.foo\n", 2, 9, "*/ null.foo"},
		mistake{"local a = 1; --[[\u2028]] nothing.x = 1\n", 1, 30, "local a = 1; --[[\u2028]] nothing.x = 1"},
	},
}

// TestPositions makes mistakes in files of these names, which tell the language.
func TestPositions(t *testing.T, rt engine.Runtime, files ...string) {
	t.Helper()
	for _, file := range files {
		language, err := engine.LanguageOf(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range mistakes {
			m := pair.js
			if language == engine.Lua {
				m = pair.lua
			}
			o := Script{Source: engine.Source{Name: file, Code: []byte(m.code)}}.Run(t, rt)
			var e *engine.Error
			if !errors.As(o.Err, &e) {
				t.Errorf("%s in %s: %v", pair.name, file, o.Err)
				continue
			}
			if e.Line != m.line || e.Column != m.column || e.SourceLine != m.source {
				t.Errorf("%s in %s: %s at %d:%d in %q, want %d:%d in %q", pair.name, file, e.Message, e.Line, e.Column, e.SourceLine, m.line, m.column, m.source)
			}
		}
	}
}
