package engine

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/internal/timetext"
)

func decodeBool(_ *decodingState, form any, into reflect.Value) *valueError {
	b, ok := form.(bool)
	if !ok {
		return takes("true or false", form)
	}
	into.SetBool(b)
	return nil
}

func decodeString(_ *decodingState, form any, into reflect.Value) *valueError {
	text, ok := form.(string)
	if !ok {
		return takes("a string", form)
	}
	into.SetString(text)
	return nil
}

// whole returns a number as an integer.
func whole(form any) (int64, *valueError) {
	switch x := form.(type) {
	case int64:
		return x, nil
	case float64:
		if x == math.Trunc(x) {
			return 0, badValue("takes a whole number within 2^53, got %v", x)
		}
		return 0, badValue("takes a whole number, got %v", x)
	default:
		return 0, takes("a number", form)
	}
}

func decodeInt(_ *decodingState, form any, into reflect.Value) *valueError {
	n, err := whole(form)
	if err != nil {
		return err
	}
	if into.OverflowInt(n) {
		bits := into.Type().Bits()
		return badValue("takes a whole number from %d to %d, got %d", int64(-1)<<(bits-1), int64(1)<<(bits-1)-1, n)
	}
	into.SetInt(n)
	return nil
}

func decodeUint(_ *decodingState, form any, into reflect.Value) *valueError {
	n, err := whole(form)
	switch {
	case err != nil:
		return err
	case n < 0 && into.Type().Bits() == 64:
		return badValue("takes a whole number from 0, got %d", n)
	case n < 0 || into.OverflowUint(uint64(n)):
		return badValue("takes a whole number from 0 to %d, got %d", uint64(1)<<into.Type().Bits()-1, n)
	}
	into.SetUint(uint64(n))
	return nil
}

func decodeFloat(_ *decodingState, form any, into reflect.Value) *valueError {
	var x float64
	switch n := form.(type) {
	case int64:
		x = float64(n)
	case float64:
		x = n
	default:
		return takes("a number", form)
	}
	// The shortest text of the largest float32 is above it, and rounds to it.
	if into.Kind() == reflect.Float32 && math.IsInf(float64(float32(x)), 0) {
		return badValue("takes a number within the range of float32, got %v", x)
	}
	into.SetFloat(x)
	return nil
}

func decodeJSONNumber(_ *decodingState, form any, into reflect.Value) *valueError {
	switch n := form.(type) {
	case int64:
		into.SetString(strconv.FormatInt(n, 10))
	case float64:
		into.SetString(formatFloat(n))
	default:
		return takes("a number", form)
	}
	return nil
}

func decodeTime(_ *decodingState, form any, into reflect.Value) *valueError {
	const what = "a date, Unix milliseconds, or ISO 8601 text"
	var at time.Time
	switch x := form.(type) {
	case time.Time:
		at = x
	case int64:
		at = time.UnixMilli(x)
	case float64:
		if math.Abs(x) > maxExact {
			return badValue("takes "+what+", got %v", x)
		}
		at = time.UnixMilli(int64(math.Floor(x))).Add(time.Duration((x - math.Floor(x)) * float64(time.Millisecond)))
	case string:
		for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
			var err error
			if at, err = time.Parse(layout, x); err == nil {
				into.Set(reflect.ValueOf(at))
				return nil
			}
		}
		return badValue("takes "+what+" such as 2026-11-30T15:04:05Z, got %q", shorten(x))
	default:
		return takes(what, form)
	}
	into.Set(reflect.ValueOf(at))
	return nil
}

func decodeDuration(_ *decodingState, form any, into reflect.Value) *valueError {
	const what = `a duration in milliseconds, or as text such as "1m30s"`
	var ms float64
	switch x := form.(type) {
	case int64:
		ms = float64(x)
	case float64:
		ms = x
	case string:
		d, ok := timetext.ParseDuration(x)
		if !ok {
			return badValue("takes "+what+", got %q", shorten(x))
		}
		into.SetInt(int64(d))
		return nil
	default:
		return takes(what, form)
	}
	ns := math.Round(ms * float64(time.Millisecond))
	if math.Abs(ns) >= math.MaxInt64 {
		return badValue("takes "+what+", got %v, which is too long", ms)
	}
	into.SetInt(int64(ns))
	return nil
}

// shorten cuts text for a message.
func shorten(text string) string {
	const limit = 40
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

func decodeBytes(_ *decodingState, form any, into reflect.Value) *valueError {
	switch x := form.(type) {
	case []byte:
		into.SetBytes(x)
	case string:
		into.SetBytes([]byte(x))
	case nil:
	default:
		return takes("bytes or a string", form)
	}
	return nil
}

func decodeByteArray(_ *decodingState, form any, into reflect.Value) *valueError {
	var data []byte
	switch x := form.(type) {
	case []byte:
		data = x
	case string:
		data = []byte(x)
	default:
		return takes("bytes or a string", form)
	}
	if len(data) != into.Len() {
		return badValue("takes %d bytes, got %d", into.Len(), len(data))
	}
	reflect.Copy(into, reflect.ValueOf(data).Convert(reflect.SliceOf(into.Type().Elem())))
	return nil
}

// decodeText is the decoder of a field with the option "string". It takes the value itself as well.
func decodeText(plain decoder) decoder {
	return func(d *decodingState, form any, into reflect.Value) *valueError {
		text, ok := form.(string)
		if !ok {
			return plain(d, form, into)
		}
		if into.Kind() == reflect.Pointer {
			into.Set(reflect.New(into.Type().Elem()))
			into = into.Elem()
		}
		var err error
		switch {
		case into.Kind() == reflect.Bool:
			var b bool
			if b, err = strconv.ParseBool(text); err == nil {
				into.SetBool(b)
			}
		case into.CanInt():
			var n int64
			if n, err = strconv.ParseInt(text, 10, into.Type().Bits()); err == nil {
				into.SetInt(n)
			}
		case into.CanUint():
			var n uint64
			if n, err = strconv.ParseUint(text, 10, into.Type().Bits()); err == nil {
				into.SetUint(n)
			}
		default:
			var x float64
			if x, err = strconv.ParseFloat(text, into.Type().Bits()); err == nil && finite(x) == nil {
				into.SetFloat(x)
				return nil
			}
			return badValue("takes a number as text, got %q", shorten(text))
		}
		if err != nil {
			what := "a whole number"
			if into.Kind() == reflect.Bool {
				what = "true or false"
			}
			return badValue("takes %s as text, got %q", what, shorten(text))
		}
		return nil
	}
}
