package bindings

import (
	"context"
	"io"
	"strings"
	"unicode"

	"github.com/crisphost/crisphost/engine"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

func printTableModule() *engine.Module {
	return free(&engine.Module{
		Name: "print_table",
		Doc:  "Prints rows as a table.",
		Apply: &engine.Function{
			Name: "print_table", Sync: true, Arguments: engine.OrderedArguments,
			Doc: "Prints rows, objects or arrays, as a table.",
			Params: []engine.Param{
				{Name: "rows", Type: "table[]", Required: true},
				{Name: "options.columns", Type: "string[]", Doc: "the members to show, in order; all of them by default, in alphabetical order in Lua"},
				{Name: "options.header", Type: "boolean", Doc: "false: no line of names"},
			},
			Call: func(ctx context.Context, args []any) (any, error) {
				a := newArguments("print_table", args)
				rows := a.rows(0, "rows")
				if names, ok := a.at(1).([]any); ok { // the form of JavaScript's console.table
					a.args[1] = map[string]any{"columns": names}
				}
				a.table(1)
				columns, header := a.optionTexts("columns"), a.optionBool("header", true)
				if err := a.done(); err != nil {
					return nil, err
				}
				if columns == nil {
					columns = columnsOf(rows)
				}
				_, err := io.WriteString(engine.Stdout(ctx), renderTable(rows, columns, header))
				return nil, err
			},
		},
	})
}

// renderTable lays rows out with rules between the columns. Columns of numbers are aligned to the right.
func renderTable(rows []any, columns []string, header bool) string {
	if len(rows) == 0 {
		return "(no rows)\n"
	}
	w := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options.DrawBorder = false
	w.SetStyle(style)
	if header && len(columns) > 0 {
		w.AppendHeader(tableRow(columns))
	}
	numeric := map[int]bool{}
	for i, row := range rows {
		w.AppendRow(tableRow(cellsOf(row, columns)))
		for j, v := range valuesOf(row, columns) {
			switch v.(type) {
			case int64, float64:
				numeric[j] = i == 0 || numeric[j]
			case nil:
			default:
				numeric[j] = false
			}
		}
	}
	var configs []table.ColumnConfig
	for j, is := range numeric {
		if is {
			configs = append(configs, table.ColumnConfig{Number: j + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	w.SetColumnConfigs(configs)
	lines := strings.Split(w.Render(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func tableRow(cells []string) table.Row {
	row := make(table.Row, len(cells))
	for i, cell := range cells {
		// A control character would break the table's lines, or reach the terminal as a command.
		row[i] = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, cell)
	}
	return row
}

func valuesOf(row any, columns []string) []any {
	if list, ok := row.([]any); ok {
		return list
	}
	values := make([]any, len(columns))
	for i, name := range columns {
		values[i] = memberOf(row, name)
	}
	return values
}
