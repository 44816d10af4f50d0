package lexer_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/lexer"
)

// kinds are how the tests write kinds.
var kinds = map[lexer.Kind]string{lexer.Word: "w", lexer.String: "s", lexer.Template: "t", lexer.RegExp: "r", lexer.Comment: "c", lexer.Punct: ""}

// split writes the tokens of a piece of code with their kinds, and + behind one that is open.
func split(code string, language engine.Language) string {
	var list []string
	for tok := range lexer.Tokens(code, language) {
		text := kinds[tok.Kind] + code[tok.Start:tok.End]
		if tok.Open {
			text += "+"
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		language   engine.Language
		code, want string
	}{
		{engine.JavaScript, "", ""},
		{engine.JavaScript, "const déjà = $a1?.b", "wconst wdéjà = w$a1 ? . wb"},
		{engine.JavaScript, `'a\'b' "c`, `s'a\'b' s"c+`},
		{engine.JavaScript, "'a\nb", "s'a wb"},
		{engine.JavaScript, "// a\nb /* c\n*/ d /* e", "c// a wb c/* c\n*/ wd c/* e+"},
		{engine.JavaScript, "/\"[/]\\//g.test(a) / 2", "r/\"[/]\\// wg . wtest ( wa ) / w2"},
		{engine.JavaScript, "if (s) /`/.test(s)", "wif ( ws ) r/`/ . wtest ( ws )"},
		{engine.JavaScript, "f(s) / 2 / (3) / 4", "wf ( ws ) / w2 / ( w3 ) / w4"},
		{engine.JavaScript, "return /a/; x[1] / 2; 'a' / 'b'", "wreturn r/a/ ; wx [ w1 ] / w2 ; s'a' / s'b'"},
		{engine.JavaScript, "/a\nb", "r/a wb"},
		{engine.JavaScript, "`a ${b + `c ${{d: /}/}}` } e` f", "t`a ${ wb + t`c ${ { wd : r/}/ } t}` t} e` wf"},
		{engine.JavaScript, "`a ${b", "t`a ${ wb"},
		{engine.JavaScript, "`a ${b} c", "t`a ${ wb t} c+"},
		{engine.JavaScript, "}}))`", "} } ) ) t`+"},
		{engine.Lua, "#a --[==[ ]] ]==] b -- c", "# wa c--[==[ ]] ]==] wb c-- c"},
		{engine.Lua, "x = [==[ it's ]] ]==] .. 'a' [1]", "wx = s[==[ it's ]] ]==] . . s'a' [ w1 ]"},
		{engine.Lua, "[[ a", "s[[ a+"}, {engine.Lua, "--[=[ a]]", "c--[=[ a]]+"}, {engine.Lua, "a // `b`", "wa / / ` wb `"},
	} {
		if got := split(c.code, c.language); got != c.want {
			t.Errorf("%s %q\ngot  %s\nwant %s", c.language, c.code, got, c.want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, code := range []string{
		"local c = crisp.conversations c.list() --[[ x ]] [==[ y ]==] crisp['a'].b{}", "const x = `a ${f({a: `${1}`})} b`; /[/`]/.test(x)",
		"#!x\n`${`", "}${", "'\\", "/\\", "3x 1e) \xff", "[=", "--[",
	} {
		f.Add([]byte(code), true)
		f.Add([]byte(code), false)
	}
	f.Fuzz(func(t *testing.T, src []byte, lua bool) {
		language := engine.JavaScript
		if lua {
			language = engine.Lua
		}
		end := 0
		for tok := range lexer.Tokens(string(src), language) {
			if tok.Start < end || tok.End <= tok.Start || tok.End > len(src) || tok.Open && tok.End != len(src) {
				t.Fatalf("%q has the token %v behind %d", src, tok, end)
			}
			end = tok.End
		}
		if lua {
			checkNames(t, src)
		}
	})
}

var luaKeywords = strings.Fields("and break do else elseif end false for function goto if in local nil not or repeat return then true until while")

// checkNames compares the names of a Lua script with those of the runtime's own scanner.
func checkNames(t *testing.T, src []byte) {
	t.Helper()
	if _, err := parse.Parse(bytes.NewReader(src), ""); err != nil || bytes.HasPrefix(src, []byte("#")) {
		return // only what Lua can read is promised to be read alike
	}
	scanner, scanned := parse.NewScanner(bytes.NewReader(src), ""), &parse.Lexer{}
	var want []string
	var numberEnd ast.Position // the column behind the last number
	for {
		tok, err := scanner.Scan(scanned)
		if err != nil {
			t.Fatal(err)
		}
		if tok.Type < 0 {
			break
		}
		scanned.PrevTokenType = tok.Type
		if tok.Type == parse.TNumber {
			numberEnd = ast.Position{Line: tok.Pos.Line, Column: tok.Pos.Column + len(tok.Str)}
			if !strings.ContainsRune("0123456789abcdefABCDEF.", rune(tok.Str[len(tok.Str)-1])) {
				return // the scanner takes 1e) for a number
			}
		} else if numberEnd.Line == tok.Pos.Line && numberEnd.Column == tok.Pos.Column && (tok.Type <= parse.TGoto && tok.Type >= parse.TAnd || tok.Type == parse.TIdent) {
			return // it also takes 3x for a number and a name
		}
		if tok.Type == parse.TIdent {
			want = append(want, tok.Str)
		}
	}
	var got []string
	for tok := range lexer.Tokens(string(src), engine.Lua) {
		word := string(src[tok.Start:tok.End])
		if tok.Kind == lexer.Word && !slices.Contains(luaKeywords, word) && (word[0] < '0' || word[0] > '9') {
			got = append(got, word)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q has the names %q, not %q", src, got, want)
	}
}
