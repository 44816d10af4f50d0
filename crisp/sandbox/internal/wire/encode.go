package wire

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Encode turns a value of the wire into JSON. All of them can be encoded: a failure is an error in this package.
func Encode(v any) jsontext.Value {
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return text
}

// TextContent is the content of a text message.
func TextContent(text string) jsontext.Value {
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return quoted
}

// FormatDate writes a moment in Unix milliseconds as ISO 8601.
func FormatDate(at int64) string { return time.UnixMilli(at).UTC().Format(time.RFC3339) }

// ParseDate returns a moment in Unix milliseconds. Dates without a time of day and without a zone are taken as UTC.
func ParseDate(text string) (int64, error) {
	var err error
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		var t time.Time
		if t, err = time.Parse(layout, text); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, err
}
