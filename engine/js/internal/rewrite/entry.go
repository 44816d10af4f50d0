// Package rewrite makes entries of a session out of the texts that a person entered: it splits and parses them and finds imports. For a
// run it implies await and turns declarations into assignments of global properties, in the syntax tree; for a script it writes what the
// entries imply, in the text.
package rewrite

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// The names that a compiled entry knows besides the globals: further parameters of the function around it.
const (
	EntryConst  = "__crisphost_const"  // assigning a member declares a constant
	EntryLet    = "__crisphost_let"    // assigning a member declares a variable
	EntryValue  = "__crisphost_value"  // refuses a promise where its value is meant
	EntrySync   = "__crisphost_sync"   // refuses an async function where its result is looked at
	EntrySettle = "__crisphost_settle" // makes one promise of an array of promises
	// EntryPending reports whether a value has to be awaited, and EntryTaken returns that value.
	EntryPending = "__crisphost_pending"
	EntryTaken   = "__crisphost_taken"
)

// An entry is wrapped in a function: EntryHead stands before it.
const (
	EntryHead = "(async function " + syntax.MainFunction + "(" + syntax.ParamHost + "," + syntax.ParamResult + "," + syntax.ParamMeta + "," + EntryConst + "," +
		EntryLet + "," + EntryValue + "," + EntrySync + "," + EntrySettle + "," + EntryPending + "," + EntryTaken + "){\"use strict\";\n"
	entryTail = "\n})"
)

// Entry is a text that a person entered, taken apart.
type Entry struct {
	// text is JavaScript: the code itself, or what esbuild made of it.
	Text   string
	tokens *tokenList
	Body   []ast.Statement
	// variables are those of var, wherever they stand.
	variables []*ast.VariableDeclaration
	// base is the offset of the text in what was parsed.
	Base    int
	Imports []ImportDeclaration
	// exported is the token that follows export default, or 0.
	exported int
	// awaited are the offsets of the word await in "for await", which the parser does not know.
	Awaited map[int]bool

	// Tree is what was parsed, and around the function in it.
	Tree   *ast.Program
	around *ast.FunctionLiteral

	// What follows belongs to a script.
	Edits []edit
	// Waits are what is put around expressions.
	Waits   []wait
	Created []string // names that did not exist before it assigned them
	first   map[string]int
	// origin tells where a byte of the text comes from in what was entered, or is nil when they are the same.
	Origin func(offset int) int
}

// Original is where a byte of the text comes from in what was entered.
func (e *Entry) Original(offset int) int {
	if e.Origin == nil {
		return offset
	}
	return e.Origin(offset)
}

// edit replaces a range of the text, by byte offsets.
type edit struct {
	Start, end int
	Text       string
	// after is set for what belongs to the token that ends there.
	after bool
}

// wait is an expression that is awaited: its range in the text, and what is put around it.
type wait struct {
	start, end    int
	before, after string
}

// Translates reports whether goja parses an entry and does not compile it: one with for await or an async generator.
func (e *Entry) Translates() bool {
	if len(e.Awaited) > 0 {
		return true
	}
	for i := range e.tokens.Tokens {
		if e.tokens.Is(i, "async") && (e.tokens.Is(i+1, "*") || e.tokens.Is(i+1, "function") && e.tokens.Is(i+2, "*")) {
			return true
		}
	}
	return false
}

// Bounds of an entry. Parsers and compilers recurse over it, and running out of Go's stack cannot be recovered from.
const (
	maxEntryDepth = 1500   // brackets inside each other
	maxEntryChain = 20_000 // operators and statements inside each other
)

// TooNested reports whether parsing a text would take too much stack.
func TooNested(l *tokenList) bool { return l.depth > maxEntryDepth || l.nesting > maxEntryChain }

// ParseEntry takes apart a text that goja understands. It is false for others, which may be wrong, unfinished, or newer than goja.
func ParseEntry(text string) (*Entry, bool) {
	tokens := Lex(text)
	e, ok := parseTokens(tokens)
	if !ok || !tokens.doubtful {
		return e, ok
	}
	guessed, parsed := tokens.regexps(), e.regexps()
	if maps.Equal(guessed, parsed) {
		return e, true
	}
	e, ok = parseTokens(lexWith(text, parsed))
	return e, ok && maps.Equal(e.regexps(), parsed)
}

