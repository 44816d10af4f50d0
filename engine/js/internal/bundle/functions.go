package bundle

import (
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/words"
)

// functions is what is known of the functions that scripts can call, for scopes.Functions. It has the host modules by
// the names that scripts use.
type functions map[string]*engine.Module

// Async implements scopes.Functions.
func (fs functions) Async(path string) bool {
	switch path {
	case "fetch", "map", "parallel", "Array.fromAsync", "Promise.all", "Promise.allSettled", "Promise.any", "Promise.race":
		return fs[path] == nil
	}
	if of, method := cutLast(path); method == "then" || method == "catch" || method == "finally" {
		call, ok := strings.CutSuffix(of, "()")
		return ok && fs.Async(call)
	}
	f := fs.find(path)
	return f != nil && !f.Sync
}

// OfHost implements scopes.Functions.
func (fs functions) OfHost(path string) bool { return fs.find(path) != nil }

// List implements scopes.Functions.
func (fs functions) List(path string) (list, known bool) {
	f := fs.find(path)
	if f == nil {
		root, _, _ := strings.Cut(path, ".")
		return false, fs[strings.TrimSuffix(root, "()")] != nil
	}
	return strings.HasSuffix(f.Result, "[]"), f.Result != "any"
}

func cutLast(path string) (before, last string) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}

// find returns the function of a path, which may lead through the results of calls, or nil.
func (fs functions) find(path string) *engine.Function {
	parts := strings.Split(path, ".")
	root := fs[strings.TrimSuffix(parts[0], "()")]
	if root == nil {
		return nil
	}
	m, class, f := root, (*engine.Class)(nil), root.Apply
	for i, part := range parts {
		name, isCall := strings.CutSuffix(part, "()")
		switch {
		case i == 0:
		case class != nil:
			f, m, class = method(class, name), nil, nil
		case m != nil:
			f, m, _ = m.Member(name, words.Camel)
			if m != nil {
				f = m.Apply
			}
		default:
			return nil
		}
		if isCall {
			m, class = fs.result(root, f)
		}
	}
	return f
}

// method returns the method of a class, or nil.
func method(class *engine.Class, name string) *engine.Function {
	for i := range class.Methods {
		if f := &class.Methods[i]; words.Camel(f.Name) == name {
			return f
		}
	}
	return nil
}

// result is what a function gives that has members to call: the module around it for another connection, or a handle.
func (fs functions) result(root *engine.Module, f *engine.Function) (*engine.Module, *engine.Class) {
	if f == nil || f.Result == "" {
		return nil, nil
	}
	if strings.EqualFold(f.Result, root.Name) {
		return root, nil
	}
	for _, m := range fs {
		for _, class := range m.Classes {
			if class.Name == f.Result {
				return nil, class
			}
		}
	}
	return nil, nil
}
