// Package input reads the files and standard input that a command line names, until the context ends.
package input

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// ReadAll reads a stream to its end, at most limit bytes and one more, unless the context ends first.
func ReadAll(ctx context.Context, r io.Reader, limit int64) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(r, limit+1))
		done <- result{data, err}
	}()
	select {
	case got := <-done:
		return got.data, got.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// ReadFile reads a file of at most limit bytes and one more, unless the context ends first. Pipes such as those of <(...) are files
// as well: opening one waits for somebody who writes.
func ReadFile(ctx context.Context, name string, limit int64) ([]byte, error) {
	data, err := ReadAll(ctx, &namedFile{name: name}, limit)
	var path *fs.PathError
	if errors.As(err, &path) {
		return nil, Unreadable(name, err)
	} else if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	return data, nil
}

// namedFile is a file that is opened when it is read, and closed when it ends.
type namedFile struct {
	name string
	file *os.File
}

func (f *namedFile) Read(p []byte) (int, error) {
	if f.file == nil {
		file, err := os.Open(f.name)
		if err != nil {
			return 0, err
		}
		f.file = file
	}
	n, err := f.file.Read(p)
	if err != nil {
		_ = f.file.Close()
	}
	return n, err
}

// maxOperand bounds what a command line names as a value, in bytes.
const maxOperand = 64 << 20

// ReadOperand reads a file that the command line names, or standard input for "-".
func ReadOperand(ctx context.Context, in io.Reader, name string) ([]byte, error) {
	var body []byte
	var err error
	if name == "-" {
		if body, err = ReadAll(ctx, in, maxOperand); err != nil {
			return nil, Unreadable(name, err)
		}
	} else if body, err = ReadFile(ctx, name, maxOperand); err != nil {
		return nil, err
	}
	if len(body) > maxOperand {
		return nil, &usage.Error{Problem: fmt.Sprintf("%s is larger than %d MiB", name, maxOperand>>20)}
	}
	return body, nil
}

// Unreadable returns the error of a file that cannot be read.
func Unreadable(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	hint := ""
	if errors.Is(err, fs.ErrPermission) {
		hint = "allow reading the file, for example with chmod u+r"
	}
	return &usage.Error{Problem: fmt.Sprintf("cannot read %s: %v", name, err), Hint: hint, Err: err}
}
