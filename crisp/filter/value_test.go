package filter_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
)

func TestValue(t *testing.T) {
	for _, c := range []struct {
		payload, path, want string
		found               bool
	}{
		{`{"a": "x"}`, "a", "x", true},
		{`{"a": {"b": "é"}}`, "a.b", "é", true},
		{`{"a": 5}`, "a", "5", true},
		{`{"a": 163408807661111}`, "a", "163408807661111", true},
		{`{"a": 9007199254740993}`, "a", "9007199254740993", true},
		{`{"a": 1.50}`, "a", "1.5", true},
		{`{"a": 1.0}`, "a", "1", true},
		{`{"a": 1E3}`, "a", "1000", true},
		{`{"a": true}`, "a", "true", true},
		{`{"a": "x", "a": "y"}`, "a", "y", true},
		{`{"a": ""}`, "a", "", false},
		{`{"a": null}`, "a", "", false},
		{`{"a": {"b": 1}}`, "a", "", false},
		{`{"a": ["x"]}`, "a", "", false},
		{`{"a": "x"}`, "a.b", "", false},
		{`{}`, "a", "", false},
		{`{"": "x"}`, "a", "", false},
	} {
		value, found, err := filter.Value(json.RawMessage(c.payload), c.path)
		if err != nil || value != c.want || found != c.found {
			t.Errorf("%s at %s is %q, %v, %v", c.payload, c.path, value, found, err)
		}
	}
}

func TestPayloadsThatAreNoObjects(t *testing.T) {
	f, err := filter.Compile("true", nil)
	if err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string]string{
		``: "read the event", `{"a"`: "read the event", `[]`: "is a list", `null`: "is null", `"x"`: "is a text", `{} {}`: "read the event",
	} {
		if is, err := f.Match(json.RawMessage(payload)); is || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q matches: %v, %v", payload, is, err)
		}
		if value, found, err := filter.Value(json.RawMessage(payload), "a"); found || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q has %q, %v, %v", payload, value, found, err)
		}
	}
}

func TestMatchErrors(t *testing.T) {
	long := `{"a": "` + strings.Repeat("x", 64<<10+1) + `"}`
	for _, c := range []struct{ text, payload, want string }{
		{"a", `{"a": "yes"}`, "a is a text, which is not true or false"},
		{"b or not a", `{"a": 0}`, "a is a number, which is not true or false"},
		{"a", `{"a": []}`, "a is a list, which"},
		{"a", `{"a": {}}`, "a is an object, which"},
		{`a matches "x"`, long, "a is 64 KiB, and matches reads at most 64 KiB"},
		{`a not matches "y"`, long, "matches reads at most"},
		{`a contains "y"`, long, ""},
	} {
		f, err := filter.Compile(c.text, nil)
		if err != nil {
			t.Fatal(err)
		}
		is, err := f.Match(json.RawMessage(c.payload))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) || is {
			t.Errorf("%s: %v, %v", c.text, is, err)
		}
	}
}

func TestCheckKey(t *testing.T) {
	send := spec.FindEvent("message:send")
	for _, path := range []string{"session_id", "user.user_id", "inbox_id", "content", "content.url", "fingerprint", "automated"} {
		if err := filter.CheckKey(path, send); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := filter.CheckKey("anything.at_all", nil); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{
		"": "is not the path", "a[0]": "is not the path", "user.": "is not the path", "user": "which is not one value",
		"mentions": "which is not one value", "sesion": "has no field sesion", "user.nam": "has no field user.nam", "from.x": "has no fields",
	} {
		err := filter.CheckKey(path, send)
		var wrong *filter.Error
		if !errors.As(err, &wrong) || !strings.Contains(wrong.Problem, want) || wrong.Column < 1 || wrong.Column > len(path)+1 {
			t.Errorf("%q: %v, want %s", path, err, want)
		}
	}
}
