package bundle

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/fsimport"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/internal/regular"
)

// Namespaces of files that are not on disk.
const (
	hostNamespace  = "crisphost-module" // of host modules, which are no files
	emptyNamespace = "crisphost-empty"  // in place of files that are left out
)

// maxImportSize bounds an imported file, in bytes.
const maxImportSize = 32 << 20

// setup adds the resolution of host modules and of files below the root.
func (b *bundle) setup(build api.PluginBuild) {
	build.OnResolve(api.OnResolveOptions{Filter: "."}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		return b.resolve(build, args)
	})
	build.OnLoad(api.OnLoadOptions{Filter: ".", Namespace: hostNamespace}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		stub := fmt.Sprintf("module.exports = %s(%q);\n", syntax.ParamHost, args.Path)
		return api.OnLoadResult{Contents: &stub, Loader: api.LoaderJS}, nil
	})
	build.OnLoad(api.OnLoadOptions{Filter: ".", Namespace: emptyNamespace}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
		empty := "module.exports = {};\n"
		return api.OnLoadResult{Contents: &empty, Loader: api.LoaderJS}, nil
	})
	build.OnLoad(api.OnLoadOptions{Filter: ".", Namespace: "file"}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		return b.load(args.Path)
	})
}

// resolving marks the requests that this plugin itself makes of esbuild's resolver.
type resolving struct{}

func (b *bundle) resolve(build api.PluginBuild, args api.OnResolveArgs) (api.OnResolveResult, error) {
	if _, own := args.PluginData.(resolving); own {
		return api.OnResolveResult{}, nil
	}
	if args.Kind == api.ResolveEntryPoint {
		return api.OnResolveResult{Path: b.main, Namespace: "file"}, nil
	}
	if name, ok := b.modules[args.Path]; ok {
		return api.OnResolveResult{Path: name, Namespace: hostNamespace}, nil
	}
	if b.alone {
		return api.OnResolveResult{Path: args.Path, Namespace: emptyNamespace}, nil
	}
	if b.root == "" {
		if text, hint, ok := b.nodeHint(args.Path); ok {
			return refuse(text, hint), nil
		}
		return refuse(fmt.Sprintf("%q is not a host module, and this script has no directory to import files from", args.Path), ""), nil
	}
	if b.fs != nil {
		return b.resolveInFS(args), nil
	}
	if dir, ok := b.packageDir(args.ResolveDir); ok && !strings.HasPrefix(args.Path, ".") && b.manifests().MaskedIn(dir, args.Path) {
		return api.OnResolveResult{Path: args.Path, Namespace: emptyNamespace}, nil
	}
	if !urlLike(args.Path) {
		// esbuild resolves files by itself, load checks where they are and compileError explains what is missing. Resolving
		// here would read each directory and package.json anew for each import.
		return api.OnResolveResult{}, nil
	}
	found := build.Resolve(args.Path, api.ResolveOptions{
		Importer: args.Importer, Namespace: args.Namespace, ResolveDir: args.ResolveDir, Kind: args.Kind, PluginData: resolving{},
	})
	if len(found.Errors) > 0 {
		text, hint := b.unresolved(args.Path, args.ResolveDir)
		return refuse(text, hint), nil
	}
	if text, hint, ok := b.nodeHint(args.Path); ok && found.External {
		return refuse(text, hint), nil
	}
	if found.External || found.Namespace != "file" {
		return refuse(fmt.Sprintf("%q cannot be imported: scripts import host modules and files", args.Path), ""), nil
	}
	return api.OnResolveResult{Path: found.Path, Namespace: "file"}, nil
}

