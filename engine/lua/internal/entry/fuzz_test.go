package entry

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/internal/sourceline"
)

// FuzzSessionEntry checks what can be told of an entry without running it: where its mistake is, that it waits for the rest of one
// that is typed line by line, and that what .save writes does the same.
func FuzzSessionEntry(f *testing.F) {
	for _, seed := range []string{
		"1 + 1", "= x", "local a, b = f(), 'x'; a, b", "#t", "for i = 1, 2 do end f()", "x = {1, [2] = 3; a = 'b'}", "return 1, 2", "goto a ::a::", "-- c", "[[x]]", "f'x'{}", "function a.b:c(...) return ... end",
		"a.b['c']:d()", "repeat until x", "'abc", "--[[", "x = 1;;", "not -#a", "\"\\\n\"", "if x then y() else z() end; w", "#!x\n1", "\xef\xbb\xbf1",
		"f(\n1,\n{\na = [[\n]]\n}\n)", "x =\n1 +\n2\nx -- c\n, y", "if a\nthen\nb()\nelseif c\nthen\nend", "--[==[\n]==]\n1", "for k,\nv in\npairs(t)\ndo\nend", "a\n.\nb\n:\nc\n'x'",
		"= f(\n1)", "\n= x", "(f or g)()", "-- c\n(f)()", "0E", "\xef\xbb\xbf#t",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		state, script := Check(code), Script(code)
		if _, _, err := Compile("entry", code); err != nil {
			checkPlace(t, code, err)
			return
		}
		if state != engine.Complete {
			t.Errorf("%q can be evaluated and waits for more", code)
		}
		checkLines(t, code)
		checkScript(t, code, script)
	})
}

// checkPlace checks that a mistake is in the text.
func checkPlace(t *testing.T, code string, err error) {
	t.Helper()
	var e *engine.Error
	if !errors.As(err, &e) || e.Message == "" || e.Line < 0 || e.Column < 0 {
		t.Fatalf("%q: error %#v", code, err)
	}
	if lines := len(syntax.LineStarts([]byte(code))); e.Line > lines || e.Column > utf8.RuneCountInString(sourceline.At([]byte(code), e.Line))+1 {
		t.Errorf("%q has %d lines, and a mistake at %v: %v", code, lines, e.Position, err)
	}
}

// checkLines checks that each beginning of a good entry either is an entry or waits for its next line.
func checkLines(t *testing.T, code string) {
	t.Helper()
	const enough = 20 // lines, so that long texts do not take long
	for end := 0; end < len(code); end++ {
		n := strings.IndexByte(code[end:], '\n')
		if n < 0 || strings.Count(code[:end], "\n") == enough {
			return
		}
		end += n
		if beginning := code[:end]; Check(beginning) == engine.Complete {
			text, _ := withReturn(bareEntry(beginning))
			if _, err := parse.Parse(bytes.NewReader(prelude(text)), ""); err != nil {
				t.Errorf("%q does not wait for the rest of %q", beginning, code)
			}
		}
	}
}

// checkScript checks that what .save writes prints the values of a good entry and otherwise is the entry.
func checkScript(t *testing.T, code, script string) {
	t.Helper()
	// Another entry may stand before it.
	got, err := parse.Parse(strings.NewReader("a = b\n"+script), "")
	if err != nil {
		t.Fatalf("%q is saved as %q: %v", code, script, err)
	}
	got = got[1:]
	text, found := withReturn(bareEntry(code))
	want, err := parse.Parse(bytes.NewReader(prelude(text)), "")
	if err != nil {
		t.Fatal(err)
	}
	if found != nil {
		last := len(want) - 1
		values := want[last].(*ast.ReturnStmt).Exprs
		call := &ast.FuncCallStmt{Expr: values[0]} // is its own statement
		if !found.call {
			for i, value := range values {
				values[i] = &ast.FuncCallExpr{Func: &ast.IdentExpr{Value: "inspect"}, Args: []ast.Expr{value}}
			}
			call.Expr = &ast.FuncCallExpr{Func: &ast.IdentExpr{Value: "print"}, Args: values}
		}
		want[last] = call
	}
	if parse.Dump(got) != parse.Dump(want) {
		t.Errorf("%q is saved as %q", code, script)
	}
}
