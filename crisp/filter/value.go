package filter

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/tape"
)

// CheckKey reports why Value never finds a value by a path in the payloads of an event, as an *Error, or nil. The event may be nil.
func CheckKey(text string, event *spec.Event) error {
	var payload []*spec.Schema
	var name string
	if event != nil {
		name, payload = event.Name, []*spec.Schema{event.Payload}
	}
	column := 1
	steps := keyPath(text)
	for i, step := range steps {
		if !isName(step.(string)) {
			return &Error{Column: column, Problem: fmt.Sprintf("%q is not the path of a field", text), Hint: "names joined by dots, such as user.user_id"}
		}
		_, _, problem, hint := walk(name, payload, steps[:i+1])
		if problem != "" {
			return &Error{Column: column, Problem: problem, Hint: hint}
		}
		column += len(step.(string)) + 1
	}
	shapes, _, _, _ := walk(name, payload, steps)
	field := &operand{path: steps, shapes: shapes}
	if !field.may(spec.KindString, spec.KindInteger, spec.KindNumber, spec.KindBoolean) {
		return &Error{Column: 1, Problem: fmt.Sprintf("%s is %s, which is not one value", text, field.describe()), Hint: "name a field of text or a number"}
	}
	return nil
}

func keyPath(text string) path {
	var steps path
	for name := range strings.SplitSeq(text, ".") {
		steps = append(steps, name)
	}
	return steps
}

// Value returns the text, number or truth value at a path of names joined by dots, such as "user.user_id", as text. It reports
// false when the payload has no such value, or an empty text. It fails if the payload is not a JSON object.
func Value(payload json.RawMessage, path string) (value string, found bool, err error) {
	doc, err := read(payload)
	if err != nil {
		return "", false, err
	}
	at, found := keyPath(path).find(doc)
	if !found {
		return "", false, nil
	}
	switch doc.Kind(at) {
	case tape.String:
		value = doc.String(at)
	case tape.True, tape.False:
		value = strconv.FormatBool(doc.Bool(at))
	case tape.Number:
		value = numberText(string(doc.Raw(at)))
	default:
		return "", false, nil
	}
	return value, value != "", nil
}

// numberText writes a number in one way: 1.0 and 1 are the same.
func numberText(text string) string {
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
