package filter

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

const operators = "the operators are ==, !=, <, <=, >, >=, in, contains, matches, and, or, not"

// errorAt returns an error at a node.
func errorAt(n ast.Node, problem, hint string) *Error {
	return &Error{Column: n.Location().From + 1, Problem: problem, Hint: hint}
}

// syntaxError says in the words of this package what the parser says.
func syntaxError(text string, err error) *Error {
	if err == nil {
		return nil
	}
	var at *file.Error
	if !errors.As(err, &at) {
		return &Error{Column: 1, Problem: err.Error()}
	}
	e := &Error{Column: at.From + 1, Problem: at.Message}
	token, isToken := strings.CutPrefix(at.Message, "unexpected token ")
	rest := []rune(text)[min(at.From, len([]rune(text))):]
	switch {
	case strings.TrimSpace(text) == "":
		e.Column, e.Problem = 1, "the condition is empty"
	case isToken && strings.HasPrefix(token, "EOF"), strings.HasPrefix(at.Message, "unexpected end"):
		e.Column, e.Problem, e.Hint = len([]rune(text))+1, "the condition is not complete", operators
	case isToken:
		kind, quoted, _ := strings.Cut(strings.TrimSuffix(token, ")"), "(")
		if word, err := strconv.Unquote(quoted); err == nil {
			e.Problem, e.Hint = "unexpected "+strconv.Quote(word), misplaced(kind, word)
		}
	case strings.HasPrefix(at.Message, "unrecognized character"):
		e.Problem = "unexpected " + strconv.Quote(string(rest[:min(1, len(rest))]))
		if len(rest) > 0 && rest[0] == '~' {
			e.Hint = `write "!="`
		}
	case strings.HasPrefix(at.Message, "literal not terminated"):
		e.Problem, e.Hint = "the text does not end on its line", "end it with the quote that it begins with"
	case strings.Contains(at.Message, "char escape"), strings.Contains(at.Message, "unable to unescape"):
		e.Problem, e.Hint = "the text has an unknown escape", "write \\\\ for a backslash, or put the text into backquotes: `\\d+`"
	case strings.Contains(at.Message, "maximum allowed nodes"):
		e.Problem, e.Hint = "the condition has more than 200 parts", "test the rest in the script"
	}
	return e
}

// misplaced is a hint for a token where none of its kind can be.
func misplaced(kind, word string) string {
	switch {
	case word == "=":
		return `write "==" or "!="`
	case word == "&":
		return `write "and"`
	case kind == "Identifier" && strings.Contains(" and or not in contains matches ", " "+strings.ToLower(word)+" "):
		return fmt.Sprintf("write %q", strings.ToLower(word))
	case kind == "Identifier":
		return operators
	case kind == "String":
		return operators + "; a quote in a text is written \\\""
	}
	return ""
}
