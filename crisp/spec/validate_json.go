package spec

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// ValidateJSON is Validate for JSON text. Text that is not one JSON value is an *InvalidError as well.
func (s *Schema) ValidateJSON(raw []byte) error {
	v, err := decode(raw)
	if err != nil {
		return &InvalidError{Problem: "is not JSON: " + err.Error(), Want: Describe(s)}
	}
	return s.Validate(v)
}

// ValidateAnswerJSON is ValidateAnswer for JSON text.
func (s *Schema) ValidateAnswerJSON(raw []byte) error {
	v, err := decode(raw)
	if err != nil {
		return &InvalidError{Problem: "is not JSON: " + err.Error(), Want: Describe(s)}
	}
	return s.ValidateAnswer(v)
}

// decode reads one JSON value, whole numbers as int64 where they fit.
func decode(raw []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	v, err := decodeValue(d)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("there is nothing")
		}
		return nil, err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return nil, errors.New("something follows the value")
	}
	return v, nil
}

func decodeValue(d *jsontext.Decoder) (any, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	case '"':
		return token.String(), nil
	case '0':
		text := token.String()
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		return strconv.ParseFloat(text, 64)
	case '[':
		list := []any{}
		for d.PeekKind() != ']' {
			item, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err := d.ReadToken()
		return list, err
	default:
		object := map[string]any{}
		for d.PeekKind() != '}' {
			name, err := d.ReadToken()
			if err != nil {
				return nil, err
			}
			key := name.String()
			if object[key], err = decodeValue(d); err != nil {
				return nil, err
			}
		}
		_, err := d.ReadToken()
		return object, err
	}
}
