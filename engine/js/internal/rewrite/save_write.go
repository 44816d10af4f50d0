package rewrite

import (
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
	keyword "github.com/dop251/goja/token"
)

// write makes the edits of a script.
func (p *Part) write() {
	for _, w := range p.usage.walked {
		if !p.isStream(*w.slot) {
			continue
		}
		start, end := p.fullSpan(*w.slot)
		p.wrap(start, end, "await Array.fromAsync(", ")")
	}
	for _, c := range p.usage.calls {
		if c.waits {
			p.await(c)
		}
	}
	for _, f := range p.usage.functions {
		if f.needs {
			p.insert(p.asyncAt(f), "async ")
		}
	}
	for _, l := range p.usage.loops {
		if head := p.tokens.at(p.offset(l.For)); p.streams(l) && !p.Awaited[p.tokens.Tokens[head+1].start] {
			p.insertAfter(p.tokens.Tokens[head].end, " await")
		}
	}
	p.create()
}

// await puts await before a call.
func (p *Part) await(c *call) {
	start, end := p.span(c.CallExpression)
	before, after := "await ", ""
	if c.all {
		before, after = "await Promise.all(", ")"
	}
	if c.use == object {
		before, after = "("+before, after+")"
		// At the start of a statement a parenthesis would turn the line before into a call.
		if p.usage.starts[start] && p.continues(start) {
			before = ";" + before
		}
	}
	p.wrap(start, end, before, after)
	// What comes before an access in an optional chain may be missing: (await a?.b())?.c
	if next := p.tokens.at(end); c.use == object && inOptionalChain(c.CallExpression) {
		switch p.tokens.Text(next) {
		case ".":
			p.insert(p.tokens.Tokens[next].start, "?")
		case "[", "(":
			p.insert(p.tokens.Tokens[next].start, "?.")
		}
	}
}

func (p *Part) wrap(start, end int, before, after string) {
	p.insert(start, before)
	p.insertAfter(end, after)
	delete(p.usage.starts, start) // what is inserted next stands behind this
	p.Waits = append(p.Waits, wait{start, end, before, after})
}

// asyncAt is where async stands for a function.
func (p *Part) asyncAt(f *function) int {
	at := p.offset(f.at)
	if i := p.tokens.at(at); p.tokens.Is(i-1, "[") { // of a computed name
		return p.tokens.Tokens[i-1].start
	}
	return at
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

// continues reports whether a parenthesis at the start of a statement may continue the statement before.
func (e *Entry) continues(at int) bool {
	before := e.tokens.at(at) - 1
	return before >= 0 && !e.isExported(at) && !slices.ContainsFunc([]string{";", "{", ":"}, func(text string) bool { return e.tokens.Is(before, text) })
}

// streams reports whether a loop walks a stream.
func (p *Part) streams(l *loop) bool { return p.isStream(l.Source) }

// isStream reports whether what is walked is a stream: it was when the entry ran, or it looks like it.
func (p *Part) isStream(source ast.Expression) bool {
	if p.Lessons != nil {
		for at := range p.Lessons.Walked {
			if p.covers(source, at) {
				return true
			}
		}
	}
	call, ok := source.(*ast.CallExpression)
	return ok && methodName(call) == "each" && p.Host.isEach(DottedPath(call.Callee))
}

// covers reports whether an expression has a place of what was entered.
func (p *Part) covers(n ast.Expression, at int) bool {
	start, end := p.fullSpan(n)
	return p.Original(start) <= at && at < max(p.Original(end), p.Original(start)+1)
}

// isEach reports whether a path is that of a function of the host, or of something unknown.
func (h *Host) isEach(path []string) bool {
	f, known := h.hostFunction(path)
	return !known || f != nil
}

// created are the names that assignments of the top level create, those of whole statements included.
func (u *usage) created(h *Host, l *Lessons) (list []string) {
	for _, a := range u.assigned {
		if u.creates(h, l, a.name) && !slices.Contains(list, a.name) {
			list = append(list, a.name)
		}
	}
	return list
}

// creates reports whether an assignment to a name makes a variable.
func (u *usage) creates(h *Host, l *Lessons, name string) bool {
	switch {
	case u.bound[name]:
		return false
	case l != nil:
		return slices.Contains(l.Created, name)
	default:
		return !h.Exists(name)
	}
}

// create declares the variables that assignments make: where the first of them is a statement, if nothing uses the name before, and at
// the beginning otherwise.
func (p *Part) create() {
	u := p.usage
	var others []string
	done := make(map[string]bool)
	for _, a := range u.assigned {
		if done[a.name] || !u.creates(p.Host, p.Lessons, a.name) {
			continue
		}
		done[a.name] = true
		p.Created = append(p.Created, a.name)
		if w := a.whole; w != nil && w.Operator == keyword.ASSIGN && p.offset(w.Left.Idx0()) == a.start && !p.isExported(a.start) && !p.usedBefore(a.start, p.lastToken(w)) {
			p.insert(a.start, "let ")
			continue
		}
		others = append(others, a.name)
	}
	if len(others) > 0 {
		p.Edits = append([]edit{{Text: "let " + strings.Join(others, ", ") + ";\n"}}, p.Edits...)
	}
}