// resolveInFS finds the file of an import in the script's file system.
func (b *bundle) resolveInFS(args api.OnResolveArgs) api.OnResolveResult {
	if strings.Contains(args.Path, ":") || strings.HasPrefix(args.Path, "//") {
		if text, hint, ok := b.nodeHint(args.Path); ok {
			return refuse(text, hint)
		}
		return refuse(fmt.Sprintf("%q cannot be imported: scripts import host modules and files", args.Path), "")
	}
	rules := fsimport.Rules{MainFields: mainFields, Conditions: append([]string{"browser"}, conditions...)}
	dir := b.inFS(args.ResolveDir)
	required := args.Kind == api.ResolveJSRequireCall || args.Kind == api.ResolveJSRequireResolve
	found, err := b.fs.Resolve(args.Path, dir, required, rules)
	switch {
	case errors.Is(err, fsimport.ErrOutside):
		return refuse(fmt.Sprintf("%q is outside the script's file system", args.Path), "")
	case err != nil:
		text, hint := b.unresolved(args.Path, args.ResolveDir)
		return refuse(text, hint)
	case found == "":
		return api.OnResolveResult{Path: args.Path, Namespace: emptyNamespace}
	}
	return api.OnResolveResult{Path: path.Join("/", found), Namespace: "file"}
}

// inFS is the path in the script's file system of an absolute one.
func (b *bundle) inFS(name string) string { return cmp.Or(strings.TrimPrefix(name, "/"), ".") }

// urlLike reports whether esbuild might take an import for something else than a file: a URL, data:, node: or a name that
// package.json maps.
func urlLike(path string) bool {
	return strings.Contains(path, ":") || strings.HasPrefix(path, "//") || strings.HasPrefix(path, "#")
}

// unresolved explains an import in a file of dir that leads nowhere.
func (b *bundle) unresolved(path, dir string) (text, hint string) {
	if strings.HasPrefix(path, ".") || filepath.IsAbs(path) {
		target := path
		if !filepath.IsAbs(target) {
			target = filepath.Join(dir, target)
		}
		if !below(b.root, target) {
			return fmt.Sprintf("%q is %s, which is outside the script's root directory %s", path, target, b.root), ""
		}
		return fmt.Sprintf("there is no file %q in %s", path, b.display(dir)), ""
	}
	if text, hint, ok := b.nodeHint(path); ok {
		return text, hint
	}
	if len(b.modules) > 0 {
		hint = "the host modules are " + b.moduleNames()
	}
	if b.fs != nil {
		return fmt.Sprintf("%q is neither a host module nor a package in a node_modules directory of the script's file system", path), hint
	}
	return fmt.Sprintf("%q is neither a host module nor a package in a node_modules directory below %s", path, b.root), hint
}

// refuse is the answer that makes an import a compile error.
func refuse(text, hint string) api.OnResolveResult {
	message := api.Message{Text: text}
	if hint != "" {
		message.Notes = []api.Note{{Text: hint}}
	}
	return api.OnResolveResult{Errors: []api.Message{message}}
}

