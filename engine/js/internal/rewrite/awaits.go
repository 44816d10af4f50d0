package rewrite

import (
	"slices"

	"github.com/dop251/goja/ast"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/words"
)

// Awaiter inserts await where an entry's calls at the top level may give promises, and turns its declarations into properties of
// the global object. Functions inside are left alone, up to for await, which goja lacks.
type Awaiter struct {
	*Entry
	Modules map[string]*engine.Module // by the names that scripts use
	// learned tells what an earlier run of the same entry found out, or is nil.
	Learned *Lessons
	// exists reports whether there is a global variable of a name, and helper whether a name is one that esbuild made up.
	Exists, Helper func(name string) bool

	// depth counts the blocks around the statement at hand.
	depth int
	// loops counts the loops that were rewritten, and loopsAwaited those among them that were written with await.
	loops, LoopsAwaited int
	// start is where the statement at hand starts in the text, if it stands in a list of statements, or -1. A parenthesis
	// inserted there must not turn the line before into a call.
	start int
	// first are the first tokens in the text of each name that is not a property's, or nil as long as nobody asked.
	first map[string]int
	// shown tells that the statement at hand is the entry's value.
	shown bool
}

// Lessons are what .save has to know of an entry and only its run shows.
type Lessons struct {
	Streams map[int]bool // for-of loops over streams, by their offset in the JavaScript
	Created []string     // variables that an assignment created
}

// usage is how the value of an expression is used.
type usage uint8

const (
	asValue   usage = iota
	asObject        // something is accessed in it, or it is called
	asPromise       // it is meant to be a promise
)

func (w *Awaiter) expressions(list []ast.Expression, use usage) {
	for _, e := range list {
		w.expression(e, use)
	}
}

func (w *Awaiter) expression(node ast.Expression, use usage) {
	switch n := node.(type) {
	case nil:
	case *ast.CallExpression:
		w.call(n, use)
	case *ast.AwaitExpression:
		w.expression(n.Argument, asPromise)
	case *ast.DotExpression:
		w.expression(n.Left, objectUse(n.Identifier.Name.String()))
		w.keepOptional(n.Left)
	case *ast.PrivateDotExpression:
		w.expression(n.Left, asObject)
	case *ast.BracketExpression:
		w.expression(n.Left, asObject)
		w.keepOptional(n.Left)
		w.expression(n.Member, asValue)
	case *ast.OptionalChain:
		w.expression(n.Expression, use)
	case *ast.Optional:
		w.expression(n.Expression, asObject)
	case *ast.NewExpression:
		w.expression(n.Callee, asObject)
		w.expressions(n.ArgumentList, asValue)
	case *ast.TemplateLiteral:
		if n.Tag != nil {
			w.expression(n.Tag, asObject)
		}
		w.expressions(n.Expressions, asValue)
	case *ast.ArrayLiteral:
		if use == asPromise {
			w.expressions(n.Value, asPromise)
		} else {
			w.expressions(n.Value, asValue)
		}
	case *ast.ObjectLiteral:
		for _, p := range n.Value {
			w.property(p)
		}
	case *ast.SpreadElement:
		w.expression(n.Expression, asValue)
	case *ast.AssignExpression:
		w.assignment(n)
	case *ast.BinaryExpression:
		left := asValue
		if n.Operator.String() == "**" {
			left = asObject
		}
		w.expression(n.Left, left)
		w.expression(n.Right, asValue)
	case *ast.UnaryExpression:
		w.expression(n.Operand, asValue)
	case *ast.ConditionalExpression:
		w.expression(n.Test, asValue)
		w.expression(n.Consequent, orPromise(use))
		w.expression(n.Alternate, orPromise(use))
	case *ast.SequenceExpression:
		for i, e := range n.Sequence {
			if i < len(n.Sequence)-1 {
				w.expression(e, asValue)
			} else {
				w.expression(e, orPromise(use))
			}
		}
	}
}

// orPromise is the use of what a whole expression may be.
func orPromise(use usage) usage {
	if use == asPromise {
		return asPromise
	}
	return asValue
}

// objectUse is the use of an object whose member is asked for.
func objectUse(member string) usage {
	switch member {
	case "then", "catch", "finally":
		return asPromise
	}
	return asObject
}

