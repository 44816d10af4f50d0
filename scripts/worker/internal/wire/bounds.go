package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The bounds of what is kept of a run, in bytes. The host applies them to whatever a worker sends; how many lines are kept is
// for the sink to say, whose answer a script does not wait for.
const (
	MaxLine       = 64 << 10
	MaxFields     = 64 << 10
	MaxMessage    = 16 << 10
	maxTrace      = 32 << 10
	maxSourceLine = 2 << 10
)

// MaxCalls is how many calls of a script may be under way at the same time. The worker waits, and the host enforces it.
const MaxCalls = 128

// MaxStreams is how many loops of a script may listen to events at the same time.
const MaxStreams = 16

// MemoryReserve is what a worker may have besides twice its run's limit: Go takes memory in pieces of 64 MiB.
const MemoryReserve = 192 << 20

// Clip bounds a text without splitting a character, and tells at its end how much is left out. What is no UTF-8 is replaced.
func Clip(text string, limit int) string {
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

// BoundError bounds an error. Its place stands on a line of any length in a generated file.
func BoundError(e *Error) *Error {
	if e == nil {
		return nil
	}
	e.Kind, e.File = Clip(e.Kind, maxSourceLine), Clip(e.File, maxSourceLine)
	e.Message, e.Hint = Clip(e.Message, MaxMessage), Clip(e.Hint, MaxMessage)
	e.SourceLine, e.Trace = Clip(e.SourceLine, maxSourceLine), Clip(e.Trace, maxTrace)
	return e
}

// BoundFields bounds the fields of a log line.
func BoundFields(fields map[string]any) map[string]any {
	if len(fields) == 0 {
		return nil
	}
	encoded, err := json.Marshal(fields)
	if err == nil && len(encoded) <= MaxFields {
		return fields
	}
	return map[string]any{"dropped": fmt.Sprintf("%d fields of %d KiB are more than a line may have", len(fields), len(encoded)>>10)}
}

// Size writes bytes as people do.
func Size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