// load reads a file for esbuild and remembers it for the cache.
func (b *bundle) load(path string) (api.OnLoadResult, error) {
	if path == b.main {
		loader := api.LoaderJS
		if b.src.Language == engine.TypeScript {
			loader = api.LoaderTS
		}
		code := string(b.src.Code)
		return api.OnLoadResult{Contents: &code, Loader: loader, ResolveDir: filepath.Dir(path)}, nil
	}
	if !below(b.root, path) {
		return api.OnLoadResult{}, fmt.Errorf("the import is %s, which is outside the script's root directory %s", path, b.root)
	}
	if b.masked(path) {
		empty := ""
		return api.OnLoadResult{Contents: &empty, Loader: api.LoaderJS}, nil
	}
	loader, ok := loaderOf(path)
	if !ok {
		return api.OnLoadResult{}, fmt.Errorf("%s cannot be imported: scripts import .js, .ts and .json files", b.display(path))
	}
	imported, data, err := b.read(path)
	switch {
	case errors.Is(err, fsimport.ErrTooLarge):
		return api.OnLoadResult{}, fmt.Errorf("%s is larger than %d MiB: read such data while the script runs", b.display(path), maxImportSize>>20)
	case err != nil:
		return api.OnLoadResult{}, fmt.Errorf("read %s: %w", b.display(path), err)
	}
	if problem := TextProblem(data); problem != "" {
		return api.OnLoadResult{}, fmt.Errorf("%s %s", b.display(path), problem)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.imports = append(b.imports, imported)
	b.files[path] = &SourceFile{Name: b.display(path), Code: data}
	code := string(data)
	return api.OnLoadResult{Contents: &code, Loader: loader, ResolveDir: filepath.Dir(path)}, nil
}

// masked reports whether a package wants nothing in place of a file of its own. Esbuild then asks for the file by the name that the
// import gives, perhaps without its extension, and does not tell.
func (b *bundle) masked(name string) bool {
	rel, ok := b.packageDir(name)
	return ok && b.manifests().Masked(rel)
}

// packageDir is the path below the root of a file or directory of a package on disk.
func (b *bundle) packageDir(name string) (string, bool) {
	if b.fs != nil || !strings.Contains(filepath.ToSlash(name), "/node_modules/") {
		return "", false
	}
	rel, err := filepath.Rel(b.root, name)
	return filepath.ToSlash(rel), err == nil && filepath.IsLocal(rel)
}

// manifests reads the package.json files below the root.
func (b *bundle) manifests() *fsimport.Files {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.packages == nil {
		b.packages = fsimport.New(regular.DirFS(b.root))
	}
	return b.packages
}

// read reads an imported file.
func (b *bundle) read(path string) (*importedFile, []byte, error) {
	if b.fs != nil {
		data, err := b.fs.Read(b.inFS(path), maxImportSize)
		return &importedFile{path: path, sum: sha256.Sum256(data)}, data, err
	}
	readAt := time.Now()
	data, info, err := regular.ReadFile(path, maxImportSize)
	if err != nil {
		return nil, nil, err
	}
	if len(data) > maxImportSize {
		return nil, nil, fsimport.ErrTooLarge
	}
	f := &importedFile{path: path, size: info.Size(), mtime: info.ModTime(), readAt: readAt, sum: sha256.Sum256(data)}
	return f, data, nil
}

func loaderOf(path string) (api.Loader, bool) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".js", ".mjs", ".cjs", "":
		return api.LoaderJS, true
	case ".ts", ".mts", ".cts":
		return api.LoaderTS, true
	case ".json":
		return api.LoaderJSON, true
	default:
		return api.LoaderNone, false
	}
}

// display is the name of a file as the user would write it: in the manner of the script's own name.
func (b *bundle) display(path string) string {
	rel, err := filepath.Rel(filepath.Dir(b.main), path)
	if err != nil {
		return path
	}
	return filepath.Join(filepath.Dir(b.src.Name), rel)
}

// below reports whether path is root or in it. Both are absolute and clean.
func below(root, path string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && filepath.IsLocal(rel)
}

// TextProblem tells why data cannot be a script, or "".
func TextProblem(data []byte) string {
	if bytes.IndexByte(data, 0) >= 0 {
		return "is a binary file, not a script"
	}
	if !utf8.Valid(data) {
		return "is not UTF-8 text: save it as UTF-8"
	}
	if syntax.TooDeep(data) {
		return fmt.Sprintf("nests brackets or operators deeper than %d levels", syntax.MaxNesting)
	}
	if syntax.HugeBigInt(data) {
		return fmt.Sprintf("has a BigInt of more than %d digits: make it at run time with BigInt(text)", syntax.MaxDigits)
	}
	return ""
}

func (b *bundle) checkText(name string, data []byte) error {
	if problem := TextProblem(data); problem != "" {
		return &engine.Error{Kind: engine.KindCompile, Position: engine.Position{File: name}, Message: "the file " + problem}
	}
	return nil
}