// parseTokens is parseEntry for a text that is split into tokens.
func parseTokens(tokens *tokenList) (*Entry, bool) {
	text := tokens.code
	if tokens.Open || tokens.Unbalanced || tokens.unclosed || TooNested(tokens) || commentedRegExp(tokens) {
		return nil, false
	}
	e := &Entry{Text: text, tokens: tokens}
	masked, ok := e.mask()
	if !ok {
		return nil, false
	}
	if tokens.Is(0, "{") || tokens.Is(0, "function") || tokens.Is(0, "class") || tokens.Is(0, "async") && tokens.Is(1, "function") {
		// An object literal is more useful than a block, and a function without a name can be nothing else than a value.
		named := !tokens.Is(0, "{") && e.parse("", masked, "")
		if !named && e.parse("(", masked, "\n)") {
			return e, true
		} else if named {
			return e, true
		}
	}
	return e, e.parse("", masked, "")
}

// parse parses the text between two others. It refuses one that gets out of the function around it.
func (e *Entry) parse(before, text, after string) bool {
	var b strings.Builder
	b.Grow(len(EntryHead) + len(text) + len(entryTail) + 8)
	b.WriteString(EntryHead)
	b.WriteString(before)
	b.WriteString(text)
	b.WriteString(after)
	b.WriteString(entryTail)
	tree := ParseText(b.String())
	if tree == nil || len(tree.Body) != 1 {
		return false
	}
	statement, ok := tree.Body[0].(*ast.ExpressionStatement)
	if !ok {
		return false
	}
	around, ok := statement.Expression.(*ast.FunctionLiteral)
	if !ok || int(around.Body.RightBrace)-1 != b.Len()-2 {
		return false
	}
	e.Tree, e.around = tree, around
	e.Base = len(EntryHead) + len(before)
	e.Body = around.Body.List[1:] // without "use strict"
	e.variables = around.DeclarationList
	if before != "" && len(e.Body) == 1 {
		value, ok := e.Body[0].(*ast.ExpressionStatement)
		return ok && !assigns(value.Expression)
	}
	return true
}

// ParseText parses a text, or returns nil.
func ParseText(text string) *ast.Program {
	tree, err := syntax.ParseProgram("", text)
	if err != nil {
		return nil
	}
	return tree
}

// assigns reports whether an expression begins with an object that has assignments for members. The parser lets {a = 1} pass, which can only
// be a block.
func assigns(n ast.Node) bool {
	object, ok := leftmost(n).(*ast.ObjectLiteral)
	return ok && slices.ContainsFunc(object.Value, func(p ast.Property) bool {
		switch p := p.(type) {
		case *ast.PropertyShort:
			return p.Initializer != nil
		case *ast.PropertyKeyed:
			return assigns(p.Value)
		}
		return false
	})
}

// offset is the place of an index of the parser in the text.
func (e *Entry) offset(idx file.Idx) int { return int(idx) - 1 - e.Base }

// span is the range of an expression in the text with the parentheses that belong to its parts, which the parser leaves out.
func (e *Entry) span(node ast.Node) (start, end int) {
	first := e.tokens.at(e.offset(leftmost(node).Idx0()))
	last := e.lastToken(node)
	for i := first; i <= last && i < len(e.tokens.Tokens); i++ {
		if partner := e.tokens.Tokens[i].partner; partner >= 0 {
			if partner < first {
				i, first = partner, partner
			}
			last = max(last, partner)
		}
	}
	last = min(last, len(e.tokens.Tokens)-1)
	return e.tokens.Tokens[first].start, e.tokens.Tokens[last].end
}

// fullSpan is the range of an expression that no call or condition encloses, with the parentheses around it.
func (e *Entry) fullSpan(node ast.Node) (start, end int) {
	start, end = e.span(node)
	first, last := e.tokens.at(start), e.tokens.at(end)-1
	for e.tokens.Is(first-1, "(") && e.tokens.Tokens[first-1].partner == last+1 {
		first, last = first-1, last+1
	}
	return e.tokens.Tokens[first].start, e.tokens.Tokens[last].end
}

// startOf is where a statement starts. The parser takes one that begins with parentheses or a tag for beginning behind them.
func (e *Entry) startOf(s ast.Statement) int {
	if n, ok := s.(*ast.ExpressionStatement); ok {
		start, _ := e.fullSpan(n.Expression)
		return start
	}
	return e.offset(s.Idx0())
}

