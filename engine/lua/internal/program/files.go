package program

import (
	"path"
	"path/filepath"
)

// Files implements engine.Bundled.
func (p *Program) Files() map[string][]byte {
	if !p.Loader.reads() {
		return nil
	}
	files := make(map[string][]byte, 1+len(p.Loader.files))
	for rel, c := range p.Loader.files {
		files[rel] = c.Code
	}
	files[path.Join(p.Loader.Dir, filepath.Base(p.Main.Name))] = p.Main.Code
	return files
}
