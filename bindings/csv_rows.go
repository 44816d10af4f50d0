package bindings

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
)

// csvOptions are those that reading and writing share.
type csvOptions struct {
	header bool
	comma  rune
}

func readCSVOptions(a *arguments) csvOptions {
	return csvOptions{header: a.optionBool("header", true), comma: csvDelimiter(a)}
}

// csvReader reads rows one by one.
type csvReader struct {
	csvOptions
	from  *csv.Reader
	names []string
	call  string
	// param names what is read, in errors.
	param string
}

func newCSVReader(in io.Reader, call, param string, options csvOptions) *csvReader {
	r := &csvReader{csvOptions: options, from: csv.NewReader(in), call: call, param: param}
	r.from.Comma = options.comma
	r.from.FieldsPerRecord = -1 // rows of uneven length are common, and reported below where they matter
	r.from.ReuseRecord = true
	return r
}

func (r *csvReader) problem(problem, hint string) error {
	return argumentError(r.call, r.param, problem, hint)
}

// next returns the next row, or io.EOF.
func (r *csvReader) next() (any, error) {
	for {
		record, err := r.from.Read()
		var parse *csv.ParseError
		switch {
		case errors.As(err, &parse):
			return nil, r.problem(fmt.Sprintf("is not valid CSV at line %d, column %d: %v", parse.Line, parse.Column, parse.Err), "")
		case err != nil:
			return nil, err
		case !r.header:
			row := make([]any, len(record))
			for i, field := range record {
				row[i] = field
			}
			return row, nil
		case r.names != nil:
			return r.object(record)
		}
		if err := r.readNames(record); err != nil {
			return nil, err
		}
	}
}

func (r *csvReader) readNames(record []string) error {
	r.names = slices.Clone(record)
	switch first := strings.Join(record, ""); {
	case strings.HasPrefix(first, "\xff\xfe"), strings.HasPrefix(first, "\xfe\xff"), strings.Contains(first, "\x00"):
		return r.problem("is UTF-16 or no text at all", "save it as CSV UTF-8")
	case strings.Contains(first, "\r"):
		return r.problem("has a carriage return in its first line: lines end in \\n or \\r\\n", "with header = false rows are arrays")
	}
	for i, name := range r.names {
		if name != "" && slices.Contains(r.names[:i], name) {
			return r.problem(fmt.Sprintf("has the name %q twice in its first line", name), "with header = false rows are arrays")
		}
	}
	return nil
}

func (r *csvReader) object(record []string) (any, error) {
	if len(record) > len(r.names) {
		line, _ := r.from.FieldPos(len(r.names))
		return nil, r.problem(fmt.Sprintf("has %d fields in line %d, and %d names in its first line", len(record), line, len(r.names)), "")
	}
	row := make(engine.Record, 0, len(record))
	for i, field := range record {
		if r.names[i] != "" {
			row = append(row, engine.Field{Name: r.names[i], Value: field})
		}
	}
	return row, nil
}

// bindCSVRows checks the arguments of csv.rows.
func bindCSVRows(_ context.Context, args []any) (*engine.Pending, error) {
	a := newArguments("csv.rows", args)
	path := a.text(0, "path")
	a.table(1)
	options := readCSVOptions(a)
	if err := a.done(); err != nil {
		return nil, err
	}
	p := &engine.Pending{Run: func(ctx context.Context) (any, error) {
		first, err := openFile(ctx, path)
		if err != nil {
			return nil, fileError(a.call, path, err)
		}
		open := opener(ctx, path, first)
		return engine.Sequence(func(yield func(any, error) bool) {
			in, err := open()
			if err != nil {
				yield(nil, fileError(a.call, path, err))
				return
			}
			defer in.Close()
			streamCSV(newCSVReader(withoutMark(in), a.call, path, options), path, yield)
		}), nil
	}}
	if path == "-" {
		p.Permission = engine.NoPermission // standard input is no file of the directory
	}
	return p, nil
}

func streamCSV(r *csvReader, path string, yield func(any, error) bool) {
	for {
		row, err := r.next()
		var host *engine.HostError
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil && !errors.As(err, &host):
			err = fileError(r.call, path, err)
		}
		if !yield(row, err) || err != nil {
			return
		}
	}
}

// withoutMark skips a byte order mark.
func withoutMark(in io.Reader) io.Reader {
	const mark = "\ufeff"
	start := make([]byte, len(mark))
	n, err := io.ReadFull(in, start)
	if string(start[:n]) == mark {
		return in
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return &failedReader{start[:n], err}
	}
	return io.MultiReader(&failedReader{start[:n], io.EOF}, in)
}

// failedReader reads some bytes and then fails.
type failedReader struct {
	left []byte
	err  error
}

func (r *failedReader) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		return 0, r.err
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

func csvDelimiter(a *arguments) rune {
	text := a.optionText("delimiter", ",")
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) || r == utf8.RuneError || r == 0 || r == '"' || r == '\r' || r == '\n' {
		a.fail("delimiter", fmt.Sprintf("takes one character, not %q", text), "")
		return ','
	}
	return r
}
