package lua

import (
	"path"
	"path/filepath"
)

// Files implements engine.Bundled.
func (p *program) Files() map[string][]byte {
	if !p.loader.reads() {
		return nil
	}
	files := make(map[string][]byte, 1+len(p.loader.files))
	for rel, c := range p.loader.files {
		files[rel] = c.Code
	}
	files[path.Join(p.loader.dir, filepath.Base(p.main.Name))] = p.main.Code
	return files
}
