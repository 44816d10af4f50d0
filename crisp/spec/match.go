package spec

import (
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Match finds the operation that a method and a path select. The path is the escaped one below the API's base, with or
// without its leading slash and without a query, so that an encoded slash stays inside its segment.
//
// The parameters are the unescaped values of the path, by name. When no operation takes the method but the path is known,
// op is nil and allowed lists the methods that the path takes, sorted. Both are empty for an unknown path, which one with
// an empty or a dot segment always is.
func Match(method, path string) (op *Operation, params map[string]string, allowed []string) {
	m := matcher{method: method, segments: strings.Split(strings.TrimPrefix(path, "/"), "/")}
	for i, segment := range m.segments {
		// A server decodes every segment, so an encoded literal or dot segment must not slip past a policy.
		value, err := url.PathUnescape(segment)
		if err != nil || value == "" || value == "." || value == ".." {
			return nil, nil, nil
		}
		m.segments[i] = value
	}
	m.walk(routes(), 0)
	if m.op == nil {
		slices.Sort(m.allowed)
		return nil, nil, slices.Compact(m.allowed)
	}
	params = make(map[string]string, 4)
	for i, part := range strings.Split(m.op.Path[1:], "/") {
		if name, ok := paramName(part); ok {
			params[name] = m.segments[i]
		}
	}
	return m.op, params, nil
}

// route is a node of the trie over path segments.
type route struct {
	literals map[string]*route
	param    *route
	ops      []*Operation
}

var (
	routesOnce sync.Once
	routeTree  *route
)

// routes is built at the first match: most programs that link the table never match a path.
func routes() *route {
	routesOnce.Do(func() {
		routeTree = &route{}
		for _, op := range operations {
			node := routeTree
			for part := range strings.SplitSeq(op.Path[1:], "/") {
				node = node.child(part)
			}
			node.ops = append(node.ops, op)
		}
	})
	return routeTree
}

func (r *route) child(part string) *route {
	if _, ok := paramName(part); ok {
		if r.param == nil {
			r.param = &route{}
		}
		return r.param
	}
	next := r.literals[part]
	if next == nil {
		next = &route{}
		if r.literals == nil {
			r.literals = make(map[string]*route)
		}
		r.literals[part] = next
	}
	return next
}

type matcher struct {
	method   string
	segments []string
	op       *Operation
	allowed  []string
}

// walk prefers a literal segment and falls back to a parameter, and stops at the first operation that takes the method.
func (m *matcher) walk(node *route, depth int) {
	if depth == len(m.segments) {
		for _, op := range node.ops {
			if op.Method == m.method {
				m.op = op
				return
			}
			m.allowed = append(m.allowed, op.Method)
		}
		return
	}
	segment := m.segments[depth]
	if next := node.literals[segment]; next != nil {
		if m.walk(next, depth+1); m.op != nil {
			return
		}
	}
	if node.param != nil {
		m.walk(node.param, depth+1)
	}
}

// paramName returns the name inside the braces of a template segment.
func paramName(part string) (string, bool) {
	if len(part) > 2 && part[0] == '{' && part[len(part)-1] == '}' {
		return part[1 : len(part)-1], true
	}
	return "", false
}
