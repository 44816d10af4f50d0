package rewrite

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
)

// Site is what a call of a host function gives at a place of an entry.
type Site uint8

// The kinds of sites.
const (
	// GivesValue is the place of a call that waits for its result.
	GivesValue Site = iota
	// GivesDirect is one whose promise the entry awaits. A built-in function that is called there and calls the host gets the result.
	GivesDirect
	// GivesPromise is one that is meant to give a promise.
	GivesPromise
)

// Run is an entry made ready to run.
type Run struct {
	// Sites are the calls of the entry, by the places of their parentheses in the tree.
	Sites map[file.Idx]Site
	// Declared are names that exist, undefined, before the entry runs.
	Declared []string
	// Created are names that did not exist before the entry assigned them.
	Created []string
	// Kept are the names of the top level that stand for promises as long as the entry runs.
	Kept []string
}

// Refusal tells what an entry cannot do, at a place of what was entered.
type Refusal struct {
	Offset        int
	Message, Hint string
}

// Prepare changes an entry's tree for a run: calls are awaited where await can stand, and the declarations of the top level become
// assignments to members of EntryConst and EntryLet. All other calls give values because the host waits.
func (e *Entry) Prepare(h *Host) (*Run, *Refusal) {
	u := look(e, h)
	if len(u.returns) > 0 {
		return nil, &Refusal{e.Original(e.offset(u.returns[0])), "return stands outside of a function", "an entry's value is that of its last expression"}
	}
	if refusal := u.undecided(); refusal != nil {
		return nil, refusal
	}
	r := &runner{Entry: e, Host: h, run: &Run{Sites: make(map[file.Idx]Site, len(u.calls))}}
	for _, c := range u.calls {
		r.call(c)
	}
	for _, f := range u.functions {
		if f.made {
			switch n := f.node.(type) {
			case *ast.FunctionLiteral:
				n.Async = true
			case *ast.ArrowFunctionLiteral:
				n.Async = true
			}
		}
	}
	e.topNames(func(name string) {
		if u.kept[variable{name: name}] {
			r.run.Kept = append(r.run.Kept, name)
		}
	})
	for _, a := range u.assigned {
		if u.kept[variable{name: a.name}] {
			r.run.Kept = append(r.run.Kept, a.name)
		}
	}
	r.globals()
	r.run.Created = u.created(h, nil)
	return r.run, nil
}

// undecided finds an async function where a promise would be taken for true.
func (u *usage) undecided() *Refusal {
	for _, f := range u.functions {
		if f.given == nil || !f.async || !decides(f.given.CallExpression) || f.node == nil {
			continue
		}
		name, hint := methodName(f.given.CallExpression), "leave async away: calls wait for their results here"
		return &Refusal{u.entry.Original(u.entry.offset(f.at)), name + " takes the promise of an async function for its result", hint}
	}
	return nil
}

// runner changes a tree.
type runner struct {
	*Entry
	*Host
	run *Run
}

func (r *runner) call(c *call) {
	if _, ok := c.Callee.(*ast.SuperExpression); ok {
		return
	}
	path := DottedPath(c.Callee)
	host, known := r.hostFunction(path)
	gives, sync := known && host != nil && !host.Sync, r.isSync(c.Callee, path)
	site := GivesValue
	blocks := c.after && (gives ||
		c.updates != "" && runsAtOnce(c.in.given) && !c.optional && !c.awaits(path) && !makesElements(c.CallExpression))
	switch {
	case c.use == promise:
		site = GivesPromise
	case (c.in == nil || c.in.async || c.in.made) && !blocks:
		if sync && !makesElements(c.CallExpression) {
			break
		}
		site = GivesDirect
		var awaited ast.Expression = c.CallExpression
		if !gives && !c.optional { // a call inside an optional chain must be a link of it
			if c.in != nil {
				*c.slot = awaitPending(c.CallExpression)
				break
			}
			awaited = callOf(EntrySettle, c.LeftParenthesis, awaited)
		}
		*c.slot = &ast.AwaitExpression{Await: c.LeftParenthesis, Argument: awaited}
	case (blocks || c.use == now || c.use == object) && !c.optional && !known && !sync && !isThen(c.CallExpression):
		*c.slot = callOf(EntryValue, c.LeftParenthesis, c.CallExpression, text(calleeText(c.Callee), c.LeftParenthesis))
	}
	r.run.Sites[c.LeftParenthesis] = site
	if decides(c.CallExpression) {
		for _, slot := range c.functions {
			if f, known := r.hostFunction(DottedPath(*slot)); !known || f == nil {
				at := (*slot).Idx0()
				*slot = callOf(EntrySync, at, *slot, text(methodName(c.CallExpression), at))
			}
		}
	}
}

// awaitPending awaits what a call gives if it is a promise. In a function that runs several times at once, await would let the others
// run between what one reads and what it writes, although nothing waits.
func awaitPending(c *ast.CallExpression) ast.Expression {
	at := c.LeftParenthesis
	return &ast.ConditionalExpression{
		Test:       callOf(EntryPending, at, c),
		Consequent: &ast.AwaitExpression{Await: at, Argument: callOf(EntryTaken, at)},
		Alternate:  callOf(EntryTaken, at),
	}
}

// awaits reports whether a call of a path is one of those of the language and the session that give promises.
func (c *call) awaits(path []string) bool {
	return len(path) == 2 && path[0] == "Promise" || awaitsFunctions(path) || isThen(c.CallExpression)
}

// calleeText is how messages name what a call calls.
func calleeText(callee ast.Expression) string {
	switch n := callee.(type) {
	case *ast.Identifier:
		return n.Name.String()
	case *ast.DotExpression:
		if path := DottedPath(n); path != nil {
			return strings.Join(path, ".")
		}
		return n.Identifier.Name.String()
	}
	return "the function"
}
