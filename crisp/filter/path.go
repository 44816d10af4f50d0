package filter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/tape"
)

// path leads to a value in a payload. Each step is the name of a member, or the index of an item as an int.
type path []any

func (p path) String() string {
	var b strings.Builder
	for i, step := range p {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			switch {
			case !isName(step):
				fmt.Fprintf(&b, "[%q]", step)
			case i > 0:
				b.WriteString("." + step)
			default:
				b.WriteString(step)
			}
		}
	}
	return b.String()
}

func isName(s string) bool {
	for i, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// find returns the place that a path leads to, and false for one that is missing.
func (p path) find(doc *tape.Document) (at tape.Index, found bool) {
	for _, step := range p {
		switch step := step.(type) {
		case int:
			at, found = doc.Item(at, step)
		case string:
			at, found = doc.Member(at, step)
		}
		if !found {
			return 0, false
		}
	}
	return at, true
}

// follow reads the path of an operand, and finds what it leads to.
func (c *compiler) follow(o *operand) *Error {
	steps, nodes, err := pathOf(o.node)
	if err != nil {
		return err
	}
	o.path = steps
	shapes, wrong, problem, hint := walk(c.event, c.payload, steps)
	if problem != "" {
		return errorAt(nodes[wrong], problem, hint)
	}
	o.shapes = shapes
	return nil
}

// pathOf returns the steps of a path, and the node of each.
func pathOf(n ast.Node) (path, []ast.Node, *Error) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return path{n.Value}, []ast.Node{n}, nil
	case *ast.MemberNode:
		if n.Optional || n.Method {
			break
		}
		steps, nodes, err := pathOf(n.Node)
		if err != nil {
			return nil, nil, err
		}
		switch p := n.Property.(type) {
		case *ast.StringNode:
			return append(steps, p.Value), append(nodes, n), nil
		case *ast.IntegerNode:
			return append(steps, p.Value), append(nodes, n), nil
		}
		return nil, nil, errorAt(n, "brackets take a number or a name in quotes", `such as pages[0] or data["first name"]`)
	}
	return nil, nil, unsupported(n)
}

var anything = &spec.Schema{}

// walk returns what a path leads to from the shapes of a payload. Without shapes that can be anything. Otherwise it returns the step
// that leads nowhere, and why.
func walk(event string, payload []*spec.Schema, steps path) (shapes []*spec.Schema, wrong int, problem, hint string) {
	if payload == nil {
		return []*spec.Schema{anything}, 0, "", ""
	}
	at := expand(nil, payload)
	for i, step := range steps {
		var next []*spec.Schema
		var names []string
		for _, s := range at {
			name, isName := step.(string)
			switch {
			case s.Kind == spec.KindAny:
				next = append(next, anything)
			case s.Kind == spec.KindArray && !isName:
				if s.Items == nil {
					next = append(next, anything)
				} else {
					next = append(next, s.Items)
				}
			case s.Kind == spec.KindObject && isName:
				for _, f := range s.Fields {
					names = append(names, f.Name)
				}
				if f := s.Field(name); f != nil {
					next = append(next, f.Schema)
				} else if s.Extra != nil {
					next = append(next, s.Extra)
				}
			}
		}
		if len(next) == 0 {
			problem, hint = nowhere(event, steps[:i+1], at, names)
			return nil, i, problem, hint
		}
		at = expand(nil, next)
	}
	return at, 0, "", ""
}

// expand adds shapes to a list, and for those of several alternatives these.
func expand(list, shapes []*spec.Schema) []*spec.Schema {
	for _, s := range shapes {
		if len(s.OneOf) > 0 {
			list = expand(list, s.OneOf)
		} else {
			list = append(list, s)
		}
	}
	return list
}

// nowhere says why the last step of a path leads nowhere.
func nowhere(event string, steps path, at []*spec.Schema, names []string) (problem, hint string) {
	last, parent := steps[len(steps)-1], steps[:len(steps)-1]
	name, isName := last.(string)
	if len(names) == 0 {
		what := spec.Describe((&operand{shapes: at}).shape())
		if isName {
			if slices.ContainsFunc(at, func(s *spec.Schema) bool { return s.Kind == spec.KindArray }) {
				hint = fmt.Sprintf("%s[0] is its first item", parent)
			}
			return fmt.Sprintf("%s is %s, which has no fields", parent, what), hint
		}
		return fmt.Sprintf("%s is %s, which is not a list", parent, what), ""
	}
	problem = fmt.Sprintf("%s has no field %s", event, steps)
	switch near := nearest.To(name, names); {
	case name == "event" && len(parent) == 0:
		hint = `fields stand without "event."`
	case near != "":
		hint = fmt.Sprintf("did you mean %s?", append(parent[:len(parent):len(parent)], near))
	default:
		hint = "its fields are " + listed(names)
	}
	return problem, hint
}

// listed joins names, each once.
func listed(names []string) string {
	var b strings.Builder
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			continue
		}
		if len(seen) > 0 {
			b.WriteString(", ")
		}
		if len(seen) == 20 {
			b.WriteString(strconv.Itoa(len(names)-20) + " more")
			break
		}
		seen[name] = true
		b.WriteString(name)
	}
	return b.String()
}
