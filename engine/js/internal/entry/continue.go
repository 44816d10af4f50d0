package entry

import (
	"slices"
	"strings"

	"github.com/dop251/goja/ast"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
)

// Continues reports whether a line belongs to the statement that a complete entry ends with, by the language's rule: no semicolon is
// implied where what follows can go on. The line has no blanks and no comment before it.
func (t *Translator) Continues(code, line string) bool {
	for _, word := range [...]string{"else", "catch", "finally"} {
		if beginsWith(line, word) {
			return true
		}
	}
	probe, ambiguous := continuation(line)
	if probe == "" || t.checkSize("", code) != nil {
		return false
	}
	tokens := rewrite.Lex(code)
	last := len(tokens.Tokens) - 1
	if last < 0 || tokens.Is(last, ";") {
		return false
	}
	if t.Language == engine.JavaScript {
		if e, ok := rewrite.ParseEntry(code); ok {
			return goesOn(e, probe)
		}
	}
	if !ambiguous {
		return len(bundle.Transform(code+"\n"+probe, t.loader(), false).Errors) == 0
	}
	switch tokens.Text(0) {
	case "enum", "namespace", "module", "declare", "interface", "abstract", "type", "export", "import":
		return false
	}
	if tokens.Is(0, "const") && tokens.Is(1, "enum") {
		return false
	}
	result := bundle.Transform(code, t.loader(), false)
	e, ok := rewrite.ParseEntry(strings.TrimRight(string(result.Code), ";\n"))
	return ok && len(result.Errors) == 0 && goesOn(e, probe)
}

// goesOn reports whether the beginning of another line becomes a part of an entry's last statement.
func goesOn(e *rewrite.Entry, probe string) bool {
	if len(e.Body) == 0 || e.Base > len(rewrite.EntryHead) {
		return false
	}
	if statement, ok := e.Body[len(e.Body)-1].(*ast.ExpressionStatement); ok && strings.IndexByte("([`", probe[0]) >= 0 {
		switch value := statement.Expression.(type) {
		case *ast.Identifier:
			if value.Name == "undefined" {
				return false
			}
		case *ast.StringLiteral, *ast.NumberLiteral, *ast.BooleanLiteral, *ast.NullLiteral, *ast.TemplateLiteral, *ast.ArrayLiteral, *ast.RegExpLiteral:
			return false // a value to show, and nothing that a script would call or index
		}
	}
	with, ok := rewrite.ParseEntry(e.Text + "\n" + probe)
	return ok && with.Base == e.Base && len(with.Body) == len(e.Body)
}

// binaryOperators are the operators that take something on both sides, longer ones before those that they begin with.
var binaryOperators = [...]string{
	">>>=", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "==", "!=", "<=", ">=", "&&", "||", "??", "**", "<<", ">>",
	"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "+", "-", "*", "/", "%", "&", "|", "^", "<", ">", "=",
}

// continuation is the shortest text that begins as a line does and goes on with an expression before it, or empty where none
// can. Ambiguous tells that a statement may begin so, too.
func continuation(line string) (probe string, ambiguous bool) {
	switch {
	case line == "", strings.HasPrefix(line, "++"), strings.HasPrefix(line, "--"), strings.HasPrefix(line, "=>"), strings.HasPrefix(line, "..."):
		return "", false
	case line[0] == '(':
		return "()", true
	case line[0] == '[':
		return "[0]", true
	case line[0] == '`':
		return "``", true
	case line[0] == ',':
		return ", $", false
	case strings.HasPrefix(line, "?.") && (len(line) < 3 || line[2] < '0' || line[2] > '9'):
		return "?.x", false
	case line[0] == '.' && (len(line) < 2 || line[1] < '0' || line[1] > '9'):
		return ".x", false
	case line[0] == '?' && !strings.HasPrefix(line, "??"):
		return "? 0 : 0", false
	}
	for _, word := range [...]string{"in", "instanceof"} {
		if beginsWith(line, word) {
			return word + " Object", false
		}
	}
	if i := slices.IndexFunc(binaryOperators[:], func(operator string) bool { return strings.HasPrefix(line, operator) }); i >= 0 {
		return binaryOperators[i] + " 0", strings.Contains("+-/<", line[:1])
	}
	return "", false
}

// beginsWith reports whether a line begins with a word.
func beginsWith(line, word string) bool {
	tokens := rewrite.Lex(line)
	return len(tokens.Tokens) > 0 && tokens.Tokens[0].Kind == rewrite.TokenWord && tokens.Text(0) == word
}