func (w *Awaiter) property(p ast.Property) {
	switch p := p.(type) {
	case *ast.PropertyKeyed:
		if p.Computed {
			w.expression(p.Key, asValue)
		}
		if p.Kind == ast.PropertyKindValue {
			w.expression(p.Value, asValue)
		}
	case *ast.SpreadElement:
		w.expression(p.Expression, asValue)
	}
}

// assignment handles x = f() and the like. The value of a whole array of promises is awaited as well.
func (w *Awaiter) assignment(n *ast.AssignExpression) {
	if name, ok := n.Left.(*ast.Identifier); ok {
		w.assigned = append(w.assigned, name.Name.String())
	} else {
		w.pattern(n.Left, "")
	}
	w.settled(n.Right)
}

// settled walks the expression of an assignment or a declaration, which gets no promise and no array of promises.
func (w *Awaiter) settled(n ast.Expression) {
	if !maySettle(n) {
		w.expression(n, asValue)
		return
	}
	start, end := w.fullSpan(n)
	w.insert(start, "await "+EntrySettle+"(", InRun)
	w.expression(n, asValue)
	w.insert(end, ")", InRun)
}

// maySettle reports whether an expression can be a promise or an array of promises.
func maySettle(n ast.Expression) bool {
	switch n := n.(type) {
	case *ast.CallExpression, *ast.Identifier, *ast.DotExpression, *ast.BracketExpression, *ast.OptionalChain, *ast.SequenceExpression, *ast.ArrayLiteral,
		*ast.ConditionalExpression, *ast.AwaitExpression, *ast.NewExpression, *ast.PrivateDotExpression:
		return true
	case *ast.BinaryExpression:
		switch n.Operator.String() {
		case "&&", "||", "??":
			return true
		}
	}
	return false
}

func (w *Awaiter) call(n *ast.CallExpression, use usage) {
	path := DottedPath(n.Callee)
	before, after := "", ""
	switch {
	case use == asPromise:
	case !w.isSync(n.Callee, path):
		if before = "await "; use == asObject {
			before, after = "(await ", ")"
		}
	case w.givesPromises(n):
		if before, after = "await Promise.all(", ")"; use == asObject {
			before, after = "(await Promise.all(", "))"
		}
	}
	start, end := 0, 0
	if before != "" {
		start, end = w.span(n)
		w.open(start, before, inBoth)
		w.Waits = append(w.Waits, wait{start, end, before, after})
	}
	w.expression(n.Callee, asObject)
	w.keepOptional(n.Callee)
	arguments := asValue
	if len(path) == 2 && path[0] == "Promise" {
		arguments = asPromise
	}
	w.expressions(n.ArgumentList, arguments)
	if after != "" {
		w.insert(end, after, inBoth)
	}
}

// Open inserts what comes before an expression. At the start of a statement a parenthesis would turn the line before into a
// call, so a semicolon comes first where that line has none.
func (w *Awaiter) open(at int, text string, in target) {
	if at == w.start && text[0] == '(' && w.continues(at) {
		separate := in
		if w.shown {
			separate &^= InRun // something else comes first there
		}
		w.insert(at, ";", separate)
	}
	if at == w.start {
		w.start = -1 // what is inserted next stands behind this
	}
	w.insert(at, text, in)
}

// continues reports whether a parenthesis at the start of a statement may continue the statement before.
func (w *Awaiter) continues(at int) bool {
	before := w.tokens.at(at) - 1
	return before >= 0 && !w.isExported(at) && !slices.ContainsFunc([]string{";", "{", ":"}, func(text string) bool { return w.tokens.Is(before, text) })
}

// keepOptional makes the next access in an optional chain optional as well where a call inside was wrapped, because what comes
// before it may be missing: (await a?.b())?.c
func (w *Awaiter) keepOptional(object ast.Expression) {
	n, ok := object.(*ast.CallExpression)
	if !ok || !inOptionalChain(n) || w.isSync(n.Callee, DottedPath(n.Callee)) {
		return
	}
	_, end := w.span(n)
	next := w.tokens.at(end)
	switch w.tokens.Text(next) {
	case ".":
		w.insert(w.tokens.Tokens[next].start, "?", inBoth)
	case "[", "(":
		w.insert(w.tokens.Tokens[next].start, "?.", inBoth)
	}
}

