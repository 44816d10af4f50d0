package engine

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/crisphost/crisphost/internal/tape"
)

// encodeValue turns a Go value into a form of Function.Call's results.
func encodeValue(value any) (any, error) {
	if checkValue(value, 0) == nil {
		return value, nil
	}
	text, err := json.Marshal(value)
	return JSON(text), err
}

// decodeValue reads a value in a form of Function.Call's arguments into a Go value.
func decodeValue[T any](value any) (T, error) {
	var result T
	if t, ok := value.(T); ok {
		return t, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return result, err
	}
	err = json.Unmarshal(text, &result)
	return result, err
}

// checkValue returns an error for a value that is in no form of Function.Call's results.
func checkValue(value any, depth int) error {
	if depth > MaxDepth {
		return fmt.Errorf("%s", TooDeep)
	}
	switch value := value.(type) {
	case nil, bool, string, []byte, time.Time, JSON, *tape.Document, Null, Sequence, *Module, Opaque, Handle,
		int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return nil
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
