package bundle

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/scopes"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/internal/calls"
)

// Calls finds the calls of host functions in a script. It looks at what esbuild makes of the source, which is what runs. The error may
// be about promises that functions which nothing calls take for results; the calls are found all the same.
func Calls(src engine.Source, modules []*engine.Module) (list []calls.Call, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			list, err = nil, fmt.Errorf("read the calls of %s: the parser failed: %v", src.Name, reason)
		}
	}()
	src.Root, src.Dir, src.FS = "", "", nil
	// Beside this, esbuild keeps functions that nothing calls.
	src.Code = append(slices.Clip(src.Code), "\n;eval('')"...)
	b := newBundle(src, modules)
	b.alone = true
	p := &Program{name: src.Name}
	tree, err := b.readTree(p)
	if err != nil {
		return nil, err
	}
	source := scopes.Read(tree, b.names, syntax.ParamHost, nil)
	mistakes := b.mistakes(source, tree, p)
	marked := bytes.HasPrefix(src.Code, []byte(byteOrderMark))
	src.Code = bytes.TrimPrefix(src.Code, []byte(byteOrderMark))
	list = source.Calls(func(idx file.Idx) (engine.Position, bool) {
		at := tree.File.Position(int(idx) - tree.File.Base())
		pos := engine.Position{File: src.Name, Line: at.Line, Column: at.Column}
		if at.Line == 1 && marked {
			pos.Column--
		}
		return pos, p.Sources[at.Filename] != nil
	})
	calls.CountCharacters(list, sourceLines(src.Code), func(r rune, _ int) int {
		if r > 0xffff {
			return 2
		}
		return 1
	})
	return list, mistakes
}

// sourceLines are the lines of a source as esbuild counts them.
func sourceLines(code []byte) []string {
	return strings.Split(lineEnds.Replace(string(code)), "\n")
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// readTree bundles and parses a script.
func (b *bundle) readTree(p *Program) (*ast.Program, error) {
	if err := b.locate(); err != nil {
		return nil, err
	}
	if err := b.checkText(b.src.Name, b.src.Code); err != nil {
		return nil, err
	}
	b.files[b.main] = &SourceFile{Name: b.src.Name, Code: b.src.Code}
	options := b.options()
	options.Metafile = true
	result := api.Build(options)
	if len(result.Errors) > 0 {
		return nil, b.compileError(result.Errors)
	}
	code, mapping, _, err := b.outputs(result)
	if err != nil {
		return nil, err
	}
	tree, _, err := b.parse(p, code, mapping)
	return tree, err
}
