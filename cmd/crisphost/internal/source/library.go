package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/input"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/scripts"
)

// Library are those for a directory of scripts, which may import what scripts of it may when they are run one by one.
func Library(dir string) (scripts.LibraryOptions, error) {
	var none scripts.LibraryOptions
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return none, &usage.Error{Problem: fmt.Sprintf("the directory %s does not exist", dir), Hint: "name the directory that the scripts are in", Err: err}
	case err != nil:
		return none, input.Unreadable(dir, err)
	case !info.IsDir():
		return none, &usage.Error{Problem: dir + " is a file", Hint: "name the directory that the scripts are in"}
	}
	return libraryAt(dir)
}

// LibraryOf is Library for one script.
func LibraryOf(file string) (scripts.LibraryOptions, error) {
	if err := CheckFile(file); err != nil {
		return scripts.LibraryOptions{}, err
	}
	if _, err := engine.LanguageOf(file); err != nil {
		return scripts.LibraryOptions{}, &usage.Error{Problem: err.Error(), Err: err}
	}
	return libraryAt(filepath.Dir(file))
}

func libraryAt(dir string) (scripts.LibraryOptions, error) {
	var none scripts.LibraryOptions
	// Links stay as they are: a deployment may swap them while the directory is watched.
	path, err := filepath.Abs(dir)
	if err != nil {
		return none, err
	}
	var options scripts.LibraryOptions
	if options.Root, err = Root(path, ""); err != nil {
		return none, err
	}
	options.Engine, err = engine.New(lua.Language, js.With(js.WithCacheSize(0)), bindings.Modules())
	return options, err
}
