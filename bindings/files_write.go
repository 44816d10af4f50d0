package bindings

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path"
	"path/filepath"

	"github.com/crisphost/crisphost/engine"
)

// writable is the path of a file to be written.
func (a *arguments) writable(i int) string {
	path := a.text(i, "path")
	if path == "-" {
		a.fail("path", `"-" cannot be written to: print writes to standard output`, "")
	}
	return path
}

// bindWrite is the Bind of a call that writes a text to a file.
func bindWrite(call string, write func(root *os.Root, path, text string) error) func(context.Context, []any) (*engine.Pending, error) {
	return func(_ context.Context, args []any) (*engine.Pending, error) {
		a := newArguments(call, args)
		a.max(2)
		path, text := a.writable(0), a.text(1, "text")
		if a.err != nil {
			return nil, a.err
		}
		return writing(call, path, func(root *os.Root) error { return write(root, path, text) }), nil
	}
}

// writing is a call that changes files.
func writing(call, path string, change func(root *os.Root) error) *engine.Pending {
	return &engine.Pending{
		Effect: engine.Write,
		Run: func(ctx context.Context) (any, error) {
			root := directoryOf(ctx)
			if root == nil {
				return nil, fileError(call, path, errNoFiles)
			}
			if err := change(root); err != nil {
				return nil, fileError(call, path, err)
			}
			return nil, nil
		},
		Plan: func(context.Context) (any, error) { return nil, nil },
	}
}

func makeDirectory(root *os.Root, name string) error {
	return root.MkdirAll(filepath.FromSlash(name), 0o755)
}

// makeParent makes the directory of a file.
func makeParent(root *os.Root, name string) error {
	if dir := path.Dir(name); dir != "." && dir != "/" {
		return makeDirectory(root, dir)
	}
	return nil
}

func appendFile(root *os.Root, name, text string) error {
	if err := makeParent(root, name); err != nil {
		return err
	}
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func writeFile(root *os.Root, name, text string) error {
	f, err := createFile(root, name)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return f.finish(err)
}

// newFile is a file that is written beside its place and takes it when it is finished, so that nobody sees half of it.
type newFile struct {
	*os.File
	root              *os.Root
	temporary, target string
}

// createFile makes a file and the directories around it. An older one keeps its permissions.
func createFile(root *os.Root, name string) (*newFile, error) {
	if root == nil {
		return nil, errNoFiles
	}
	if err := makeParent(root, name); err != nil {
		return nil, err
	}
	n := &newFile{
		root: root, target: filepath.FromSlash(name),
		temporary: filepath.FromSlash(path.Dir(name)) + string(filepath.Separator) + ".crisphost-" + rand.Text(),
	}
	info, missing := root.Stat(n.target)
	if missing == nil && info.IsDir() {
		return nil, errIsDirectory
	}
	var err error
	if n.File, err = root.OpenFile(n.temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
		return nil, err
	}
	if missing == nil {
		if err := n.Chmod(info.Mode().Perm()); err != nil {
			return nil, n.finish(err)
		}
	}
	return n, nil
}

var errIsDirectory = errors.New("is a directory")

// finish closes the file and puts it in its place, or removes it after an error, which it returns.
func (n *newFile) finish(err error) error {
	if err = errors.Join(err, n.Close()); err == nil {
		err = n.root.Rename(n.temporary, n.target)
	}
	if err != nil {
		_ = n.root.Remove(n.temporary) // the error that counts is the first one
	}
	return err
}
