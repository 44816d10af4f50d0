package bindings

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/crisphost/crisphost/engine"
)

// maxLine bounds a line of files.lines and a row of csv.rows.
const maxLine = 16 << 20

var errLongLine = fmt.Errorf("has a line of more than %d MiB", maxLine>>20)

// openFile opens a file to be read in parts. "-" is standard input.
func openFile(ctx context.Context, path string) (io.ReadCloser, error) {
	if path == "-" {
		stdin, _ := engine.Use[*standardInput](ctx)
		if stdin == nil || stdin.from == nil {
			return io.NopCloser(strings.NewReader("")), nil
		}
		return io.NopCloser(&patientReader{ctx: ctx, from: stdin}), nil
	}
	root := directoryOf(ctx)
	if root == nil {
		return nil, errNoFiles
	}
	return root.Open(filepath.FromSlash(path))
}

// patientReader reads in goroutines of its own: nothing ends a read of a terminal or a pipe, and the script must stop when its
// context ends. Such a goroutine stays until its input comes.
type patientReader struct {
	ctx  context.Context
	from io.Reader
}

func (r *patientReader) Read(p []byte) (int, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data := make([]byte, len(p))
		n, err := r.from.Read(data)
		done <- result{data[:n], err}
	}()
	select {
	case got := <-done:
		return copy(p, got.data), got.err
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	}
}

// fileLines is the lines of a file, without their ends.
func fileLines(ctx context.Context, call, path string) (engine.Sequence, error) {
	// That the file is not there shows when it is asked for, and not in the loop.
	first, err := openFile(ctx, path)
	if err != nil {
		return nil, fileError(call, path, err)
	}
	open := opener(ctx, path, first)
	return func(yield func(any, error) bool) {
		in, err := open()
		if err != nil {
			yield(nil, fileError(call, path, err))
			return
		}
		defer in.Close()
		scanner := bufio.NewScanner(in)
		scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
		for first := true; scanner.Scan(); first = false {
			line := scanner.Text()
			if first {
				line = strings.TrimPrefix(line, "\ufeff")
			}
			if !yield(line, nil) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			if errors.Is(err, bufio.ErrTooLong) {
				err = errLongLine
			}
			yield(nil, fileError(call, path, err))
		}
	}, nil
}

// opener returns a function that opens a file: the first time it is the one that is open already, which is closed with the
// instance if nobody asks.
func opener(ctx context.Context, path string, first io.ReadCloser) func() (io.ReadCloser, error) {
	taken := make(chan io.ReadCloser, 1)
	taken <- first
	engine.OnClose(ctx, func() {
		select {
		case f := <-taken:
			_ = f.Close()
		default:
		}
	})
	return func() (io.ReadCloser, error) {
		select {
		case f := <-taken:
			return f, nil
		default:
			return openFile(ctx, path)
		}
	}
}
