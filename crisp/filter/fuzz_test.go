package filter_test

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
)

// FuzzFilter compiles any text, and compares a condition with its negation on any payload.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		`from == "user" and type in ["text", 'file']`, "content matches `(?i)a+` or not stamped", `user.nickname contains "x" && -1 < timestamp <= 5.5e3`,
		`mentions[0] != null`, `data["a b"] not in [1, null]`, `len(x) + 1 ? a : b`, `any(x, {#.y; .z}) | f()`, `a?.b ?? c..d`, `"\u{1F600}" == b'x'`,
		"let x = 1; if a { b } else { c }", "/* x */ from // y", "(((((((((a)))))))))", "::a(1)[1:2]",
	} {
		f.Add(text, payload)
		f.Add(text, `{"a": {"b": [1, "2", null, true]}, "from": 1e400}`)
	}
	f.Fuzz(func(t *testing.T, text, payload string) {
		for _, event := range []*spec.Event{nil, spec.FindEvent("message:send")} {
			c, err := filter.Compile(text, event)
			if err != nil {
				var wrong *filter.Error
				if !errors.As(err, &wrong) || wrong.Problem == "" || wrong.Column < 1 || wrong.Column > utf8.RuneCountInString(text)+1 {
					t.Fatalf("%q: %#v", text, err)
				}
				continue
			}
			is, err := c.Match(json.RawMessage(payload))
			not, tooLong := filter.Compile("not (\n"+text+"\n)", event)
			if tooLong != nil {
				continue // the parentheses made it so
			}
			isNot, err2 := not.Match(json.RawMessage(payload))
			if (err == nil) != (err2 == nil) || err == nil && is == isNot {
				t.Fatalf("%q is %v, %v, and its negation %v, %v of %q", text, is, err, isNot, err2, payload)
			}
		}
		value, found, err := filter.Value(json.RawMessage(payload), text)
		if found && (value == "" || err != nil) {
			t.Fatalf("%q has %q at %q: %v", payload, value, text, err)
		}
		_ = filter.CheckKey(text, spec.FindEvent("message:send"))
	})
}
