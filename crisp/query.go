package crisp

import (
	"fmt"
	"math"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp/spec"
)

// EncodeQuery turns query values into their wire form by the operation's parameters: booleans become 1 and 0, objects and
// arrays JSON text, and dates (a time.Time, Unix milliseconds, or ISO 8601 text with or without a time) ISO 8601 text in UTC.
// A nil value is left out. Numbers may be of any Go type, also float64 where a whole number is expected. A string stands
// for an object or array when it is JSON text already. Errors name the parameter and what it takes.
func EncodeQuery(op *spec.Operation, values map[string]any) (url.Values, error) {
	query := make(url.Values, len(values))
	for name, value := range values {
		i := slices.IndexFunc(op.Params, func(p spec.Param) bool { return p.In == spec.InQuery && p.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("%s has no query parameter %s", op.ID, oneLine(name, 40))
		}
		value, ok := dereference(value)
		if !ok {
			continue
		}
		text, err := encodeQueryValue(op.Params[i].Schema, value)
		if err != nil {
			return nil, fmt.Errorf("the query parameter %s of %s %w", name, op.ID, err)
		}
		query[name] = []string{text}
	}
	return query, nil
}

// dereference follows pointers and tells false for nil.
func dereference(value any) (any, bool) {
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil, false
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil, false
	}
	return v.Interface(), true
}

func encodeQueryValue(schema *spec.Schema, value any) (string, error) {
	if schema == nil || schema.Kind == spec.KindAny {
		return encodeAny(value)
	}
	switch schema.Kind {
	case spec.KindBoolean:
		return encodeFlag(value)
	case spec.KindArray, spec.KindObject:
		return encodeJSON(value)
	case spec.KindInteger, spec.KindNumber:
		if schema.Format == spec.FormatTimestamp {
			if at, ok := asTime(value); ok {
				return strconv.FormatInt(at.UnixMilli(), 10), nil
			}
		}
		text, whole, ok := number(value)
		switch {
		case !ok:
			return "", fmt.Errorf("takes a number, not %s", describe(value))
		case schema.Kind == spec.KindInteger && !whole:
			return "", fmt.Errorf("takes a whole number, not %s", text)
		}
		return text, nil
	}
	if schema.Format == spec.FormatDateTime {
		at, ok := asTime(value)
		if !ok {
			return "", fmt.Errorf("takes a date (ISO 8601 text, Unix milliseconds, or a time), not %s", describe(value))
		}
		return at.UTC().Format("2006-01-02T15:04:05.000Z"), nil
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.String {
		return v.String(), nil
	}
	if text, whole, ok := number(value); ok && whole {
		return text, nil // an id or a search text that is all digits
	}
	return "", fmt.Errorf("takes text, not %s", describe(value))
}

func encodeFlag(value any) (string, error) {
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.Bool {
		if v.Bool() {
			return "1", nil
		}
		return "0", nil
	}
	if text, _, ok := number(value); ok && (text == "0" || text == "1") {
		return text, nil
	}
	return "", fmt.Errorf("takes true or false, not %s", describe(value))
}

func encodeJSON(value any) (string, error) {
	switch v := value.(type) {
	case jsontext.Value:
		value = string(v)
	case []byte:
		value = string(v)
	}
	if text, ok := value.(string); ok {
		if !jsontext.Value(text).IsValid() {
			return "", fmt.Errorf("takes a list or an object, not the text %q", oneLine(text, 40))
		}
		return text, nil
	}
	encoded, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("has no JSON form: %w", err)
	}
	return string(encoded), nil
}

// encodeAny writes a value of a parameter without a shape by its Go type.
func encodeAny(value any) (string, error) {
	if at, ok := value.(time.Time); ok {
		return at.UTC().Format("2006-01-02T15:04:05.000Z"), nil
	}
	if text, _, ok := number(value); ok {
		return text, nil
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return encodeFlag(value)
	}
	return encodeJSON(value)
}

// number writes a number of any type without an exponent.
func number(value any) (text string, whole, ok bool) {
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), true, true
	case reflect.Float32, reflect.Float64:
		f := v.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return "", false, false
		}
		return strconv.FormatFloat(f, 'f', -1, 64), f == math.Trunc(f), true
	}
	return "", false, false
}

// asTime reads a date in any of its forms. Text without a zone is in UTC.
func asTime(value any) (time.Time, bool) {
	switch v := value.(type) {
	case time.Time:
		return v, true
	case string:
		return spec.ParseDateTime(v)
	}
	text, whole, ok := number(value)
	if !ok || !whole {
		return time.Time{}, false
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	// The years that RFC 3339 can write.
	if err != nil || ms < -62135596800000 || ms > 253402300799999 {
		return time.Time{}, false
	}
	return time.UnixMilli(ms), true
}

func describe(value any) string {
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.String:
		return fmt.Sprintf("%q", oneLine(v.String(), 40))
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Func:
		return "a function"
	}
	if text, _, ok := number(value); ok {
		return text
	}
	return fmt.Sprintf("%v", value)
}
