package rewrite

import (
	"slices"

	"github.com/dop251/goja/ast"
)

// In a function that runs several times at once, others change what they share while a call waits. In total += call() the total of before
// the wait would be written, and what others added meanwhile would be lost, where the entry says no await.

// after notes the calls from an index on that are evaluated when an expression was read whose value is still needed. Updates is what
// is assigned then, or empty.
func (u *usage) after(read ast.Expression, from int, updates string) {
	if u.in == nil || len(u.calls) == from || !u.shares(read) {
		return
	}
	for _, c := range u.calls[from:] {
		if c.in == u.in {
			c.after, c.updates = true, orElse(c.updates, updates)
		}
	}
}

// updated notes the calls in an assignment that reads what it changes.
func (u *usage) updated(n *ast.AssignExpression, compound bool, from int) {
	if u.in == nil || len(u.calls) == from {
		return
	}
	start, end := u.entry.fullSpan(n.Left)
	if base := u.entry.words(n.Left); compound || len(base) > 0 && slices.Contains(u.entry.words(n.Right), base[0]) {
		u.after(n.Left, from, u.entry.Text[start:end])
	}
}

// shares reports whether an expression has names that the function around it does not declare.
func (u *usage) shares(n ast.Expression) bool {
	return slices.ContainsFunc(u.entry.words(n), func(name string) bool {
		return !u.in.names[name] && (u.host.Modules[name] == nil || u.shadowed[name])
	})
}

// words are the names in an expression, apart from those of members.
func (e *Entry) words(n ast.Expression) (list []string) {
	start, end := e.fullSpan(n)
	for i := e.tokens.at(start); i < len(e.tokens.Tokens) && e.tokens.Tokens[i].start < end; i++ {
		if e.tokens.Tokens[i].Kind == TokenWord && !e.tokens.Is(i-1, ".") && !e.tokens.Is(i-1, "?.") {
			list = append(list, e.tokens.Text(i))
		}
	}
	return list
}

// loses refuses calls that would lose updates in a script, where their function runs several times at once.
func (s *saver) loses() {
	for _, p := range s.parts {
		for _, c := range p.usage.calls {
			if c.updates == "" || !c.waits || c.use == promise || !s.overlapped(c.in) {
				continue
			}
			s.refuse(p, p.place(c.LeftParenthesis), "in a script several of these calls wait at the same time, between reading and writing "+c.updates,
				"write const result = ... in a statement of its own, and use result here")
		}
	}
}

// runsAtOnce reports whether a call may run a function that is its argument several times at once.
func runsAtOnce(c *call) bool {
	return c != nil && (makesElements(c.CallExpression) || overlaps(DottedPath(c.Callee)))
}

// overlapped reports whether a function is an argument of a call that runs it several times at once.
func (s *saver) overlapped(f *function) bool {
	if f.given != nil {
		return runsAtOnce(f.given)
	}
	return f.name != "" && slices.ContainsFunc(s.parts, func(p *Part) bool {
		return slices.ContainsFunc(p.usage.passed, func(g passing) bool { return g.path[len(g.path)-1] == f.name && runsAtOnce(g.to) })
	})
}
