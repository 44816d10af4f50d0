package rewrite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
)

// In the shell a call of the host gives its result wherever it stands. A script has to await it: so the function around it is async, what
// calls that awaits it, and so on. Where something else calls the function, and would take its promise for a result, there is no script.

// Lessons are what only the runs of an entry show. Offsets are those in what was entered.
type Lessons struct {
	// Waits are the places of calls in which the host was waited for. Through is the built-in function between the call and what
	// waited, or empty.
	Waits map[int]string
	// Walked are the places where streams were walked, by a for-of loop, a built-in function, or as a part of an expression.
	Walked map[int]string
	// Created are variables that assignments made.
	Created []string
}

// Part is an entry of a script.
type Part struct {
	*Entry
	Host    *Host
	Lessons *Lessons // or nil if the entry did not run
	usage   *usage
}

// saver makes a script of entries.
type saver struct {
	parts []*Part
	// async are the names of functions that give promises, and own those of all functions of the entries.
	async, own map[string]bool
	changed    bool
	failed     *Part
	refusal    *Refusal
}

// Save inserts what makes a script of entries. Where there is none, it returns the entry and why.
func Save(parts []*Part) (*Part, *Refusal) {
	s := &saver{parts: parts, async: make(map[string]bool), own: make(map[string]bool)}
	for _, p := range parts {
		p.usage = look(p.Entry, p.Host)
		for _, f := range p.usage.functions {
			s.own[f.name] = true
			if !f.async {
				continue
			}
			s.async[f.name] = true
			if f.given != nil && makesElements(f.given.CallExpression) && f.given.use != promise {
				f.given.all = true
			}
		}
	}
	delete(s.own, "")
	delete(s.async, "")
	for s.changed = true; s.changed && s.refusal == nil; {
		s.changed = false
		for _, p := range parts {
			s.spread(p)
		}
	}
	s.loses()
	if s.refusal != nil {
		return s.failed, s.refusal
	}
	for _, p := range parts {
		p.write()
	}
	return nil, nil
}

// place is where a part of the tree stands in what was entered.
func (p *Part) place(idx file.Idx) int { return p.Original(p.offset(idx)) }

func (s *saver) refuse(p *Part, offset int, message, hint string) {
	if s.refusal == nil {
		s.failed, s.refusal = p, &Refusal{offset, message, hint}
	}
}

// spread looks for calls that have to be awaited.
func (s *saver) spread(p *Part) {
	for _, c := range p.usage.calls {
		through, learned := p.waited(c)
		if learned && through != "" {
			s.give(p, c, "")
		}
		if c.waits || c.use == promise {
			s.passes(p, c)
			continue
		}
		if s.waits(p, c, learned && through == "") {
			c.waits, s.changed = true, true
			s.need(p, c.in, p.place(c.LeftParenthesis))
		}
		s.passes(p, c)
	}
	s.walks(p)
	for _, l := range p.usage.loops {
		if p.streams(l) {
			s.need(p, l.in, p.place(l.For))
		}
	}
	for _, g := range p.usage.passed {
		if p.Host.givesPromise(g.path) || s.async[g.path[len(g.path)-1]] {
			s.give(p, g.to, g.path[len(g.path)-1])
		}
	}
	for _, w := range p.usage.walked {
		if p.isStream(*w.slot) {
			s.need(p, w.in, p.place((*w.slot).Idx0()))
		}
	}
}

// walks refuses streams that a built-in function has walked.
func (s *saver) walks(p *Part) {
	if p.Lessons == nil {
		return
	}
	for at, through := range p.Lessons.Walked {
		covers := func(n ast.Expression) bool { return p.covers(n, at) }
		if through == "" && (slices.ContainsFunc(p.usage.loops, func(l *loop) bool { return covers(l.Source) }) ||
			slices.ContainsFunc(p.usage.walked, func(w walkedBy) bool { return covers(*w.slot) })) {
			continue
		}
		s.refuse(p, at, "what takes this stream does not wait in a script", "write await Array.fromAsync(stream) to read all of it first")
	}
}

// waited looks for a call in the lessons.
func (p *Part) waited(c *call) (through string, ok bool) {
	if p.Lessons == nil {
		return "", false
	}
	through, ok = p.Lessons.Waits[p.Original(p.offset(c.LeftParenthesis))]
	return through, ok
}

