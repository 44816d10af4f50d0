package scripts_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
)

func FuzzFindCalls(f *testing.F) {
	for _, code := range []string{
		"local c = crisp.conversations c.list() --[[ x ]] [==[ y ]==] crisp['a'].b{}",
		"const x = `a ${crisp.people.list({a: `${1}`})} b`; /[/`]/.test(x); crisp?.website('x').people.get?.()",
		"import c from 'crisp'; require(\"store\").get('a'); fetch('https://a.b/c') // x\n/* y */ '\\'",
		"#!x\n`${`", "}${", "crisp.website(",
	} {
		f.Add([]byte(code), true)
		f.Add([]byte(code), false)
	}
	f.Fuzz(func(t *testing.T, src []byte, lua bool) {
		lang := engine.JavaScript
		if lua {
			lang = engine.Lua
		}
		lines := strings.Split(strings.TrimPrefix(string(src), "\ufeff"), "\n")
		for _, call := range scripts.FindCalls(src, lang) {
			if call.Line < 1 || call.Line > len(lines) || call.Column < 1 {
				t.Fatalf("a call at %v of %d lines", call.Position, len(lines))
			}
			line := []rune(lines[call.Line-1])
			if call.Column > len(line) || line[call.Column-1] != '_' && line[call.Column-1] != '$' && !unicode.IsLetter(line[call.Column-1]) {
				t.Errorf("no name stands at %v", call.Position)
			}
		}
		if lua {
			checkWords(t, src)
		}
	})
}

// checkWords holds the words that calls are found among against those of the Lua runtime's own scanner.
func checkWords(t *testing.T, src []byte) {
	t.Helper()
	if _, err := parse.Parse(bytes.NewReader(src), ""); err != nil || bytes.HasPrefix(src, []byte("#")) {
		return // only what Lua can read is promised to be read alike
	}
	scanner, lexer := parse.NewScanner(bytes.NewReader(src), ""), &parse.Lexer{}
	var want []string
	var numberEnd ast.Position // the column behind the last number
	for {
		token, err := scanner.Scan(lexer)
		if err != nil {
			t.Fatal(err)
		}
		if token.Type < 0 {
			break
		}
		lexer.PrevTokenType = token.Type
		if token.Type == parse.TNumber {
			numberEnd = ast.Position{Line: token.Pos.Line, Column: token.Pos.Column + len(token.Str)}
			if !strings.ContainsRune("0123456789abcdefABCDEF.", rune(token.Str[len(token.Str)-1])) {
				return // the scanner takes 1e) for a number
			}
		} else if numberEnd.Line == token.Pos.Line && numberEnd.Column == token.Pos.Column && (token.Type <= parse.TGoto && token.Type >= parse.TAnd || token.Type == parse.TIdent) {
			return // it also takes 3x for a number and a name
		}
		if token.Type == parse.TIdent {
			want = append(want, token.Str)
		}
	}
	if got := scripts.Names(src, engine.Lua); !slices.Equal(got, want) {
		t.Errorf("%q has the names %q, not %q", src, got, want)
	}
}
