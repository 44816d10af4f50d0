// Package bundle compiles a script with all that it imports into one program, by esbuild and goja.
package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/go-sourcemap/sourcemap"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/builtins"
	"github.com/crisphost/crisphost/engine/js/internal/fsimport"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/internal/words"
)

// bundle translates one script with everything that it imports into one goja program.
type bundle struct {
	src     engine.Source
	modules map[string]string // import name to the module's name
	names   []string          // of the modules, as imports and globals have them
	functions
	// main is the absolute path of the script. It need not exist.
	main string
	// root is the directory that imports stay below, without symbolic links, or empty.
	root string
	// fs has the files in place of a directory, or is nil. The paths of its files then begin with a slash, and root is that.
	fs *fsimport.Files
	// alone leaves out what the script imports besides host modules.
	alone bool

	mu      sync.Mutex // esbuild loads files from several goroutines
	imports []*importedFile
	// packages reads package.json files, or is nil until one is needed.
	packages *fsimport.Files
	edges    []importEdge
	files    map[string]*SourceFile // by absolute path
}

func newBundle(src engine.Source, modules []*engine.Module) *bundle {
	b := &bundle{src: src, modules: make(map[string]string, len(modules)), functions: functions{}, files: make(map[string]*SourceFile)}
	for _, m := range modules {
		for _, spelled := range []string{m.Name, words.Camel(m.Name)} {
			b.functions[spelled] = m
			b.modules[hostPrefix+spelled] = m.Name
			if nodeModules[spelled] == "" { // what packages mean by that name is Node's
				b.modules[spelled] = m.Name
			}
		}
	}
	b.names = slices.Collect(maps.Keys(b.modules))
	return b
}

func (b *bundle) compile() (*Program, error) {
	if err := b.locate(); err != nil {
		return nil, err
	}
	if err := b.checkText(b.src.Name, b.src.Code); err != nil {
		return nil, err
	}
	b.files[b.main] = &SourceFile{Name: b.src.Name, Code: b.src.Code}
	options := b.options()
	// What nobody uses of a package costs nothing then.
	options.TreeShaking = api.TreeShakingTrue
	options.Metafile = true
	result := api.Build(options)
	if len(result.Errors) > 0 {
		return nil, b.compileError(result.Errors)
	}
	if len(b.imports) > 0 && b.fs == nil { // no file of a file system stands under a second name
		if err := b.readEdges(result.Metafile); err != nil {
			return nil, fmt.Errorf("compile %s: %w", b.src.Name, err)
		}
	}
	code, mapping, locals, err := b.outputs(result)
	if err != nil {
		return nil, err
	}
	return b.link(code, mapping, locals)
}

// outputs are the code and the source map of a build. What the code exports is handed over by a call at its end; locals are the
// variables of exports, by their names.
func (b *bundle) outputs(result api.BuildResult) (code, mapping []byte, locals map[string]string, err error) {
	for _, f := range result.OutputFiles {
		if strings.HasSuffix(f.Path, ".map") {
			mapping = f.Contents
		} else {
			code = f.Contents
		}
	}
	code, _ = mendGenerators(code)
	names, err := exportNames(result.Metafile)
	if err == nil && len(names) > 0 {
		code, locals, err = handOver(code)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("compile %s: %w", b.src.Name, err)
	}
	return code, mapping, locals, nil
}

// locate finds the directories that imports start from and stay in.
func (b *bundle) locate() error {
	base := filepath.Base(b.src.Name)
	if b.src.FS != nil {
		dir := path.Clean(b.src.Dir)
		if !fs.ValidPath(dir) {
			return fmt.Errorf("compile %s: its directory %s is not a path in its file system", b.src.Name, b.src.Dir)
		}
		b.fs, b.root, b.main = fsimport.New(b.src.FS), "/", path.Join("/", dir, base)
		return nil
	}
	if b.src.Root == "" {
		b.main = filepath.Join(string(filepath.Separator), base)
		return nil
	}
	root, err := filepath.Abs(b.src.Root)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return fmt.Errorf("compile %s: find the script's root directory: %w", b.src.Name, err)
	}
	b.root = root
	dir := b.src.Dir
	if dir == "" {
		dir = root
	}
	dir, err = filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return fmt.Errorf("compile %s: find the script's directory: %w", b.src.Name, err)
	}
	if !below(root, dir) {
		return fmt.Errorf("compile %s: its directory %s is not inside its root %s", b.src.Name, dir, root)
	}
	b.main = filepath.Join(dir, base)
	return nil
}

var (
	mainFields = []string{"browser", "module", "main"}
	conditions = []string{"worker", "module"}
)

