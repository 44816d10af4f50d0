// Package payload makes payloads of events from examples and the values of a command line.
package payload

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/nearest"
)

// FindEvent returns the event of a name, or an error that names the nearest one.
func FindEvent(name string) (*spec.Event, error) {
	if event := spec.FindEvent(name); event != nil {
		return event, nil
	}
	var names []string
	for _, event := range spec.Events() {
		names = append(names, event.Name)
	}
	hint := "docs/events-reference.md lists them"
	if near := nearest.To(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return nil, &usage.Error{Problem: fmt.Sprintf("unknown event %q", name), Hint: hint}
}

// field is a name=value of the command line.
type field struct {
	text string
	path []string
	// literal is the value as JSON, if it is a JSON value and may be meant as one.
	literal any
	value   string
	isText  bool
}

// Make returns an example of an event's payload, changed by fields such as "content=Hello?" or "user.nickname=Ann". A value is what the
// field takes: a JSON value such as 5, true, null or {"a": 1} where that fits, or else text. Errors are a *usage.Error.
func Make(event *spec.Event, changes []string) (json.RawMessage, error) {
	if len(changes) == 0 {
		return json.RawMessage(event.Example), nil
	}
	var fields []*field
	for _, text := range changes {
		f, err := parse(text)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	for {
		payload, err := build(event, fields)
		if err != nil {
			return nil, err
		}
		var invalid *spec.InvalidError
		if err := event.Payload.ValidateAnswer(payload); !errors.As(err, &invalid) {
			return json.Marshal(payload)
		}
		// A literal that does not fit is text.
		i := slices.IndexFunc(fields, func(f *field) bool { return !f.isText && pathText(f.path) == invalid.Path })
		if i < 0 {
			return nil, unfit(event, fields, invalid)
		}
		fields[i].isText = true
	}
}

// parse reads a name=value.
func parse(text string) (*field, error) {
	name, value, ok := strings.Cut(text, "=")
	path := strings.Split(strings.NewReplacer("[", ".", "]", "").Replace(name), ".")
	if !ok || slices.Contains(path, "") {
		return nil, &usage.Error{Problem: fmt.Sprintf("-f %s is not a field and its value", text), Hint: `such as -f content="Hello" or -f user.nickname=Ann`}
	}
	f := &field{text: text, path: path, value: value}
	f.isText = json.Unmarshal([]byte(value), &f.literal) != nil
	return f, nil
}

// build puts fields into the example.
func build(event *spec.Event, fields []*field) (map[string]any, error) {
	var payload map[string]any
	if err := json.Unmarshal([]byte(event.Example), &payload); err != nil {
		return nil, fmt.Errorf("the example of %s: %w", event.Name, err)
	}
	for _, f := range fields {
		at := payload
		for _, name := range f.path[:len(f.path)-1] {
			inner, isObject := at[name].(map[string]any)
			if !isObject {
				inner = map[string]any{}
				at[name] = inner
			}
			at = inner
		}
		last := f.path[len(f.path)-1]
		if f.isText {
			at[last] = f.value
		} else {
			at[last] = f.literal
		}
	}
	return payload, nil
}

// pathText is a path as errors of package spec have it.
func pathText(path []string) string { return strings.Join(path, ".") }

// unfit is the error of a payload that an event does not have.
func unfit(event *spec.Event, fields []*field, invalid *spec.InvalidError) error {
	problem := fmt.Sprintf("%s: %s %s", event.Name, invalid.Path, invalid.Problem)
	for _, f := range fields {
		if pathText(f.path) == invalid.Path {
			problem = fmt.Sprintf("-f %s: %s", f.text, invalid.Problem)
		}
	}
	hint := invalid.Want
	switch {
	case invalid.Hint != "":
		hint = fmt.Sprintf("did you mean %q?", invalid.Hint)
	case hint != "":
		hint = "takes " + hint
	}
	return &usage.Error{Problem: problem, Hint: hint}
}
