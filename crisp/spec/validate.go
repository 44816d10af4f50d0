package spec

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/internal/nearest"
)

// InvalidError is the first problem that a validation found.
type InvalidError struct {
	// Path leads from the validated value to the problem, for example "content.choices[0].label". It is empty for the
	// value itself.
	Path string
	// Problem says what is wrong, as the rest of a sentence about the path: "is missing", "is a number".
	Problem string
	// Want is what the place takes, in the notation of Describe, or the names that an object has.
	Want string
	// Hint is the nearest right name or word, or empty.
	Hint string
}

func (e *InvalidError) Error() string {
	var b strings.Builder
	if e.Path == "" {
		b.WriteString("the value")
	} else {
		b.WriteString(e.Path)
	}
	b.WriteString(" " + e.Problem)
	if e.Want != "" {
		b.WriteString("; takes " + e.Want)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, " (did you mean %q?)", e.Hint)
	}
	return b.String()
}

// Validate checks a value that goes into a request: nil, bool, int64, float64, string, []any or map[string]any, as JSON
// decodes to. It returns an *InvalidError about the first problem, in the documented order of the fields, after members
// that do not exist. Read-only members are refused.
func (s *Schema) Validate(v any) error { return result(check{}.value(s, v, 0)) }

// ValidateAnswer is Validate for a value that comes out of an answer, where read-only members are at home.
func (s *Schema) ValidateAnswer(v any) error { return result(check{answer: true}.value(s, v, 0)) }

// result keeps a nil *InvalidError from becoming an error that is not nil.
func result(err *InvalidError) error {
	if err == nil {
		return nil
	}
	return err
}

// check walks a value along its schema. Errors are made with an empty path, which the way back completes, so that a valid
// value costs no path.
type check struct{ answer bool }

// maxDepth bounds values where the schema does not.
const maxDepth = 500

func (c check) value(s *Schema, v any, depth int) *InvalidError {
	if depth > maxDepth {
		return &InvalidError{Problem: fmt.Sprintf("is nested more than %d levels deep", maxDepth)}
	}
	switch {
	case v == nil && s.Nullable:
		return nil
	case len(s.OneOf) > 0 && s.Tag != "":
		return c.tagged(s, v, depth)
	case len(s.OneOf) > 0:
		return c.choice(s, v, depth)
	}
	switch s.Kind {
	case KindAny:
		return c.anything(v, depth)
	case KindString:
		if text, ok := v.(string); ok {
			return checkString(s, text)
		}
	case KindInteger, KindNumber:
		if n, ok := number(v); ok {
			if _, float := v.(float64); float && s.Kind == KindInteger && math.Abs(n) > 1<<53 && !math.IsInf(n, 0) {
				return &InvalidError{Problem: formatNumber(n) + " is too large to be exact", Want: Describe(s)}
			}
			return checkNumber(s, n)
		}
	case KindBoolean:
		if _, ok := v.(bool); ok {
			return nil
		}
		if n, ok := number(v); ok && s.Format == FormatFlag && (n == 0 || n == 1) {
			return nil
		}
	case KindArray:
		if list, ok := v.([]any); ok {
			return c.array(s, list, depth)
		}
	case KindObject:
		if object, ok := v.(map[string]any); ok {
			return c.object(s, object, depth)
		}
	}
	return wrongType(s, v)
}

var anyValue = Schema{}

// anything accepts all that JSON can hold.
func (c check) anything(v any, depth int) *InvalidError {
	switch v := v.(type) {
	case nil, bool:
		return nil
	case string:
		return checkString(&anyValue, v)
	case []any:
		return c.array(&anyValue, v, depth)
	case map[string]any:
		return c.object(&Schema{Extra: &anyValue}, v, depth)
	}
	if n, ok := number(v); !ok {
		return wrongType(&anyValue, v)
	} else if math.IsNaN(n) || math.IsInf(n, 0) {
		return notFinite(&anyValue)
	}
	return nil
}

func (c check) array(s *Schema, list []any, depth int) *InvalidError {
	if len(list) < s.MinLength {
		return &InvalidError{Problem: "has too few items", Want: fmt.Sprintf("at least %d", s.MinLength)}
	}
	items := s.Items
	if items == nil {
		items = &anyValue
	}
	for i, item := range list {
		if err := c.value(items, item, depth+1); err != nil {
			return err.under(fmt.Sprintf("[%d]", i))
		}
	}
	return nil
}