// options says what esbuild does. Whatever goja runs by itself stays as it is, which keeps traces and speed; for await and
// async generators are what it lacks.
func (b *bundle) options() api.BuildOptions {
	return api.BuildOptions{
		EntryPoints:   []string{b.main},
		Bundle:        true,
		Write:         false,
		Outdir:        filepath.Dir(b.main),
		AbsWorkingDir: filepath.Dir(b.main),
		Sourcemap:     api.SourceMapExternal,
		// Only names, mappings: the sources are at hand.
		SourcesContent: api.SourcesContentExclude,
		Format:         api.FormatESModule,
		Platform:       api.PlatformBrowser,
		// Packages that come in several builds give the one for browsers and workers, which has no need of Node's modules.
		MainFields: mainFields,
		Conditions: conditions,
		Target:     api.ES2017,
		Supported: map[string]bool{
			"top-level-await": true,
			"async-await":     true,
			"bigint":          true,
			// They are not written as exports in the end.
			"arbitrary-module-namespace-names": true,
			// That of a computed name then becomes a call of require.
			"dynamic-import":                false,
			"class-field":                   true,
			"class-private-field":           true,
			"class-private-method":          true,
			"class-private-accessor":        true,
			"class-private-brand-check":     true,
			"class-private-static-field":    true,
			"class-private-static-method":   true,
			"class-private-static-accessor": true,
			"class-static-field":            true,
			"class-static-blocks":           true,
			"logical-assignment":            true,
			"nullish-coalescing":            true,
			"object-rest-spread":            true,
			"optional-catch-binding":        true,
			"optional-chain":                true,
			"regexp-dot-all-flag":           true,
			"regexp-lookbehind-assertions":  true,
			"regexp-named-capture-groups":   true,
		},
		Define: map[string]string{
			"import.meta":          syntax.ParamMeta,
			"process.env.NODE_ENV": `"production"`,
		},
		// Neither the user's tsconfig.json nor one above the root changes what a script means.
		TsconfigRaw: "{}",
		TreeShaking: api.TreeShakingFalse,
		LogLevel:    api.LogLevelSilent,
		Plugins:     []api.Plugin{{Name: "crisphost", Setup: b.setup}},
	}
}

// link compiles the bundled code, wrapped in a function, with its source map. Locals are the variables of exports, by their names.
func (b *bundle) link(code, mapping []byte, locals map[string]string) (*Program, error) {
	p := &Program{name: b.src.Name, imports: b.imports, hash: programHash(b.src, b.imports), contents: b.contents()}
	if b.fs != nil {
		p.seen = b.fs.Snapshot()
	}
	p.Builtins = builtins.Needed(code)
	tree, consumer, err := b.parse(p, code, mapping)
	if err != nil {
		return nil, err
	}
	if err := b.checkAwaits(tree, p); err != nil {
		return nil, err
	}
	b.restoreLexical(tree, p)
	if bytes.Contains(code, []byte(syntax.ParamMeta)) {
		b.locateMeta(tree, p)
	}
	var assigned map[string]bool
	p.Code, assigned, err = syntax.CompileMain(tree, filepath.Base(b.main))
	if err != nil {
		return nil, b.syntaxError(err, consumer, p)
	}
	p.Fixed = make(map[string]bool, len(locals))
	for name, local := range locals {
		p.Fixed[name] = !assigned[local]
	}
	return p, nil
}

// parse parses the bundled code, wrapped in a function, and finds the files of a program by its source map.
func (b *bundle) parse(p *Program, code, mapping []byte) (*ast.Program, *sourcemap.Consumer, error) {
	consumer, files, err := b.readMap(mapping)
	if err != nil {
		return nil, nil, fmt.Errorf("compile %s: %w", b.src.Name, err)
	}
	p.Sources = files
	var text strings.Builder
	text.Grow(len(code) + 256)
	// On one line with nothing before it: the map counts lines from the first line of the code.
	text.WriteString("(async function " + syntax.MainFunction + "(" + syntax.ParamHost + "," + syntax.ParamResult + "," + syntax.ParamMeta + "){\"use strict\";\n")
	text.Write(code)
	text.WriteString("\n})")
	tree, err := syntax.ParseProgram(b.bundleName(), text.String())
	if err != nil {
		return nil, nil, b.syntaxError(err, consumer, p)
	}
	if consumer != nil {
		tree.File.SetSourceMap(consumer)
	}
	return tree, consumer, nil
}

// bundleName is the file name of code that is nobody's: esbuild's own functions and this package's.
func (b *bundle) bundleName() string {
	if filepath.IsAbs(b.src.Name) {
		return "/" + syntax.BundleFile
	}
	return syntax.BundleFile
}

// syntaxError is for what esbuild accepts and goja does not.
func (b *bundle) syntaxError(err error, consumer *sourcemap.Consumer, p *Program) error {
	failure := &engine.Error{Kind: engine.KindCompile, Name: "SyntaxError", Message: err.Error(), Position: engine.Position{File: b.src.Name}}
	var list parser.ErrorList
	var compile *goja.CompilerSyntaxError
	var refused *syntax.TreeError
	var panicked *syntax.PanicError
	if errors.As(err, &refused) {
		failure.Hint, err = refused.Hint, &refused.CompilerSyntaxError
	}
	switch {
	case errors.As(err, &panicked):
		return CompilePanic(b.src.Name, panicked)
	case errors.As(err, &list) && len(list) > 0:
		failure.Message = list[0].Message
		at := list[0].Position
		if consumer == nil {
			break
		}
		if source, _, line, column, ok := consumer.Source(at.Line, at.Column); ok {
			Locate(failure, p.Sources, engine.Position{File: resolvedName(b.bundleName(), source), Line: line, Column: column})
		}
	case errors.As(err, &compile):
		failure.Message = compile.Message
		if compile.File != nil {
			at := compile.File.Position(compile.Offset)
			Locate(failure, p.Sources, engine.Position{File: at.Filename, Line: at.Line, Column: at.Column})
		}
	}
	return failure
}
