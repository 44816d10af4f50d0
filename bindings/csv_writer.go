package bindings

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"

	"github.com/crisphost/crisphost/engine"
)

// csvOutput writes rows as CSV.
type csvOutput struct {
	csvOptions
	to *csv.Writer
	// raw is what the writer writes to.
	raw     io.Writer
	columns []string
	// given tells that the script named the columns.
	given, begun bool
	// nameless tells that arrays were written before any column had a name.
	nameless bool
}

func newCSVOutput(to io.Writer, columns []string, options csvOptions) *csvOutput {
	o := &csvOutput{csvOptions: options, to: csv.NewWriter(to), raw: to, columns: columns, given: columns != nil}
	o.to.Comma = options.comma
	return o
}

// begin writes the names of the columns.
func (o *csvOutput) begin() error {
	if o.begun || o.columns == nil {
		return nil
	}
	o.begun = true
	if !o.header || len(o.columns) == 0 {
		return nil
	}
	return o.to.Write(o.columns)
}

// misfit returns why a row does not belong to the names in the first line, or "".
func (o *csvOutput) misfit(row any) string {
	if !o.header {
		return ""
	}
	list, isArray := row.([]any)
	switch {
	case !isArray && o.nameless:
		return "is an object, and the rows before it are arrays: its columns have no names"
	case isArray && len(o.columns) > 0 && len(list) > len(o.columns):
		return fmt.Sprintf("has more items (%d) than there are columns (%d)", len(list), len(o.columns))
	}
	return ""
}

func (o *csvOutput) write(row any) error {
	if err := o.begin(); err != nil {
		return err
	}
	if _, isArray := row.([]any); isArray && o.columns == nil {
		o.nameless = true
	}
	cells := cellsOf(row, o.columns)
	if len(cells) == 1 && cells[0] == "" { // readers skip empty lines
		o.to.Flush()
		if err := o.to.Error(); err != nil {
			return err
		}
		_, err := io.WriteString(o.raw, "\"\"\n")
		return err
	}
	return o.to.Write(cells)
}

func (o *csvOutput) flush() error {
	o.to.Flush()
	return o.to.Error()
}

// csvWriter is what csv.writer gives: a file that grows beside its place, and takes it when the writer is closed.
type csvWriter struct {
	mu   sync.Mutex
	path string
	file *newFile // nil in a dry run, and once the writer is closed
	out  *csvOutput
	// buffer stands before the file.
	buffer *bufio.Writer
	closed bool
	logger *slog.Logger
}

var csvWriterClass = &engine.Class{
	Name: "CsvWriter", Module: "csv",
	Doc: "A CSV file that is written row by row. It is in its place once it is closed, or when the run ends.",
	Methods: []engine.Function{
		{
			Name: "write", Sync: true, Permission: engine.NoPermission, Arguments: engine.OrderedArguments,
			Doc:    "Writes a row.",
			Params: []engine.Param{{Name: "row", Type: "table", Required: true, Doc: "an object or an array"}},
			Call: func(_ context.Context, args []any) (any, error) {
				return nil, args[0].(engine.Handle).Value.(*csvWriter).write(args[1:])
			},
		},
		{
			Name: "close", Sync: true, Permission: engine.NoPermission,
			Doc: "Puts the file in its place. Nothing can be written any more.",
			Call: func(_ context.Context, args []any) (any, error) {
				a := newArguments("csv.writer.close", args[1:])
				a.max(0)
				if a.err != nil {
					return nil, a.err
				}
				return nil, args[0].(engine.Handle).Value.(*csvWriter).close()
			},
		},
	},
}

// bindCSVWriter checks the arguments of csv.writer.
func bindCSVWriter(_ context.Context, args []any) (*engine.Pending, error) {
	a := newArguments("csv.writer", args)
	path := a.writable(0)
	columns := a.texts(1, "columns")
	a.table(2)
	options := readCSVOptions(a)
	if err := a.done(); err != nil {
		return nil, err
	}
	open := func(ctx context.Context, file *newFile) (any, error) {
		w := &csvWriter{path: path, file: file, logger: loggerOf(ctx)}
		if file == nil {
			w.out = newCSVOutput(io.Discard, columns, options)
		} else {
			w.buffer = bufio.NewWriterSize(file, 64<<10)
			w.out = newCSVOutput(w.buffer, columns, options)
			engine.OnClose(ctx, w.finish)
		}
		return engine.Handle{Value: w, Class: csvWriterClass}, w.out.begin()
	}
	return &engine.Pending{
		Effect: engine.Write,
		Run: func(ctx context.Context) (any, error) {
			file, err := createFile(directoryOf(ctx), path)
			if err != nil {
				return nil, fileError(a.call, path, err)
			}
			return open(ctx, file)
		},
		Plan: func(ctx context.Context) (any, error) { return open(ctx, nil) },
	}, nil
}

func (w *csvWriter) write(args []any) error {
	const call = "csv.writer.write"
	a := newArguments(call, args)
	a.max(1)
	row := a.at(0)
	members, isObject := fieldsOf(row)
	if _, isArray := row.([]any); !isArray && !isObject {
		a.fail("row", "takes an object or an array, not "+describe(row), "")
	}
	if a.err != nil {
		return a.err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return argumentError(call, "", "was called after close", "")
	}
	if problem := w.out.misfit(row); problem != "" {
		return argumentError(call, "row", problem, "name all columns: csv.writer(path, columns)")
	}
	switch {
	case !isObject:
	case w.out.columns == nil:
		w.out.columns = columnsOf([]any{row})
	case !w.out.given:
		for _, m := range members {
			if !slices.Contains(w.out.columns, m.Name) {
				return argumentError(call, "row", fmt.Sprintf("has the member %q, which the first row did not have", m.Name),
					"name all columns: csv.writer(path, columns)")
			}
		}
	}
	if err := w.out.write(row); err != nil {
		return fileError(call, w.path, err)
	}
	return nil
}

func (w *csvWriter) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	err := w.out.flush()
	if w.file == nil {
		return err
	}
	if err == nil {
		err = w.buffer.Flush()
	}
	if err = w.file.finish(err); err != nil {
		return fileError("csv.writer.close", w.path, err)
	}
	return nil
}

// finish closes a writer that the script left open. There is nobody left to take its error but the log.
func (w *csvWriter) finish() {
	if err := w.close(); err != nil {
		w.logger.Error("a CSV file was not written", slog.String("file", w.path), slog.String("error", err.Error()))
	}
}
