package engine

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/crisphost/crisphost/internal/regular"
)

// MaxSourceSize is how many bytes a script may have.
const MaxSourceSize = 16 << 20

// Source is a script's text.
type Source struct {
	// Name is the path as the user wrote it. Errors show it.
	Name     string
	Code     []byte
	Language Language
	// Root is the directory that require and import may read below, and Dir the one that relative names start from (inside
	// Root). Without Root a script can load host modules only.
	Root, Dir string
	// FS, if it is set, is read in place of the directory Root. Dir is a path in it.
	FS fs.FS

	err error // of reading it, which Compile returns
}

// FromString returns the source of a script that imports host modules only. The name tells the language.
func FromString(name, code string) Source {
	return Source{Name: name, Code: []byte(code)}
}

// FromFile returns the source of a file. It may import files from the directory of the file and below it. Compile reports what
// is wrong with the file.
func FromFile(name string) Source {
	dir, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		return Source{Name: name, err: err}
	}
	src := Source{Name: name, Root: dir, Dir: dir}
	file, err := regular.Open(name)
	if err != nil {
		src.err = err
		return src
	}
	defer file.Close()
	src.read(file)
	return src
}

// FromFS returns the source of a file of a file system. It may import everything in it. Compile reports what is wrong with
// the file.
func FromFS(fsys fs.FS, name string) Source {
	if fsys == nil {
		return Source{Name: name, err: fmt.Errorf("open %s: the file system is nil", name)}
	}
	src := Source{Name: name, FS: fsys, Dir: path.Dir(name)}
	file, err := fsys.Open(name)
	if err != nil {
		src.err = err
		return src
	}
	defer file.Close()
	src.read(file)
	return src
}

// read reads the text of a regular file.
func (s *Source) read(file fs.File) {
	info, err := file.Stat()
	switch {
	case err != nil:
		s.err = err
		return
	case !info.Mode().IsRegular():
		s.err = fmt.Errorf("%s is not a regular file", s.Name)
		return
	}
	s.Code, s.err = io.ReadAll(io.LimitReader(file, MaxSourceSize+1))
	if s.err == nil && len(s.Code) > MaxSourceSize {
		s.err = fmt.Errorf("%s is larger than the 16 MiB limit for scripts", s.Name)
	}
}
