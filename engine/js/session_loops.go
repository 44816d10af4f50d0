package js

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
)

// dropKeyword removes the word var before a declared name or pattern.
func (w *awaiter) dropKeyword(target ast.Node) {
	t := w.tokens.tokens[w.tokens.at(w.offset(target.Idx0()))-1]
	w.replace(t.start, t.end, "", inRun)
}

// into walks the variable of a for-in or for-of loop.
func (w *awaiter) into(n ast.ForInto) {
	switch n := n.(type) {
	case *ast.ForIntoVar:
		w.bind(n.Binding.Target)
		w.declare(n.Binding.Target)
		w.dropKeyword(n.Binding.Target)
		w.pattern(n.Binding.Target, entryLet+".")
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
// start is where the statement starts with its labels.
func (w *awaiter) forOf(n *ast.ForOfStatement, start int) {
	head := w.tokens.at(w.offset(n.For))
	open := head + 1
	explicit := w.awaited[w.tokens.tokens[open].start]
	if explicit {
		open++
		w.loopsAwaited++
	}
	if !explicit && !mayStream(n.Source) {
		w.into(n.Into)
		w.expression(n.Source, asValue)
		w.inner(n.Body, false)
		return
	}
	w.loops++
	name := fmt.Sprintf("__crisphost_loop%d", w.loops)
	w.insert(start, "{let "+name+";try{", inRun)
	if explicit {
		w.replace(w.tokens.tokens[head+1].start, w.tokens.tokens[head+1].end, "", inRun)
	} else if w.streams(n) {
		w.insert(w.tokens.tokens[head].end, " await", inScript)
	}
	begin, end := w.tokens.tokens[open].end, w.tokens.tokens[w.tokens.tokens[open].partner].start
	variable, source := w.movedInto(n.Into, begin)
	w.replace(begin, source, "", inRun)
	w.insert(source, fmt.Sprintf("%s=%s(await %s(", name, entryLoop, entrySettle), inRun)
	use := asValue
	if explicit {
		use = asPromise
	}
	w.expression(n.Source, use)
	w.insert(end, fmt.Sprintf("),%t,%d);%s.sync?%s.step():await %s.next();", explicit, w.offset(n.For), name, name, name), inRun)
	w.insert(end+1, "{"+fmt.Sprintf(variable, name+".value"), inRun)
	w.inner(n.Body, false)
	w.insert(w.statementEnd(n.Body), fmt.Sprintf("}}finally{if(%s?.open)await %s.close()}}", name, name), inRun)
}

// movedInto makes a statement of the variable of a loop, with a verb for its value, and finds where the loop's source starts.
func (w *awaiter) movedInto(n ast.ForInto, begin int) (statement string, source int) {
	saved := w.edits
	w.edits = nil
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
	slices.SortStableFunc(w.edits, byStart)
	r := &rendering{}
	w.renderRange(r, begin, end, inRun)
	for _, change := range w.edits {
		if change.in &= inScript; change.in != 0 {
			saved = append(saved, change)
		}
	}
	w.edits = saved
	of := w.tokens.at(end)
	statement = strings.ReplaceAll(strings.TrimSpace(r.String()), "%", "%%")
	return fmt.Sprintf(format, statement), w.tokens.tokens[of+1].start
}

// mayStream tells whether what a loop walks may be a stream.
func mayStream(n ast.Expression) bool {
	switch n.(type) {
	case *ast.ArrayLiteral, *ast.StringLiteral, *ast.TemplateLiteral:
		return false
	}
	return true
}

// streams tells whether a loop walks a stream: it did when the entry ran, or it looks like it.
func (w *awaiter) streams(n *ast.ForOfStatement) bool {
	if w.learned != nil {
		return w.learned.streams[w.offset(n.For)]
	}
	call, ok := n.Source.(*ast.CallExpression)
	if !ok {
		return false
	}
	callee, ok := call.Callee.(*ast.DotExpression)
	return ok && callee.Identifier.Name.String() == "each"
}

// statementEnd is where a statement ends with its semicolon.
func (w *awaiter) statementEnd(s ast.Statement) int {
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
		end = w.tokens.tokens[w.tokens.at(w.offset(n.Return))].end
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
		end = w.tokens.tokens[w.tokens.at(w.offset(at))].end
	case *ast.DoWhileStatement, *ast.DebuggerStatement:
		end = w.offset(n.Idx1())
	default: // blocks and the like
		return w.offset(n.Idx1())
	}
	if next := w.tokens.at(end); w.tokens.is(next, ";") {
		return w.tokens.tokens[next].end
	}
	return end
}

func (w *awaiter) bindingEnd(b *ast.Binding) (end int) {
	if b.Initializer != nil {
		_, end = w.fullSpan(b.Initializer)
	} else {
		_, end = w.span(b.Target)
	}
	return end
}
