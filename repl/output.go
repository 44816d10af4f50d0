package repl

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/crisphost/crisphost/internal/plain"
)

// output is the file of .out.
type output struct {
	name string
	file *os.File
	buf  *bufio.Writer
	err  error
}

func openOutput(name string) (*output, error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, fileError("written", name, err)
	}
	return &output{name: name, file: file, buf: bufio.NewWriter(file)}, nil
}

func (o *output) write(text string) {
	if _, err := o.buf.WriteString(text); o.err == nil {
		o.err = err
	}
	// Somebody may watch the file, and the shell may end in any way.
	if err := o.buf.Flush(); o.err == nil {
		o.err = err
	}
}

func (o *output) close() error {
	if o == nil {
		return nil
	}
	if err := errors.Join(o.err, o.file.Close()); err != nil {
		return fileError("written", o.name, err)
	}
	return nil
}

// fileError tells in a few words why a file cannot be used.
func fileError(verb, name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s cannot be %s: %w", plain.Line(name), verb, err)
}
