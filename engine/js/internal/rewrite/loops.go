package rewrite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
)

// dropKeyword removes the word var before a declared name or pattern.
func (w *Awaiter) dropKeyword(target ast.Node) {
	t := w.tokens.Tokens[w.tokens.at(w.offset(target.Idx0()))-1]
	w.replace(t.start, t.end, "", InRun)
}

// into walks the variable of a for-in or for-of loop.
func (w *Awaiter) into(n ast.ForInto) {
	switch n := n.(type) {
	case *ast.ForIntoVar:
		w.bind(n.Binding.Target)
		w.declare(n.Binding.Target)
		w.dropKeyword(n.Binding.Target)
		w.pattern(n.Binding.Target, EntryLet+".")
	case *ast.ForDeclaration:
		w.bind(n.Target)
	case *ast.ForIntoExpression:
		w.pattern(n.Expression, "")
	}
}

// forOf rewrites a loop so that it takes streams as well, with await where they need it:
//
//	{let i; try { for (i = entryLoop(source); i.sync ? i.step() : await i.next(); ) {const x = i.value; ...} } finally {...}}
//
// Start is where the statement starts with its labels.
func (w *Awaiter) forOf(n *ast.ForOfStatement, start int) {
	head := w.tokens.at(w.offset(n.For))
	open := head + 1
	explicit := w.Awaited[w.tokens.Tokens[open].start]
	if explicit {
		open++
		w.LoopsAwaited++
	}
	if !explicit && !mayStream(n.Source) {
		w.into(n.Into)
		w.expression(n.Source, asValue)
		w.inner(n.Body, false)
		return
	}
	w.loops++
	name := fmt.Sprintf("__crisphost_loop%d", w.loops)
	w.insert(start, "{let "+name+";try{", InRun)
	if explicit {
		w.replace(w.tokens.Tokens[head+1].start, w.tokens.Tokens[head+1].end, "", InRun)
	} else if w.streams(n) {
		w.insert(w.tokens.Tokens[head].end, " await", InScript)
	}
	begin, end := w.tokens.Tokens[open].end, w.tokens.Tokens[w.tokens.Tokens[open].partner].start
	variable, source := w.movedInto(n.Into, begin)
	w.replace(begin, source, "", InRun)
	w.insert(source, fmt.Sprintf("%s=%s(await %s(", name, entryLoop, EntrySettle), InRun)
	use := asValue
	if explicit {
		use = asPromise
	}
	w.expression(n.Source, use)
	w.insert(end, fmt.Sprintf("),%t,%d);%s.sync?%s.step():await %s.next();", explicit, w.offset(n.For), name, name, name), InRun)
	w.insert(end+1, "{"+fmt.Sprintf(variable, name+".value"), InRun)
	w.inner(n.Body, false)
	w.insert(w.statementEnd(n.Body), fmt.Sprintf("}}finally{if(%s?.open)await %s.close()}}", name, name), InRun)
}

// movedInto makes a statement of the variable of a loop, with a verb for its value, and finds where the loop's source starts.
func (w *Awaiter) movedInto(n ast.ForInto, begin int) (statement string, source int) {
	saved := w.Edits
	w.Edits = nil
	w.into(n)
	var end int
	format := "(%s=%%s);"
	switch n := n.(type) {
	case *ast.ForIntoVar:
		_, end = w.span(n.Binding.Target)
	case *ast.ForDeclaration:
		_, end = w.span(n.Target)
		format = "%s=%%s;"
	case *ast.ForIntoExpression:
		_, end = w.fullSpan(n.Expression)
	}
	slices.SortStableFunc(w.Edits, byStart)
	r := &rendering{}
	w.renderRange(r, begin, end, InRun)
	for _, change := range w.Edits {
		if change.In &= InScript; change.In != 0 {
			saved = append(saved, change)
		}
	}
	w.Edits = saved
	of := w.tokens.at(end)
	statement = strings.ReplaceAll(strings.TrimSpace(r.String()), "%", "%%")
	return fmt.Sprintf(format, statement), w.tokens.Tokens[of+1].start
}

// mayStream reports whether what a loop walks may be a stream.
func mayStream(n ast.Expression) bool {
	switch n.(type) {
	case *ast.ArrayLiteral, *ast.StringLiteral, *ast.TemplateLiteral:
		return false
	}
	return true
}

// Streams reports whether a loop walks a stream: it did when the entry ran, or it looks like it.
func (w *Awaiter) streams(n *ast.ForOfStatement) bool {
	if w.Learned != nil {
		return w.Learned.Streams[w.offset(n.For)]
	}
	call, ok := n.Source.(*ast.CallExpression)
	if !ok {
		return false
	}
	callee, ok := call.Callee.(*ast.DotExpression)
	return ok && callee.Identifier.Name.String() == "each"
}

// statementEnd is where a statement ends with its semicolon.
func (w *Awaiter) statementEnd(s ast.Statement) int {
	var end int
	switch n := s.(type) {
	case *ast.IfStatement:
		if n.Alternate != nil {
			return w.statementEnd(n.Alternate)
		}
		return w.statementEnd(n.Consequent)
	case *ast.ForStatement:
		return w.statementEnd(n.Body)
	case *ast.ForInStatement:
		return w.statementEnd(n.Body)
	case *ast.ForOfStatement:
		return w.statementEnd(n.Body)
	case *ast.WhileStatement:
		return w.statementEnd(n.Body)
	case *ast.WithStatement:
		return w.statementEnd(n.Body)
	case *ast.LabelledStatement:
		return w.statementEnd(n.Statement)
	case *ast.ExpressionStatement:
		_, end = w.fullSpan(n.Expression)
	case *ast.ThrowStatement:
		_, end = w.fullSpan(n.Argument)
	case *ast.ReturnStatement:
		end = w.tokens.Tokens[w.tokens.at(w.offset(n.Return))].end
		if n.Argument != nil {
			_, end = w.fullSpan(n.Argument)
		}
	case *ast.VariableStatement:
		end = w.bindingEnd(n.List[len(n.List)-1])
	case *ast.BranchStatement:
		at := n.Idx
		if n.Label != nil {
			at = n.Label.Idx
		}
		end = w.tokens.Tokens[w.tokens.at(w.offset(at))].end
	case *ast.DoWhileStatement, *ast.DebuggerStatement:
		end = w.offset(n.Idx1())
	default: // blocks and the like
		return w.offset(n.Idx1())
	}
	if next := w.tokens.at(end); w.tokens.Is(next, ";") {
		return w.tokens.Tokens[next].end
	}
	return end
}

func (w *Awaiter) bindingEnd(b *ast.Binding) (end int) {
	if b.Initializer != nil {
		_, end = w.fullSpan(b.Initializer)
	} else {
		_, end = w.span(b.Target)
	}
	return end
}
