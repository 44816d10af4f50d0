// Package savetest saves files as editors and deployments do, for tests of what watches them.
package savetest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Way is a way to save a file.
type Way struct {
	Name string
	Save func(path string, content []byte) error
}

// Ways are all of them.
var Ways = []Way{
	{"in place", func(path string, content []byte) error { return os.WriteFile(path, content, 0o600) }},
	{"in place, in parts", inParts},
	{"rename over", func(path string, content []byte) error {
		return errors.Join(os.WriteFile(path+".tmp", content, 0o600), os.Rename(path+".tmp", path))
	}},
	{"backup and create", func(path string, content []byte) error {
		if err := os.Rename(path, path+"~"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.WriteFile(path, content, 0o600)
	}},
	{"remove and create", func(path string, content []byte) error {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.WriteFile(path, content, 0o600)
	}},
	{"symlink swap", func(path string, content []byte) error {
		target := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%d", time.Now().UnixNano()))
		return errors.Join(os.WriteFile(target, content, 0o600), os.Symlink(target, path+".tmp"), os.Rename(path+".tmp", path))
	}},
}

func inParts(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	for len(content) > 0 && err == nil {
		part := content[:min(len(content), 1+len(content)/3)]
		_, err = f.Write(part)
		content = content[len(part):]
		time.Sleep(15 * time.Millisecond) // longer than a short debounce
	}
	return errors.Join(err, f.Close())
}
