// Package source reads the code that a command line names, and finds what it may import.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/input"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/scriptfile"
)

// stdinName is the name of a script that came through standard input.
const stdinName = "stdin"

// Read reads the script of a command line: a file, or "-" for standard input. A language overrides the one that the
// file's name tells, and a root the directory that it may import from.
func Read(ctx context.Context, in io.Reader, name string, language engine.Language, root string) (engine.Source, error) {
	src := engine.Source{Name: name, Language: language}
	var err error
	if name == "-" {
		src.Name = stdinName
		if src.Language == "" {
			src.Language = engine.JavaScript
		}
		if src.Code, err = input.ReadAll(ctx, in, engine.MaxSourceSize); err != nil {
			return src, fmt.Errorf("cannot read the script from standard input: %w", err)
		}
		if src.Dir, err = os.Getwd(); err != nil {
			return src, err
		}
	} else {
		if err := CheckFile(name); err != nil {
			return src, err
		}
		if src.Language == "" {
			if src.Language, err = engine.LanguageOf(name); err != nil {
				return src, &usage.Error{Problem: err.Error(), Hint: "name the language with -l lua, -l js or -l ts"}
			}
		}
		if src.Code, err = input.ReadFile(ctx, name, engine.MaxSourceSize); err != nil {
			return src, err
		}
		if src.Dir, err = scriptDir(name); err != nil {
			return src, err
		}
	}
	if err := CheckText(src.Name, src.Code, src.Language); err != nil {
		return src, err
	}
	src.Root, err = Root(src.Dir, root)
	return src, err
}

// CheckFile fails for what is not a file, and suggests another one.
func CheckFile(name string) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return NotFound(name)
	case err != nil:
		return input.Unreadable(name, err)
	case info.IsDir():
		return &usage.Error{Problem: fmt.Sprintf("%s is a directory", name), Hint: "name a script in it" + suchAs(name)}
	case info.Mode()&fs.ModeSocket != 0, info.Mode()&(fs.ModeDevice|fs.ModeCharDevice) == fs.ModeDevice:
		return &usage.Error{Problem: fmt.Sprintf("%s is not a regular file", name), Hint: "name a script, or - to read it from standard input"}
	}
	return nil
}

// NotFound suggests the script of the same directory whose name is nearest.
func NotFound(name string) error {
	e := &usage.Error{Problem: fmt.Sprintf("%s does not exist", name), Err: fs.ErrNotExist}
	dir := filepath.Dir(name)
	if _, err := os.Stat(dir); err != nil {
		e.Hint = fmt.Sprintf("the directory %s does not exist", dir)
	} else if near := nearest.To(filepath.Base(name), scriptsIn(dir)); near != "" {
		e.Hint = fmt.Sprintf("did you mean %s?", filepath.Join(dir, near))
	}
	return e
}

// scriptsIn lists the scripts of a directory. Declarations are not scripts.
func scriptsIn(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if _, err := engine.LanguageOf(entry.Name()); err == nil && !entry.IsDir() && !strings.HasSuffix(entry.Name(), ".d.ts") {
			names = append(names, entry.Name())
		}
	}
	return names
}

// suchAs names some scripts of a directory for a hint.
func suchAs(dir string) string {
	names := scriptsIn(dir)
	const shown = 5
	switch {
	case len(names) == 0:
		return ""
	case len(names) > shown:
		return fmt.Sprintf(", such as %s (and %d more)", strings.Join(names[:shown], ", "), len(names)-shown)
	default:
		return ", such as " + strings.Join(names, ", ")
	}
}

// CheckText returns an error if the text is not a script.
func CheckText(name string, code []byte, language engine.Language) error {
	err := scriptfile.Check(name, code, language)
	var reason *scriptfile.Error
	if errors.As(err, &reason) {
		return &usage.Error{Problem: reason.Error(), Hint: reason.Hint, Err: err}
	}
	return err
}

// scriptDir is the directory of a script's file, behind links.
func scriptDir(name string) (string, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	// A pipe such as /dev/fd/63 cannot be followed; what it is relative to does not matter then.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return filepath.Dir(path), nil
}

// Root is the directory that a script may import from: the nearest one above it that holds package.json or
// node_modules, or else its own.
func Root(dir, chosen string) (string, error) {
	if chosen == "" {
		for d := dir; ; d = filepath.Dir(d) {
			for _, mark := range [...]string{"package.json", "node_modules"} {
				if _, err := os.Stat(filepath.Join(d, mark)); err == nil {
					return d, nil
				}
			}
			if d == filepath.Dir(d) {
				return dir, nil
			}
		}
	}
	root, err := filepath.Abs(chosen)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return "", &usage.Error{Problem: fmt.Sprintf("--root %s: %v", chosen, errors.Unwrap(err)), Hint: "name a directory at or above the script's"}
	}
	if rel, err := filepath.Rel(root, dir); err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", &usage.Error{Problem: fmt.Sprintf("the script is not below --root %s", chosen), Hint: "name a directory at or above the script's"}
	}
	return root, nil
}
