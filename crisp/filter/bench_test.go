package filter_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
)

const benchCondition = `from == "user" and type in ["text", "file"] and not (content matches "(?i)invoice|refund")`

func BenchmarkCompile(b *testing.B) {
	event := spec.FindEvent("message:send")
	for b.Loop() {
		if _, err := filter.Compile(benchCondition, event); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	event := spec.FindEvent("message:send")
	f, err := filter.Compile(benchCondition, event)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if is, err := f.Match(json.RawMessage(event.Example)); err != nil || !is {
			b.Fatal(is, err)
		}
	}
}

// BenchmarkMatchWorst has the largest regular expression read the largest text.
func BenchmarkMatchWorst(b *testing.B) {
	f, err := filter.Compile("content matches `(x?){120}y`", nil)
	if err != nil {
		b.Fatal(err)
	}
	payload := json.RawMessage(`{"content": "` + strings.Repeat("x", 64<<10) + `"}`)
	for b.Loop() {
		if is, err := f.Match(payload); err != nil || is {
			b.Fatal(is, err)
		}
	}
}

func BenchmarkValue(b *testing.B) {
	payload := json.RawMessage(spec.FindEvent("message:send").Example)
	for b.Loop() {
		if _, found, err := filter.Value(payload, "session_id"); err != nil || !found {
			b.Fatal(found, err)
		}
	}
}
