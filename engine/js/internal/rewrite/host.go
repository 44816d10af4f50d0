package rewrite

import (
	"github.com/dop251/goja/ast"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/words"
)

// Host is what the names in an entry mean.
type Host struct {
	// Modules are those of the host by the names that scripts use.
	Modules map[string]*engine.Module
	// Exists reports whether there is a global variable of a name, and Made whether a name is one that esbuild made up.
	Exists, Made func(name string) bool
	// shadowed are the names that the entry declares somewhere.
	shadowed map[string]bool
}

// DottedPath is the path of names that an expression is, or nil. Optional accesses count as others.
func DottedPath(n ast.Expression) []string {
	switch n := n.(type) {
	case *ast.Identifier:
		return []string{n.Name.String()}
	case *ast.DotExpression:
		if path := DottedPath(n.Left); path != nil {
			return append(path, n.Identifier.Name.String())
		}
	case *ast.Optional:
		return DottedPath(n.Expression)
	case *ast.OptionalChain:
		return DottedPath(n.Expression)
	}
	return nil
}

// isSync reports whether a function is known to give no promise.
func (h *Host) isSync(callee ast.Expression, path []string) bool {
	if len(path) > 0 {
		if f, known := h.hostFunction(path); known {
			return f == nil || f.Sync
		}
		if len(path) == 1 {
			return syncGlobal(path[0]) || h.Made(path[0])
		}
		if len(path) == 2 && syncNamespace(path[0]) {
			return path[1] != "fromAsync"
		}
	}
	switch n := callee.(type) {
	case *ast.DotExpression:
		name := n.Identifier.Name.String()
		return syncMethod(name) && !(name == "forEach" && isStreamMethod(n))
	case *ast.Optional:
		return h.isSync(n.Expression, path)
	case *ast.SuperExpression:
		return true
	}
	return false
}

// hostFunction finds the function of the host at a path. It is known and nil for a path that names nothing.
func (h *Host) hostFunction(path []string) (f *engine.Function, known bool) {
	if len(path) == 0 {
		return nil, false
	}
	m := h.Modules[path[0]]
	if m == nil || h.shadowed[path[0]] {
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

// givesPromise reports whether a path is that of a function of the host that gives a promise.
func (h *Host) givesPromise(path []string) bool {
	f, _ := h.hostFunction(path)
	return f != nil && !f.Sync
}
