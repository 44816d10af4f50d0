package bindings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func csvModule() *engine.Module {
	delimiter := engine.Param{Name: "options.delimiter", Type: "string", Doc: `one character, "," by default`}
	header := engine.Param{Name: "options.header", Type: "boolean", Doc: "false: no first line of names"}
	m := free(&engine.Module{
		Name: "csv",
		Doc:  "Comma-separated values (RFC 4180).",
		Functions: []engine.Function{
			{
				Name: "parse", Sync: true, Result: "table[]",
				Doc: "Reads CSV text as a list of rows, each an object named by the first line.\n\n" +
					"A column without a name is left out. csv.rows reads a large file row by row.",
				Params: []engine.Param{
					{Name: "text", Type: "string", Required: true},
					{Name: "options.header", Type: "boolean", Doc: "false: no first line of names, and rows are arrays"},
					delimiter,
				},
				Call: parseCSV,
			},
			{
				Name: "format", Sync: true, Result: "string", Arguments: engine.OrderedArguments,
				Doc: "Writes rows, objects or arrays, as CSV text.",
				Params: []engine.Param{
					{Name: "rows", Type: "table[]", Required: true},
					{Name: "options.columns", Type: "string[]", Doc: columnsDoc},
					header,
					delimiter,
				},
				Call: formatCSV,
			},
		},
	})
	// These two reach files.
	m.Functions = append(m.Functions, engine.Function{
		Name: "rows", Sync: true, Result: "stream of table", Permission: "files",
		Doc: "Reads a CSV file row by row, each an object named by the first line.\n\n" +
			`A file of any size passes in little memory. "-" is standard input. A column without a name is left out.`,
		Params: []engine.Param{
			{Name: "path", Type: "string", Required: true, Doc: "below the working directory"},
			{Name: "options.header", Type: "boolean", Doc: "false: no first line of names, and rows are arrays"},
			delimiter,
		},
		Bind: bindCSVRows,
	}, engine.Function{
		Name: "writer", Result: "CsvWriter", Permission: "files", Effect: engine.Write,
		Doc: "Writes a CSV file row by row: write(row) and close().\n\n" +
			"The file takes its place, and that of an older one, when the writer is closed or the run ends. Directories are made.",
		Params: []engine.Param{
			{Name: "path", Type: "string", Required: true, Doc: "below the working directory"},
			{Name: "columns", Type: "string[]", Doc: "the members to write, in order; those of the first row by default"},
			header,
			delimiter,
		},
		Bind: bindCSVWriter,
	})
	m.Classes = []*engine.Class{csvWriterClass}
	return m
}

const columnsDoc = "the members to write, in order; all of them by default, in alphabetical order in Lua"

func parseCSV(ctx context.Context, args []any) (any, error) {
	a := newArguments("csv.parse", args)
	text := strings.TrimPrefix(a.text(0, "text"), "\ufeff")
	a.table(1)
	options := readCSVOptions(a)
	if err := a.done(); err != nil {
		return nil, err
	}
	r := newCSVReader(strings.NewReader(text), a.call, "text", options)
	rows := []any{}
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		if rows = append(rows, row); len(rows)%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx) // as for memory
		}
	}
}

func formatCSV(_ context.Context, args []any) (any, error) {
	a := newArguments("csv.format", args)
	rows := a.rows(0, "rows")
	a.table(1)
	columns := a.optionTexts("columns")
	options := readCSVOptions(a)
	if err := a.done(); err != nil {
		return nil, err
	}
	if columns == nil {
		columns = columnsOf(rows)
	}
	var b strings.Builder
	out := newCSVOutput(&b, columns, options)
	if err := out.begin(); err != nil {
		return nil, err
	}
	for i, row := range rows {
		if problem := out.misfit(row); problem != "" {
			return nil, argumentError(a.call, fmt.Sprintf("rows[%d]", i), problem, "name all columns")
		}
		if err := out.write(row); err != nil {
			return nil, err
		}
	}
	if err := out.flush(); err != nil {
		return nil, err
	}
	return b.String(), nil
}

// rows is a required list of objects or arrays.
func (a *arguments) rows(i int, name string) []any {
	switch v := a.at(i).(type) {
	case []any:
		for j, row := range v {
			switch row.(type) {
			case []any, map[string]any, engine.Record:
			default:
				a.fail(fmt.Sprintf("%s[%d]", name, j), "takes an object or an array, not "+describe(row), "")
			}
		}
		return v
	case map[string]any:
		if len(v) == 0 {
			return nil
		}
	}
	a.fail(name, "takes a list of rows, not "+describe(a.at(i)), "")
	return nil
}

func (a *arguments) optionTexts(name string) []string { return a.textList(a.option(name), name) }

// texts is a list of strings, which may be missing.
func (a *arguments) texts(i int, name string) []string { return a.textList(a.at(i), name) }

func (a *arguments) textList(value any, name string) []string {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		texts := make([]string, len(v))
		for i, item := range v {
			text, ok := item.(string)
			if !ok {
				a.fail(fmt.Sprintf("%s[%d]", name, i), "takes a string, not "+describe(item), "")
			}
			texts[i] = text
		}
		return texts
	default:
		a.fail(name, "takes a list of strings, not "+describe(v), "")
		return nil
	}
}

// columnsOf are the names of all members of rows: in the order in which they turn up, or in alphabetical order where the
// language knows no other.
func columnsOf(rows []any) []string {
	seen, ordered := map[string]bool{}, []string{}
	for _, row := range rows {
		switch row := row.(type) {
		case map[string]any:
			for name := range row {
				seen[name] = true
			}
		case engine.Record:
			for _, f := range row {
				if !seen[f.Name] {
					seen[f.Name] = true
					ordered = append(ordered, f.Name)
				}
			}
		}
	}
	if len(ordered) == len(seen) {
		return ordered
	}
	return slices.Sorted(maps.Keys(seen))
}

// memberOf is a member of an object, or nil.
func memberOf(object any, name string) any {
	switch object := object.(type) {
	case map[string]any:
		return object[name]
	case engine.Record:
		for _, f := range object {
			if f.Name == name {
				return f.Value
			}
		}
	}
	return nil
}

// cellsOf are the texts of a row: the members of an object by columns, the items of an array as they come.
func cellsOf(row any, columns []string) []string {
	var cells []string
	switch row := row.(type) {
	case []any:
		for _, v := range row {
			cells = append(cells, cellText(v))
		}
	case map[string]any, engine.Record:
		for _, name := range columns {
			cells = append(cells, cellText(memberOf(row, name)))
		}
	}
	return cells
}

func cellText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case time.Time:
		return isoText(v)
	default:
		text, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true), writeRecords)
		if err != nil {
			return describe(v)
		}
		return string(text)
	}
}