// waits reports whether a call has to be awaited.
func (s *saver) waits(p *Part, c *call, learned bool) bool {
	path := DottedPath(c.Callee)
	name := calleeName(c.Callee)
	switch n := c.Callee.(type) {
	case *ast.SuperExpression:
		return false
	case *ast.FunctionLiteral, *ast.ArrowFunctionLiteral:
		i := slices.IndexFunc(p.usage.functions, func(f *function) bool { return f.node == n })
		return i >= 0 && (p.usage.functions[i].async || p.usage.functions[i].needs)
	}
	switch {
	case learned, c.all, p.Host.givesPromise(path), s.async[name] && !p.hosts(path):
		return true
	case c.in != nil && !c.in.async, s.own[name]:
		return false
	}
	return !p.Host.isSync(c.Callee, path)
}

// hosts reports whether a path is that of something of the host.
func (p *Part) hosts(path []string) bool {
	_, known := p.Host.hostFunction(path)
	return known
}

// passes notes functions that give promises without being async.
func (s *saver) passes(p *Part, c *call) {
	if c.in == nil || c.in.async || c.in.needs || c.in.name == "" || s.async[c.in.name] {
		return
	}
	path := DottedPath(c.Callee)
	if c.awaits(path) || c.use == promise && p.Host.givesPromise(path) {
		s.async[c.in.name], s.changed = true, true
	}
}

// need makes a function async.
func (s *saver) need(p *Part, f *function, cause int) {
	if f == nil || f.async || f.needs {
		return
	}
	f.needs, s.changed = true, true
	if f.obstacle != "" {
		s.refuse(p, cause, f.obstacle+" cannot wait in a script", "call a function with await in its place")
		return
	}
	if f.name != "" {
		s.async[f.name] = true
	}
	if f.given != nil {
		s.give(p, f.given, f.name)
	}
}

// give checks that an async function may be an argument of a call.
func (s *saver) give(p *Part, c *call, function string) {
	path, name := DottedPath(c.Callee), calleeName(c.Callee)
	switch {
	case len(path) == 2 && path[0] == "Promise", isThen(c.CallExpression), onStream(c.CallExpression), awaitsFunctions(path), name == "setTimeout", name == "setInterval",
		name == "setImmediate", name == "queueMicrotask", name == "__async", name == "__asyncGenerator":
	case makesElements(c.CallExpression):
		if !c.all && c.use != promise {
			c.all, s.changed = true, true
		}
	case s.own[name]:
		s.giveOwn(name)
	case decides(c.CallExpression) || name == "forEach" || name == "reduce" || name == "replace" || name == "replaceAll":
		hint := fmt.Sprintf("write a loop: for (const item of ...) { if (await %s) ... }", orElse(function, "check(item)"))
		s.refuse(p, p.place(c.LeftParenthesis), name+" does not wait for calls in a script", hint)
	default:
		s.refuse(p, p.place(c.LeftParenthesis), fmt.Sprintf("what %s calls cannot wait in a script", orElse(name, "the function")), "write a loop that awaits")
	}
}

func orElse(name, other string) string {
	if name == "" || strings.HasPrefix(other, "check") {
		return other
	}
	return name
}

// giveOwn notes that the parameters of a function of the entries may be functions that give promises.
func (s *saver) giveOwn(name string) {
	for _, p := range s.parts {
		for _, f := range p.usage.functions {
			if f.name != name {
				continue
			}
			for _, parameter := range parametersOf(f.node) {
				if !s.async[parameter] && p.calls(f, parameter) {
					s.async[parameter], s.changed = true, true
				}
			}
		}
	}
}

// calls reports whether a function calls a name.
func (p *Part) calls(f *function, name string) bool {
	return slices.ContainsFunc(p.usage.calls, func(c *call) bool {
		callee, ok := c.Callee.(*ast.Identifier)
		return ok && c.in == f && callee.Name.String() == name
	})
}

func parametersOf(n ast.Node) (list []string) {
	var parameters *ast.ParameterList
	switch n := n.(type) {
	case *ast.FunctionLiteral:
		parameters = n.ParameterList
	case *ast.ArrowFunctionLiteral:
		parameters = n.ParameterList
	default:
		return nil
	}
	for _, b := range parameters.List {
		names(b.Target, func(name string) { list = append(list, name) })
	}
	return list
}

func calleeName(n ast.Expression) string {
	switch n := n.(type) {
	case *ast.Identifier:
		return n.Name.String()
	case *ast.DotExpression:
		return n.Identifier.Name.String()
	case *ast.PrivateDotExpression:
		return n.Identifier.Name.String()
	case *ast.Optional:
		return calleeName(n.Expression)
	case *ast.OptionalChain:
		return calleeName(n.Expression)
	}
	return ""
}