func inOptionalChain(n ast.Expression) bool {
	for {
		switch x := n.(type) {
		case *ast.Optional:
			return true
		case *ast.CallExpression:
			n = x.Callee
		case *ast.DotExpression:
			n = x.Left
		case *ast.BracketExpression:
			n = x.Left
		default:
			return false
		}
	}
}

// DottedPath is the path of names that an expression is, or nil.
func DottedPath(n ast.Expression) []string {
	switch n := n.(type) {
	case *ast.Identifier:
		return []string{n.Name.String()}
	case *ast.DotExpression:
		if path := DottedPath(n.Left); path != nil {
			return append(path, n.Identifier.Name.String())
		}
	}
	return nil
}

// isSync reports whether a function is known to give no promise.
func (w *Awaiter) isSync(callee ast.Expression, path []string) bool {
	if len(path) > 0 {
		if f, known := w.hostFunction(path); known {
			return f == nil || f.Sync
		}
		if len(path) == 1 {
			return syncGlobal(path[0]) || w.Helper(path[0])
		}
		if len(path) == 2 && syncNamespace(path[0]) {
			return path[1] != "fromAsync"
		}
	}
	switch n := callee.(type) {
	case *ast.DotExpression:
		return syncMethod(n.Identifier.Name.String())
	case *ast.Optional:
		return w.isSync(n.Expression, DottedPath(n.Expression))
	case *ast.SuperExpression:
		return true
	}
	return false
}

// hostFunction finds the function of the host at a path. It is known and nil for a path that names nothing.
func (w *Awaiter) hostFunction(path []string) (f *engine.Function, known bool) {
	m := w.Modules[path[0]]
	if m == nil || w.Bound[path[0]] {
		return nil, false
	}
	for i, name := range path[1:] {
		f, next, _ := m.Member(name, words.Camel)
		if next != nil {
			m = next
			continue
		}
		if f != nil && i == len(path)-2 {
			return f, true
		}
		return nil, false
	}
	return m.Apply, m.Apply != nil
}

// givesPromises reports whether a call of map has a function that gives promises.
func (w *Awaiter) givesPromises(n *ast.CallExpression) bool {
	callee, ok := n.Callee.(*ast.DotExpression)
	if !ok || len(n.ArgumentList) == 0 {
		return false
	}
	if name := callee.Identifier.Name.String(); name != "map" && name != "flatMap" {
		return false
	}
	switch f := n.ArgumentList[0].(type) {
	case *ast.ArrowFunctionLiteral:
		if body, ok := f.Body.(*ast.ExpressionBody); ok && !f.Async {
			return w.isPromise(body.Expression)
		}
		return f.Async || w.returnsPromise(f.Body.(*ast.BlockStatement))
	case *ast.FunctionLiteral:
		return f.Async || !f.Generator && w.returnsPromise(f.Body)
	case *ast.DotExpression, *ast.Identifier:
		f2, known := w.hostFunctionOf(f)
		return known && f2 != nil && !f2.Sync
	}
	return false
}

func (w *Awaiter) hostFunctionOf(n ast.Expression) (*engine.Function, bool) {
	path := DottedPath(n)
	if path == nil {
		return nil, false
	}
	return w.hostFunction(path)
}

// isPromise reports whether an expression is a call of a host function that gives a promise.
func (w *Awaiter) isPromise(n ast.Expression) bool {
	call, ok := n.(*ast.CallExpression)
	if !ok {
		return false
	}
	f, known := w.hostFunctionOf(call.Callee)
	if known {
		return f != nil && !f.Sync
	}
	if callee, ok := call.Callee.(*ast.DotExpression); ok && objectUse(callee.Identifier.Name.String()) == asPromise {
		return w.isPromise(callee.Left)
	}
	path := DottedPath(call.Callee)
	return len(path) == 2 && path[0] == "Promise" || len(path) == 1 && path[0] == "fetch"
}

// returnsPromise looks at the statements of a function that are its own last ones.
func (w *Awaiter) returnsPromise(body *ast.BlockStatement) bool {
	for _, s := range body.List {
		if r, ok := s.(*ast.ReturnStatement); ok && r.Argument != nil && w.isPromise(r.Argument) {
			return true
		}
	}
	return false
}
