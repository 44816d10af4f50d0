package bindings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/crisphost/crisphost/engine"
)

// maxFile bounds what files.read takes into memory.
const maxFile = 256 << 20

func filesModule() *engine.Module {
	name := engine.Param{Name: "path", Type: "string", Required: true, Doc: "below the working directory"}
	text := engine.Param{Name: "text", Type: "string | bytes", Required: true, Doc: "bytes are a Uint8Array or the like of JavaScript"}
	return &engine.Module{
		Name: "files",
		Doc:  "Files below the working directory, and nowhere else.",

		ErrorClasses: []string{"FileError"},
		Functions: []engine.Function{
			{
				Name: "read", Result: "string",
				Doc:    `Reads a file as text. "-" is standard input.`,
				Params: []engine.Param{name, bytesOption},
				Bind: func(_ context.Context, args []any) (*engine.Pending, error) {
					a := newArguments("files.read", args)
					path := a.text(0, "path")
					a.table(1)
					asBytes := a.optionBool("bytes", false)
					if err := a.done(); err != nil {
						return nil, err
					}
					p := &engine.Pending{Run: func(ctx context.Context) (any, error) {
						data, err := readFile(ctx, path)
						if err != nil {
							return nil, fileError("files.read", path, err)
						}
						return textOrBytes(data, asBytes), nil
					}}
					if path == "-" {
						p.Permission = engine.NoPermission // standard input is no file of the directory
					}
					return p, nil
				},
			},
			{
				Name: "write",
				Doc: "Writes a file whole: it is there in full or not at all, and replaces an older one, whose permissions it keeps.\n\n" +
					"Directories are made.",
				Params: []engine.Param{name, text},
				Effect: engine.Write,
				Bind:   bindWrite("files.write", writeFile),
			},
			{
				Name:   "append",
				Doc:    "Appends text to a file. Creates the file and its directories if they do not exist.",
				Params: []engine.Param{name, text},
				Effect: engine.Write,
				Bind:   bindWrite("files.append", appendFile),
			},
			{
				Name:   "mkdir",
				Doc:    "Makes a directory and those around it. One that is there is fine.",
				Params: []engine.Param{name},
				Effect: engine.Write,
				Bind: func(_ context.Context, args []any) (*engine.Pending, error) {
					a := newArguments("files.mkdir", args)
					a.max(1)
					path := a.writable(0)
					if a.err != nil {
						return nil, a.err
					}
					return writing("files.mkdir", path, func(root *os.Root) error { return makeDirectory(root, path) }), nil
				},
			},
			{
				Name: "lines", Sync: true, Result: "stream of string",
				Doc:    "Reads a text file line by line, in little memory.\n\n\"-\" is standard input. Lines come without their ends.",
				Params: []engine.Param{name},
				Bind: func(_ context.Context, args []any) (*engine.Pending, error) {
					a := newArguments("files.lines", args)
					a.max(1)
					path := a.text(0, "path")
					if a.err != nil {
						return nil, a.err
					}
					p := &engine.Pending{Run: func(ctx context.Context) (any, error) { return fileLines(ctx, "files.lines", path) }}
					if path == "-" {
						p.Permission = engine.NoPermission
					}
					return p, nil
				},
			},
			{
				Name: "exists", Result: "boolean",
				Doc:    "Reports whether a file or directory is there.",
				Params: []engine.Param{name},
				Bind: func(_ context.Context, args []any) (*engine.Pending, error) {
					a := newArguments("files.exists", args)
					a.max(1)
					path := a.text(0, "path")
					if a.err != nil {
						return nil, a.err
					}
					return &engine.Pending{Run: func(ctx context.Context) (any, error) {
						exists, err := fileExists(directoryOf(ctx), path)
						if err != nil {
							return nil, fileError("files.exists", path, err)
						}
						return exists, nil
					}}, nil
				},
			},
		},
	}
}

var (
	errNoFiles  = errors.New("this host allows no files")
	errTooLarge = fmt.Errorf("is larger than %d MiB", maxFile>>20)
)

// directoryOf returns the directory of a call's instance, or nil.
func directoryOf(ctx context.Context) *os.Root {
	directory, _ := engine.Use[*os.Root](ctx)
	return directory
}

func fileExists(root *os.Root, path string) (bool, error) {
	if root == nil {
		return false, errNoFiles
	}
	_, err := root.Stat(filepath.FromSlash(path))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// readFile reads in a goroutine of its own: nothing ends a read of a terminal or a pipe, and the script must stop when its
// context ends. Such a goroutine stays until its input comes.
func readFile(ctx context.Context, path string) ([]byte, error) {
	stdin, _ := engine.Use[*standardInput](ctx)
	root := directoryOf(ctx)
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := readWhole(root, stdin, path)
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func readWhole(root *os.Root, stdin *standardInput, path string) ([]byte, error) {
	var in io.Reader
	switch {
	case path == "-" && (stdin == nil || stdin.from == nil):
		return nil, nil
	case path == "-":
		in = stdin
	case root == nil:
		return nil, errNoFiles
	default:
		f, err := root.Open(filepath.FromSlash(path))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errTooLarge
	}
	return data, err
}

func fileError(call, path string, err error) error {
	cause := err
	var problem *fs.PathError
	var link *os.LinkError
	switch { // what they say of the temporary file is no help
	case errors.As(err, &problem):
		cause = problem.Err
	case errors.As(err, &link):
		cause = link.Err
	}
	hint := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		hint = "paths start at the working directory"
	case errors.Is(err, errNoFiles):
	case cause.Error() == "path escapes from parent":
		hint = "a script reaches only files below the working directory"
	}
	return &engine.HostError{
		Name:    "FileError",
		Call:    call,
		Message: fmt.Sprintf("%s: %v", path, cause),
		Hint:    hint,
		Fields:  []engine.Constant{{Name: "path", Value: path}},
		Err:     err,
	}
}
