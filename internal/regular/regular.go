// Package regular opens files that other people name: regular ones only, so that a FIFO holds nobody up and a device does nothing.
package regular

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrIrregular is the error of a name that is that of a directory, a FIFO, a device or the like.
var ErrIrregular = errors.New("it is not a regular file")

// Open opens a regular file for reading. It never waits for another process, and fails with ErrIrregular for everything else.
func Open(name string) (*os.File, error) {
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: ErrIrregular}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// ReadFile reads a regular file of at most limit bytes, and returns one byte more of a larger one.
func ReadFile(name string, limit int64) ([]byte, fs.FileInfo, error) {
	f, err := Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	return data, info, err
}

// ReadFS reads a regular file of a file system, of at most limit bytes, and one byte more of a larger one. With DirFS and RootFS it
// waits for nobody.
func ReadFS(fsys fs.FS, name string, limit int64) ([]byte, fs.FileInfo, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, info, &fs.PathError{Op: "open", Path: name, Err: ErrIrregular}
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	return data, info, err
}

// DirFS is os.DirFS, but for opening a file without waiting.
func DirFS(dir string) fs.FS {
	return fileSystem{
		open: func(name string) (*os.File, error) { return open(filepath.Join(dir, name)) },
		stat: func(name string) (fs.FileInfo, error) { return os.Stat(filepath.Join(dir, name)) },
	}
}

// RootFS is the file system of a root, but for opening a file without waiting.
func RootFS(root *os.Root) fs.FS {
	return fileSystem{
		open: func(name string) (*os.File, error) { return root.OpenFile(name, flags, 0) },
		stat: root.Stat,
	}
}

type fileSystem struct {
	open func(name string) (*os.File, error)
	stat func(name string) (fs.FileInfo, error)
}

// Open implements fs.FS.
func (s fileSystem) Open(name string) (fs.File, error) {
	local, err := filepath.Localize(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := s.open(local)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Stat implements fs.StatFS.
func (s fileSystem) Stat(name string) (fs.FileInfo, error) {
	local, err := filepath.Localize(name)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	return s.stat(local)
}
