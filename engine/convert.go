package engine

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/valuepath"
)

// types holds the handle types of an engine, and the plans of how Go types travel between the host and scripts. A plan
// is made once for each type.
type types struct {
	// classes has the pointer types of ModuleBuilder.Type. It is not changed after New.
	classes map[reflect.Type]*Class
	// encoders and decoders are the plans by reflect.Type.
	encoders, decoders sync.Map
}

// plainTypes has the plans of everything that knows no engine.
var plainTypes types

// or returns t, or the plans without handle types where there is none.
func (t *types) or() *types {
	if t == nil {
		return &plainTypes
	}
	return t
}

// encodeValue turns a Go value into a form of Function.Call's results. The error is a *valueError.
func encodeValue(t *types, value any) (any, error) {
	e := encodingState{types: t.or()}
	form, err := e.any(value)
	if err != nil {
		return nil, err
	}
	return form, nil
}

// isPlain reports whether values are in forms of Function.Call's results as they are, which needs no plan and no copy.
func isPlain(values []any) bool {
	for _, value := range values {
		switch x := value.(type) {
		case nil, bool, string:
		case int:
			if x < -maxExact || x > maxExact {
				return false
			}
		case int64:
			if x < -maxExact || x > maxExact {
				return false
			}
		case float64:
			if x-x != 0 { // NaN or an infinity
				return false
			}
		default:
			return false
		}
	}
	return true
}

// decodeValue reads a value in a form of Function.Call's arguments into a Go value. A handle is an error, unless T is
// its type. The error is a *valueError.
func decodeValue[T any](t *types, value any) (T, error) {
	if result, ok := decodePlain[T](value); ok {
		return result, nil
	}
	return decodePlanned[T](t, value)
}

// decodePlain reads the values that are most frequent. It reports false for all others.
func decodePlain[T any](value any) (result T, ok bool) {
	switch any(result).(type) {
	case string, bool, int64:
		result, ok = value.(T)
	case int:
		if n, isInt := value.(int64); isInt && int64(int(n)) == n {
			result, ok = any(int(n)).(T)
		}
	case float64:
		switch n := value.(type) {
		case float64:
			result, ok = any(n).(T)
		case int64:
			result, ok = any(float64(n)).(T)
		}
	}
	return result, ok
}

func decodePlanned[T any](t *types, value any) (T, error) {
	var result, none T
	d := decodingState{types: t.or(), result: true}
	decode, err := d.types.decoder(reflect.TypeFor[T]())
	if err != nil {
		return none, err
	}
	if err = decode(&d, value, reflect.ValueOf(&result).Elem()); err != nil {
		return none, err
	}
	return result, nil
}

// valueError tells that a value cannot travel, and where in the value at hand it stands.
type valueError struct {
	steps []step // innermost first
	// problem is what is wrong there: "takes a string, not a number".
	problem string
	hint    string
	err     error
}

// step is a member or an item on the way to a value.
type step struct {
	name  string
	index int // of an item, or -1
}

func badValue(format string, args ...any) *valueError {
	return &valueError{problem: fmt.Sprintf(format, args...)}
}

// in adds the member that the value is.
func (e *valueError) in(name string) *valueError {
	e.steps = append(e.steps, step{name, -1})
	return e
}

// item adds the position that the value has in a list.
func (e *valueError) item(index int) *valueError {
	e.steps = append(e.steps, step{index: index})
	return e
}

// path is the place of the value inside of root. First is the index of the first item of a list.
func (e *valueError) path(root string, first int) string {
	path := []byte(root)
	for i := len(e.steps) - 1; i >= 0; i-- {
		switch s := e.steps[i]; {
		case s.index >= 0:
			path = append(path, '[')
			path = strconv.AppendInt(path, int64(s.index+first), 10)
			path = append(path, ']')
		case isIdentifier(s.name):
			path = append(append(path, '.'), s.name...)
		default:
			path = append(path, '[')
			path = strconv.AppendQuote(path, s.name)
			path = append(path, ']')
		}
	}
	return valuepath.Cut(string(path))
}

// text is one line for a value that is called root.
func (e *valueError) text(root string, first int) string {
	return e.path(root, first) + ": " + e.problem
}

func (e *valueError) Error() string {
	text := e.problem
	if len(e.steps) > 0 {
		text = strings.TrimPrefix(e.text("", 0), ".")
	}
	if e.hint != "" {
		text += " (" + e.hint + ")"
	}
	return text
}

func (e *valueError) Unwrap() error { return e.err }

// placedError is a valueError of a value that has a name.
type placedError struct {
	root string
	err  *valueError
}

func (e *placedError) Error() string {
	text := e.err.text(e.root, 0)
	if e.err.hint != "" {
		text += " (" + e.err.hint + ")"
	}
	return text
}

func (e *placedError) Unwrap() error { return e.err }

// place names the value that an error of encodeValue or decodeValue is about.
func place(root string, err error) error {
	if bad, ok := err.(*valueError); ok { //nolint:errorlint // it comes from here
		return &placedError{root, bad}
	}
	return fmt.Errorf("%s: %w", root, err)
}

// maxExact bounds the whole numbers that both languages hold exactly.
const maxExact = 1 << 53

// checkValue returns an error for a value that is in no form of Function.Call's results.
func checkValue(value any, depth int) error {
	if depth > valuepath.MaxDepth {
		return fmt.Errorf("%s", valuepath.TooDeep)
	}
	switch value := value.(type) {
	case nil, bool, string, []byte, time.Time, JSON, *tape.Document, Null, Sequence, *Module, Opaque, Handle,
		int8, int16, int32, uint8, uint16, uint32, float32, float64:
		return nil
	case int:
		return exactSigned(int64(value)).orNil()
	case int64:
		return exactSigned(value).orNil()
	case uint:
		return exactUnsigned(uint64(value)).orNil()
	case uint64:
		return exactUnsigned(value).orNil()
	case []any:
		for _, item := range value {
			if err := checkValue(item, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, item := range value {
			if err := checkValue(item, depth+1); err != nil {
				return err
			}
		}
	case Record:
		for _, f := range value {
			if err := checkValue(f.Value, depth+1); err != nil {
				return err
			}
		}
	case Multi:
		return checkValue([]any(value), depth)
	default:
		return fmt.Errorf("has the Go type %T, which scripts cannot take", value)
	}
	return nil
}

// orNil returns the error as an error that is nil when e is.
func (e *valueError) orNil() error {
	if e == nil {
		return nil
	}
	return e
}

func exactSigned(n int64) *valueError {
	if n < -maxExact || n > maxExact {
		return inexact(strconv.FormatInt(n, 10))
	}
	return nil
}

func exactUnsigned(n uint64) *valueError {
	if n > maxExact {
		return inexact(strconv.FormatUint(n, 10))
	}
	return nil
}

func inexact(digits string) *valueError {
	return &valueError{
		problem: "is " + digits + ", beyond 2^53, which scripts cannot hold exactly",
		hint:    `give it as text, in a struct by the tag json:",string"`,
	}
}
