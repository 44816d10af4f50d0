package bundle

import (
	"bytes"
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	gojatoken "github.com/dop251/goja/token"

	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// esbuild makes variables of what files declare at their top level with let, const and class, so that its own wrappers can be lazy.
// Reading one before its declaration then gives undefined. Where a declaration came from is in the source map, so the files of the
// user get theirs back. Those of packages stay as esbuild has them.

// restoreLexical turns variables of the main function of a bundle back into what they were.
func (b *bundle) restoreLexical(tree *ast.Program, p *Program) {
	main := syntax.MainOf(tree)
	if main == nil {
		return
	}
	lines := make(map[*SourceFile][][]byte)
	restored := make(map[file.Idx]bool)
	for i, s := range main.Body.List {
		statement, ok := s.(*ast.VariableStatement)
		if !ok || !isInitialized(statement.List) {
			continue
		}
		at := tree.File.Position(int(statement.Var) - tree.File.Base())
		f := p.Sources[at.Filename]
		if f == nil || strings.Contains(at.Filename, "node_modules/") {
			continue
		}
		if lines[f] == nil {
			lines[f] = bytes.Split(f.Code, []byte("\n"))
		}
		if at.Line > len(lines[f]) || !declaresLexically(string(lines[f][at.Line-1]), at.Column) {
			continue
		}
		restored[statement.Var] = true
		main.Body.List[i] = &ast.LexicalDeclaration{Idx: statement.Var, Token: gojatoken.LET, List: statement.List}
	}
	main.DeclarationList = slices.DeleteFunc(main.DeclarationList, func(d *ast.VariableDeclaration) bool { return restored[d.Var] })
}

// isInitialized reports whether all of a list of bindings have values, other than esbuild's wrappers.
func isInitialized(list []*ast.Binding) bool {
	return !slices.ContainsFunc(list, func(binding *ast.Binding) bool {
		call, isCall := binding.Initializer.(*ast.CallExpression)
		if !isCall {
			return binding.Initializer == nil
		}
		callee, ok := call.Callee.(*ast.Identifier)
		return ok && strings.HasPrefix(string(callee.Name), "__")
	})
}

// declaresLexically reports whether what begins at a column of a line is a declaration of let, const or class.
func declaresLexically(line string, column int) bool {
	text := []rune(line)
	if column < 1 || column > len(text) {
		return false
	}
	rest := strings.TrimPrefix(string(text[column-1:]), "export ")
	word, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	return word == "let" || word == "const" || word == "class"
}

// locateMeta makes import.meta in each file that of the file: what esbuild has put there becomes a call with the file's path.
func (b *bundle) locateMeta(tree *ast.Program, p *Program) {
	paths := make(map[*SourceFile]string, len(b.files))
	for path, f := range b.files {
		paths[f] = path
	}
	main := syntax.MainOf(tree)
	syntax.Replace(&ast.Program{Body: main.Body.List}, func(n ast.Node) ast.Expression {
		name, ok := n.(*ast.Identifier)
		if !ok || name.Name != syntax.ParamMeta {
			return nil
		}
		at := tree.File.Position(int(name.Idx) - tree.File.Base())
		path := b.main
		if f := p.Sources[at.Filename]; f != nil {
			path = paths[f]
		}
		return syntax.NewCall(name.Idx, syntax.ParamMeta, path)
	})
}
