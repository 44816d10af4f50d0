// Package rewrite makes entries of a session out of the texts that a person entered: it splits and parses them, implies await, turns
// declarations into assignments of global properties, and finds imports. It works on text and syntax trees alone.
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
	EntrySettle = "__crisphost_settle" // makes one promise of an array of promises
	entryLoop   = "__crisphost_loop"   // iterates over what a for loop walks
)

// An entry is wrapped in a function: EntryHead stands before it.
const (
	EntryHead = "(async function " + syntax.MainFunction + "(" + syntax.ParamHost + "," + syntax.ParamResult + "," + syntax.ParamMeta + "," + EntryConst + "," + EntryLet + "," +
		EntrySettle + "," + entryLoop + "){\"use strict\";\n"
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

	Edits []edit
	// waits are the places where await is implied.
	Waits    []wait
	hoisted  []hoistedFunction
	Declared []string // names that exist, undefined, before the entry runs
	assigned []string // names that it assigns without a declaration
	Bound    map[string]bool
	Returns  []int    // where a return stands outside of functions
	Created  []string // names that did not exist before it assigned them
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

// target tells for which of the two texts an edit is: the one that runs, or the one that .save writes.
type target uint8

// The two texts.
const (
	InRun target = 1 << iota
	InScript
	inBoth = InRun | InScript
)

// edit replaces a range of the text, by byte offsets.
type edit struct {
	Start, end int
	Text       string
	In         target
}

// wait is an expression that is awaited: its range in the text, and what is put around it.
type wait struct {
	start, end    int
	before, after string
}

// hoistedFunction is a function declaration of the top level. It runs before everything else.
type hoistedFunction struct {
	start, nameStart, nameEnd, end int
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

func (e *Entry) insert(at int, text string, in target) { e.replace(at, at, text, in) }

func (e *Entry) replace(start, end int, text string, in target) {
	e.Edits = append(e.Edits, edit{start, end, text, in})
}

// byStart orders edits. What is inserted where another edit replaces something comes before that.
func byStart(a, b edit) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(min(a.end-a.Start, 1), min(b.end-b.Start, 1)))
}

// Render applies the edits for a target. Edits at one place keep the order in which they were made.
func (e *Entry) Render(to target) *rendering {
	slices.SortStableFunc(e.Edits, byStart)
	r := &rendering{}
	if to == InScript {
		e.renderRange(r, 0, len(e.Text), to)
		return r
	}
	r.insert(EntryHead, 0)
	for _, f := range e.hoisted {
		// The property gives the function its name.
		name := e.Text[f.nameStart:f.nameEnd]
		r.insert(EntryLet+"."+name+" = {"+name+": ", f.start)
		// What is inserted at its ends is meant for the statements beside it.
		r.keep(e.Text, f.start, f.start+1)
		e.renderRange(r, f.start+1, f.nameStart, to)
		e.renderRange(r, f.nameEnd, f.end-1, to)
		r.keep(e.Text, f.end-1, f.end)
		r.insert("}."+name+";", f.end)
	}
	at := 0
	for _, f := range e.hoisted {
		e.renderRange(r, at, f.start, to)
		r.insert(";", f.end) // what follows must not continue what comes before
		at = f.end
	}
	e.renderRange(r, at, len(e.Text), to)
	r.insert(entryTail, len(e.Text))
	return r
}

// renderRange renders a part of the text, with the insertions at its ends.
func (e *Entry) renderRange(r *rendering, start, end int, to target) {
	first, _ := slices.BinarySearchFunc(e.Edits, start, func(c edit, start int) int { return cmp.Compare(c.Start, start) })
	for _, change := range e.Edits[first:] {
		if change.Start > end {
			break
		}
		if change.In&to == 0 || change.Start < start {
			continue
		}
		r.keep(e.Text, start, change.Start)
		r.insert(change.Text, change.Start)
		start = max(start, change.end)
	}
	r.keep(e.Text, start, end)
}

// rendering is a text made of pieces of another.
type rendering struct {
	strings.Builder
	Pieces []piece
}

// piece is a part of a rendering: size bytes from offset source on stand at offset at, or size is 0 and something was inserted
// for the sake of what is at source.
type piece struct {
	at, source, size int
}

func (r *rendering) keep(text string, start, end int) {
	if start < end {
		r.Pieces = append(r.Pieces, piece{r.Len(), start, end - start})
		r.WriteString(text[start:end])
	}
}

func (r *rendering) insert(text string, source int) {
	if text != "" {
		r.Pieces = append(r.Pieces, piece{at: r.Len(), source: source})
		r.WriteString(text)
	}
}

// SourceOf is where a byte of a rendering comes from.
func SourceOf(pieces []piece, at int) int {
	i, found := slices.BinarySearchFunc(pieces, at, func(p piece, at int) int { return cmp.Compare(p.at, at) })
	if !found {
		i--
	}
	if i < 0 {
		return 0
	}
	p := pieces[i]
	return p.source + min(at-p.at, p.size)
}
