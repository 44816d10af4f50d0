package bundle

import (
	"fmt"
	"path/filepath"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/scopes"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// checkAwaits refuses a bundle that takes promises for the results of calls. Packages are not looked at.
func (b *bundle) checkAwaits(tree *ast.Program, p *Program) error {
	var foreign func(ast.Statement) bool
	for _, f := range b.imports {
		if IsPackage(filepath.ToSlash(f.path)) {
			foreign = func(s ast.Statement) bool { return isForeign(tree, s) }
			break
		}
	}
	return b.mistakes(scopes.Read(tree, b.names, syntax.ParamHost, foreign), tree, p)
}

// isForeign reports whether a statement of a bundle is that of a package.
func isForeign(tree *ast.Program, s ast.Statement) bool {
	if name := syntax.WrappedFile(s); name != "" {
		return IsPackage(name)
	}
	return IsPackage(tree.File.Position(int(s.Idx0()) - tree.File.Base()).Filename)
}

// mistakes makes one error of the promises that a source takes for results.
func (b *bundle) mistakes(source *scopes.Source, tree *ast.Program, p *Program) error {
	var list []*engine.Error
	place := func(idx file.Idx) (*engine.Error, bool) {
		at := tree.File.Position(int(idx) - tree.File.Base())
		e := &engine.Error{Kind: engine.KindCompile, Name: "TypeError"}
		Locate(e, p.Sources, engine.Position{File: at.Filename, Line: at.Line, Column: at.Column})
		return e, e.File != "" && !IsPackage(e.File)
	}
	for _, m := range source.Mistakes(b.functions) {
		e, ok := place(m.Place)
		if !ok {
			continue
		}
		e.Message, e.Hint = m.Message, m.Hint
		if m.Call != 0 {
			if call, ok := place(m.Call); ok {
				e.Hint += fmt.Sprintf(" in line %d", call.Line)
				if call.File != e.File {
					e.Hint += " of " + call.File
				}
			}
		}
		list = append(list, e)
	}
	if len(list) == 0 {
		return nil
	}
	return b.joined(list)
}