// leftmost is the part that an expression begins with. The parser takes a tagged template for beginning at its backtick.
func leftmost(node ast.Node) ast.Node {
	for {
		switch n := node.(type) {
		case *ast.TemplateLiteral:
			if n.Tag == nil {
				return n
			}
			node = n.Tag
		case *ast.CallExpression:
			node = n.Callee
		case *ast.DotExpression:
			node = n.Left
		case *ast.PrivateDotExpression:
			node = n.Left
		case *ast.BracketExpression:
			node = n.Left
		case *ast.AssignExpression:
			node = n.Left
		case *ast.BinaryExpression:
			node = n.Left
		case *ast.ConditionalExpression:
			node = n.Test
		case *ast.SequenceExpression:
			node = n.Sequence[0]
		case *ast.OptionalChain:
			node = n.Expression
		case *ast.Optional:
			node = n.Expression
		case *ast.UnaryExpression:
			if !n.Postfix {
				return n
			}
			node = n.Operand
		default:
			return n
		}
	}
}

// lastToken is an expression's last token, up to parentheses. The ends that the parser tells are wrong for names with characters beyond
// ASCII, and for some kinds of expressions.
func (e *Entry) lastToken(node ast.Node) int {
	at := func(idx file.Idx) int { return e.tokens.at(e.offset(idx)) }
	switch n := node.(type) {
	case *ast.DotExpression:
		return at(n.Identifier.Idx)
	case *ast.PrivateDotExpression:
		return at(n.Identifier.Idx)
	case *ast.AssignExpression:
		return e.lastToken(n.Right)
	case *ast.AwaitExpression:
		return e.lastToken(n.Argument)
	case *ast.BinaryExpression:
		return e.lastToken(n.Right)
	case *ast.ConditionalExpression:
		return e.lastToken(n.Alternate)
	case *ast.SequenceExpression:
		return e.lastToken(n.Sequence[len(n.Sequence)-1])
	case *ast.SpreadElement:
		return e.lastToken(n.Expression)
	case *ast.OptionalChain:
		return e.lastToken(n.Expression)
	case *ast.Optional:
		return e.lastToken(n.Expression)
	case *ast.UnaryExpression:
		last := e.lastToken(n.Operand)
		if n.Postfix {
			for last++; e.tokens.Is(last, ")"); last++ {
			}
		}
		return last
	case *ast.TemplateLiteral:
		return e.tokens.at(e.offset(n.CloseQuote)+1) - 1 // which may start before the backtick
	case *ast.MetaProperty:
		return at(n.Property.Idx)
	case *ast.NewExpression:
		if n.RightParenthesis == 0 {
			return e.lastToken(n.Callee)
		}
		return at(n.RightParenthesis)
	case *ast.ArrowFunctionLiteral:
		if body, ok := n.Body.(*ast.ExpressionBody); ok {
			return e.lastToken(body.Expression)
		}
		return at(n.Body.Idx1() - 1)
	case *ast.Identifier, *ast.NumberLiteral, *ast.StringLiteral, *ast.RegExpLiteral, *ast.BooleanLiteral, *ast.NullLiteral, *ast.ThisExpression:
		return at(n.Idx0())
	default:
		return at(n.Idx1() - 1) // a bracket
	}
}

func (e *Entry) insert(at int, text string) { e.replace(at, at, text) }

func (e *Entry) insertAfter(at int, text string) {
	if text != "" {
		e.Edits = append(e.Edits, edit{at, at, text, true})
	}
}

func (e *Entry) replace(start, end int, text string) {
	e.Edits = append(e.Edits, edit{Start: start, end: end, Text: text})
}

// byStart orders edits. What is inserted where another edit replaces something comes before that.
func byStart(a, b edit) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(min(a.end-a.Start, 1), min(b.end-b.Start, 1)))
}

// Script applies the edits. Those at one place keep the order in which they were made.
func (e *Entry) Script() string {
	slices.SortStableFunc(e.Edits, byStart)
	var b strings.Builder
	at := 0
	for _, change := range e.Edits {
		if change.Start > at {
			b.WriteString(e.Text[at:change.Start])
		}
		b.WriteString(change.Text)
		at = max(at, change.Start, change.end)
	}
	b.WriteString(e.Text[at:])
	return b.String()
}
