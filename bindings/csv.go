package bindings

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func csvModule() *engine.Module {
	delimiter := engine.Param{Name: "options.delimiter", Type: "string", Doc: `one character, "," by default`}
	return free(&engine.Module{
		Name: "csv",
		Doc:  "Comma-separated values (RFC 4180).",
		Functions: []engine.Function{
			{
				Name: "parse", Sync: true, Result: "table[]",
				Doc: "Reads CSV text as a list of rows, each an object named by the first line.\n\nA column without a name is left out.",
				Params: []engine.Param{
					{Name: "text", Type: "string", Required: true},
					{Name: "options.header", Type: "boolean", Doc: "false: no first line of names, and rows are arrays"},
					delimiter,
				},
				Call: parseCSV,
			},
			{
				Name: "format", Sync: true, Result: "string",
				Doc: "Writes rows, objects or arrays, as CSV text.",
				Params: []engine.Param{
					{Name: "rows", Type: "table[]", Required: true},
					{Name: "options.columns", Type: "string[]", Doc: "the members to write, in order; all of them in alphabetical order by default"},
					{Name: "options.header", Type: "boolean", Doc: "false: no first line of names"},
					delimiter,
				},
				Call: formatCSV,
			},
		},
	})
}

func parseCSV(_ context.Context, args []any) (any, error) {
	a := newArguments("csv.parse", args)
	text := strings.TrimPrefix(a.text(0, "text"), "\ufeff")
	a.table(1)
	header, comma := a.optionBool("header", true), csvDelimiter(a)
	if err := a.done(); err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = comma
	r.FieldsPerRecord = -1 // rows of uneven length are common, and reported below where they matter
	rows := []any{}
	var names []string
	for {
		record, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			var parse *csv.ParseError
			if errors.As(err, &parse) {
				return nil, argumentError("csv.parse", "text", fmt.Sprintf("is not valid CSV at line %d, column %d: %v", parse.Line, parse.Column, parse.Err), "")
			}
			return nil, err
		}
		switch {
		case !header:
			row := make([]any, len(record))
			for i, field := range record {
				row[i] = field
			}
			rows = append(rows, row)
		case names == nil:
			names = record
			for i, name := range names {
				if name != "" && slices.Contains(names[:i], name) {
					return nil, argumentError("csv.parse", "text", fmt.Sprintf("has the name %q twice in its first line", name),
						"with header = false rows are arrays")
				}
			}
		case len(record) > len(names):
			line, _ := r.FieldPos(len(names))
			return nil, argumentError("csv.parse", "text", fmt.Sprintf("has %d fields in line %d, and %d names in its first line", len(record), line, len(names)), "")
		default:
			row := make(map[string]any, len(names))
			for i, field := range record {
				if names[i] != "" {
					row[names[i]] = field
				}
			}
			rows = append(rows, row)
		}
	}
}

func formatCSV(_ context.Context, args []any) (any, error) {
	a := newArguments("csv.format", args)
	rows := a.rows(0, "rows")
	a.table(1)
	columns := a.optionTexts("columns")
	header, comma := a.optionBool("header", true), csvDelimiter(a)
	if err := a.done(); err != nil {
		return nil, err
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = comma
	if columns == nil {
		columns = columnsOf(rows)
	}
	if header && len(columns) > 0 {
		if err := w.Write(columns); err != nil {
			return nil, err
		}
	}
	for _, row := range rows {
		cells := cellsOf(row, columns)
		if len(cells) == 1 && cells[0] == "" { // readers skip empty lines
			w.Flush()
			b.WriteString("\"\"\n")
			continue
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.String(), w.Error()
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

// rows is a required list of objects or arrays.
func (a *arguments) rows(i int, name string) []any {
	switch v := a.at(i).(type) {
	case []any:
		for j, row := range v {
			switch row.(type) {
			case []any, map[string]any:
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

func (a *arguments) optionTexts(name string) []string {
	switch v := a.option(name).(type) {
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

// columnsOf are the names of all members of rows, in alphabetical order since Lua knows no other.
func columnsOf(rows []any) []string {
	seen := map[string]bool{}
	for _, row := range rows {
		if object, ok := row.(map[string]any); ok {
			for name := range object {
				seen[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// cellsOf are the texts of a row: the members of an object by columns, the items of an array as they come.
func cellsOf(row any, columns []string) []string {
	var cells []string
	switch row := row.(type) {
	case []any:
		for _, v := range row {
			cells = append(cells, cellText(v))
		}
	case map[string]any:
		for _, name := range columns {
			cells = append(cells, cellText(row[name]))
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
