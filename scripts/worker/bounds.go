//go:build unix

package worker

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The bounds of what is kept of a run, in bytes. The host applies them to whatever a worker sends; how many lines are kept is
// for the sink to say, whose answer a script does not wait for.
const (
	maxLine       = 64 << 10
	maxFields     = 64 << 10
	maxMessage    = 16 << 10
	maxTrace      = 32 << 10
	maxSourceLine = 2 << 10
	maxName       = 200
)

// clip bounds a text without splitting a character, and tells at its end how much is left out. What is no UTF-8 is replaced.
func clip(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	const notice = 40
	cut := limit - notice
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + fmt.Sprintf("... (%d bytes more)", len(text)-cut)
}

// boundError bounds an error. Its place stands on a line of any length in a generated file.
func boundError(e *Error) *Error {
	if e == nil {
		return nil
	}
	e.Kind, e.File = clip(e.Kind, maxSourceLine), clip(e.File, maxSourceLine)
	e.Message, e.Hint = clip(e.Message, maxMessage), clip(e.Hint, maxMessage)
	e.SourceLine, e.Trace = clip(e.SourceLine, maxSourceLine), clip(e.Trace, maxTrace)
	return e
}

// levelOf is the level of a line that a worker sent.
func levelOf(text string) string {
	switch text {
	case "debug", "warn", "error", "print":
		return text
	}
	return "info"
}

// boundFields bounds the fields of a log line.
func boundFields(fields map[string]any) map[string]any {
	if len(fields) == 0 {
		return nil
	}
	encoded, err := json.Marshal(fields)
	if err == nil && len(encoded) <= maxFields {
		return fields
	}
	return map[string]any{"dropped": fmt.Sprintf("%d fields of %d KiB are more than a line may have", len(fields), len(encoded)>>10)}
}
