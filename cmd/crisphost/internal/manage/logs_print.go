package manage

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

// printedLine is a line of `crisphost logs --json`.
type printedLine struct {
	Run    string `json:"run"`
	Script string `json:"script"`
	state.LogLine
}

// logText is a log line for people, or several when its message has line breaks.
func logText(io *streams.IO, line state.LogLine, now time.Time) string {
	at, color := line.Time.Local().Format("2006-01-02T15:04:05.000Z07:00"), ""
	if io.Columns() > 0 {
		at = logTime(line.Time.Local(), now)
	}
	switch line.Level {
	case "error":
		color = streams.Red
	case "warn":
		color = streams.Yellow
	case "info":
		color = streams.Cyan
	case "debug":
		color = streams.Dim
	}
	// What a script prints has no level, but its place.
	level := "     "
	if line.Level != "print" {
		level = fmt.Sprintf("%-5s", strings.ToUpper(plain.Line(line.Level)))
	}
	head := streams.Paint(io.ColorOut, streams.Dim, at) + " " + streams.Paint(io.ColorOut, color, level) + " "
	message := strings.ReplaceAll(plain.Lines(strings.TrimSuffix(line.Message, "\n")), "\n", "\n"+strings.Repeat(" ", len(at)+len(level)+2))
	var fields strings.Builder
	for _, name := range slices.Sorted(maps.Keys(line.Fields)) {
		fields.WriteString(" " + streams.Paint(io.ColorOut, streams.Dim, fieldText(name)+"=") + fieldValue(line.Fields[name]))
	}
	return strings.TrimRight(head+message+fields.String(), " ") + "\n"
}

// logTime is the time of a line on a terminal, with the day unless it is today.
func logTime(t, now time.Time) string {
	layout := "2006-01-02 15:04:05"
	if t.Format(time.DateOnly) == now.Local().Format(time.DateOnly) {
		layout = time.TimeOnly
	}
	return t.Format(layout)
}

func fieldText(text string) string {
	if text == "" || strings.ContainsAny(text, " =\"\n\t") {
		return fmt.Sprintf("%q", text)
	}
	return plain.Line(text)
}

func fieldValue(v any) string {
	if text, ok := v.(string); ok {
		return fieldText(text)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fieldText(fmt.Sprint(v))
	}
	return plain.Line(string(text))
}
