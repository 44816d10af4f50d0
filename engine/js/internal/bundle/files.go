package bundle

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/internal/regular"
)

// Files implements engine.Bundled.
func (p *Program) Files() map[string][]byte { return p.contents }

// importEdge is an import of a file by another one.
type importEdge struct {
	importer, request, found string
}

// readEdges finds the relative imports in esbuild's description of a build. Packages stand where they were found.
func (b *bundle) readEdges(metafile string) error {
	var description struct {
		Inputs map[string]struct {
			Imports []struct {
				Path     string `json:"path"`
				Original string `json:"original"`
			} `json:"imports"`
		} `json:"inputs"`
	}
	if err := json.Unmarshal([]byte(metafile), &description); err != nil {
		return fmt.Errorf("read the description of the bundle: %w", err)
	}
	dir := filepath.Dir(b.main)
	for importer, input := range description.Inputs {
		for _, imported := range input.Imports {
			if strings.HasPrefix(imported.Original, ".") {
				b.edges = append(b.edges, importEdge{
					importer: filepath.Join(dir, filepath.FromSlash(importer)),
					request:  imported.Original,
					found:    filepath.Join(dir, filepath.FromSlash(imported.Path)),
				})
			}
		}
	}
	return nil
}

// contents are the files of the program by their paths below the root, for engine.Bundled.
func (b *bundle) contents() map[string][]byte {
	if b.root == "" {
		return nil
	}
	names := make(map[string][]string, len(b.files))
	files := make(map[string][]byte, len(b.files))
	for path, f := range b.files {
		if rel, err := filepath.Rel(b.root, path); err == nil {
			names[path] = []string{rel}
			files[filepath.ToSlash(rel)] = f.Code
		}
	}
	if rel := b.entryName(); !slices.Contains(names[b.main], rel) {
		names[b.main] = append(names[b.main], rel)
		files[filepath.ToSlash(rel)] = b.src.Code
	}
	// esbuild names files without symbolic links. The names that scripts use lead to copies of them.
	for more := true; more; {
		more = false
		for _, e := range b.edges {
			for _, importer := range names[e.importer] {
				name, ok := b.linkName(filepath.Join(filepath.Dir(importer), filepath.FromSlash(e.request)), e.found, names[e.found])
				if f := b.files[e.found]; ok && f != nil {
					names[e.found] = append(names[e.found], name)
					files[filepath.ToSlash(name)] = f.Code
					more = true
				}
			}
		}
	}
	if len(b.imports) > 0 {
		b.addPackages(files)
	}
	return files
}

// entryName is the script's path below the root as its source has it.
func (b *bundle) entryName() string {
	if b.fs != nil {
		return b.inFS(b.main)
	}
	base := filepath.Base(b.src.Name)
	root, err := filepath.Abs(b.src.Root)
	if err != nil || b.src.Dir == "" {
		return base
	}
	if dir, err := filepath.Abs(b.src.Dir); err == nil {
		if rel, err := filepath.Rel(root, dir); err == nil && filepath.IsLocal(rel) {
			return filepath.Join(rel, base)
		}
	}
	rel, err := filepath.Rel(b.root, b.main)
	if err != nil {
		return base
	}
	return rel
}

// linkName finds the name below the root under which a request reached a file, unless it is known. A request may leave out the
// extension or name a directory.
func (b *bundle) linkName(request, found string, known []string) (string, bool) {
	ext := filepath.Ext(found)
	candidates := [...]string{request, request + ext, strings.TrimSuffix(request, filepath.Ext(request)) + ext, filepath.Join(request, "index"+ext)}
	for _, candidate := range candidates {
		if slices.Contains(known, candidate) {
			return "", false
		}
	}
	for _, candidate := range candidates {
		target, err := filepath.EvalSymlinks(filepath.Join(b.root, candidate))
		if err == nil && target == found && filepath.IsLocal(candidate) {
			return candidate, true
		}
	}
	return "", false
}

// addPackages adds the package.json files that may have told where imports lead.
func (b *bundle) addPackages(files map[string][]byte) {
	seen := map[string]bool{}
	for path := range b.files {
		for dir := filepath.Dir(path); below(b.root, dir) && !seen[dir]; dir = filepath.Dir(dir) {
			seen[dir] = true
			name := filepath.Join(dir, "package.json")
			data, err := b.readPackage(name)
			if err != nil {
				continue
			}
			if rel, err := filepath.Rel(b.root, name); err == nil {
				files[filepath.ToSlash(rel)] = data
			}
		}
	}
}

func (b *bundle) readPackage(name string) ([]byte, error) {
	if b.fs != nil {
		return b.fs.Read(b.inFS(name), maxImportSize)
	}
	data, _, err := regular.ReadFile(name, maxImportSize)
	return data, err
}