func (c check) object(s *Schema, object map[string]any, depth int) *InvalidError {
	if s.Extra == nil {
		if err := c.unknownMember(s.Fields, object); err != nil {
			return err
		}
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		member, ok := object[f.Name]
		if !ok {
			if f.Required && (c.answer || !f.ReadOnly) {
				err := &InvalidError{Problem: "is missing", Want: Describe(f.Schema)}
				return err.below(f.Name)
			}
			continue
		}
		if f.ReadOnly && !c.answer {
			return (&InvalidError{Problem: "cannot be set: it appears in answers only"}).below(f.Name)
		}
		if err := c.value(f.Schema, member, depth+1); err != nil {
			return err.below(f.Name)
		}
	}
	if s.Extra == nil || len(object) == 0 {
		return nil
	}
	// The member whose name sorts first, so that the same value always gives the same error.
	var first *InvalidError
	var name string
	for key, member := range object {
		if first != nil && key > name || s.Field(key) != nil {
			continue
		}
		if err := c.value(s.Extra, member, depth+1); err != nil {
			first, name = err, key
		}
	}
	if first != nil {
		return first.below(name)
	}
	return nil
}

// unknownMember reports the member without a field whose name sorts first.
func (c check) unknownMember(fields []Field, object map[string]any) *InvalidError {
	var unknown string
	found := false
	for key := range object {
		if !hasField(fields, key) && (!found || key < unknown) {
			unknown, found = key, true
		}
	}
	if !found {
		return nil
	}
	err := &InvalidError{Problem: "is unknown"}
	var names []string
	for i := range fields {
		if c.answer || !fields[i].ReadOnly {
			names = append(names, fields[i].Name)
		}
	}
	if err.Want = strings.Join(names, ", "); err.Want == "" {
		err.Want = "no members"
	}
	err.Hint = nearest.To(unknown, names)
	return err.below(unknown)
}

func hasField(fields []Field, name string) bool {
	for i := range fields {
		if fields[i].Name == name {
			return true
		}
	}
	return false
}

// tagged lets the word in the tag select the alternative, whose errors then are the value's.
func (c check) tagged(s *Schema, v any, depth int) *InvalidError {
	object, ok := v.(map[string]any)
	if !ok {
		return wrongType(s, v)
	}
	tag, ok := object[s.Tag]
	if !ok {
		for _, key := range sortedKeys(object) {
			if s.OneOf[0].Field(key) == nil && nearest.To(key, []string{s.Tag}) != "" {
				return (&InvalidError{Problem: "is unknown", Hint: s.Tag}).below(key)
			}
		}
		return (&InvalidError{Problem: "is missing", Want: Describe(tagSchema(s))}).below(s.Tag)
	}
	word, ok := tag.(string)
	if !ok {
		return wrongType(tagSchema(s), tag).below(s.Tag)
	}
	for _, alternative := range s.OneOf {
		if f := alternative.Field(s.Tag); f != nil && slices.Equal(f.Schema.Enum, []string{word}) {
			return c.value(alternative, v, depth)
		}
	}
	return checkString(tagSchema(s), word).below(s.Tag)
}

// tagSchema is the shape of the tag over all alternatives.
func tagSchema(s *Schema) *Schema {
	all := &Schema{Kind: KindString}
	for _, alternative := range s.OneOf {
		if f := alternative.Field(s.Tag); f != nil {
			all.Enum = append(all.Enum, f.Schema.Enum...)
		}
	}
	return all
}

// choice accepts what one alternative accepts. Otherwise the error is that of the alternative that comes closest.
func (c check) choice(s *Schema, v any, depth int) *InvalidError {
	var nearest *InvalidError
	best := -1
	for _, alternative := range s.OneOf {
		err := c.value(alternative, v, depth)
		if err == nil {
			return nil
		}
		if score := likeness(alternative, v); score > best {
			nearest, best = err, score
		}
	}
	if best <= 0 {
		return wrongType(s, v)
	}
	return nearest
}

// likeness is how much a value looks like a schema: 0 for another type, else 1 and one more for each member it knows.
func likeness(s *Schema, v any) int {
	switch v := v.(type) {
	case map[string]any:
		if s.Kind != KindObject {
			return 0
		}
		n := 1
		for key := range v {
			if s.Field(key) != nil {
				n++
			}
		}
		return n
	case []any:
		return truth(s.Kind == KindArray)
	case string:
		return truth(s.Kind == KindString)
	case bool:
		return truth(s.Kind == KindBoolean)
	}
	_, ok := number(v)
	return truth(ok && (s.Kind == KindNumber || s.Kind == KindInteger))
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func sortedKeys(object map[string]any) []string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// below puts a member's name before the path.
func (e *InvalidError) below(name string) *InvalidError {
	if name == "" || !isWord(name) {
		name = fmt.Sprintf("[%q]", name)
	}
	return e.under(name)
}

// under puts a step before the path: a member's name, or what is in brackets.
func (e *InvalidError) under(step string) *InvalidError {
	if e == nil {
		return nil
	}
	if e.Path != "" && e.Path[0] != '[' {
		step += "."
	}
	e.Path = step + e.Path
	return e
}

func isWord(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
	})
}
