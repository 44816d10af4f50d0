package crisp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// envelope is the frame that Crisp puts around every answer.
type envelope struct {
	failed bool
	reason string
	data   jsontext.Value // a part of the body, or nil
}

// parseEnvelope finds the members of the frame. data is checked to be JSON and left as it is.
func parseEnvelope(body []byte) (envelope, error) {
	var e envelope
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), lenient)
	if dec.PeekKind() != '{' {
		return e, errors.New("not a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return e, err
	}
	known := false
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return e, err
		}
		member := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return e, err
		}
		switch kind := value.Kind(); {
		case member == "error" && (kind == 't' || kind == 'f'):
			e.failed, known = kind == 't', true
		case member == "reason" && kind == '"':
			if err := json.Unmarshal(value, &e.reason, lenient); err != nil {
				return e, err
			}
			known = true
		case member == "data":
			end := int(dec.InputOffset())
			e.data, known = jsontext.Value(body[end-len(value):end:end]), true
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return e, err
	}
	if err := expectEnd(dec); err != nil {
		return e, err
	}
	if !known {
		return e, errors.New("none of the members error, reason and data")
	}
	return e, nil
}

// jsonSpace is the white space of JSON.
const jsonSpace = " \t\r\n"

// usualEnvelope finds the members of a frame as the API writes it: error, which is false, reason, and data at the end. It
// looks at the ends of the body alone, so data is what stands in its place: when that is one JSON value, parseEnvelope finds
// the same members, and when it is not, only parseEnvelope can tell what the body is.
func usualEnvelope(body []byte) (e envelope, ok bool) {
	rest, ok := cutTokens(body, "{", `"error"`, ":", "false", ",", `"reason"`, ":", `"`)
	if !ok {
		return e, false
	}
	end := bytes.IndexByte(rest, '"')
	if end < 0 || bytes.ContainsFunc(rest[:end], func(r rune) bool { return r < ' ' || r == '\\' || r >= utf8.RuneSelf }) {
		return e, false
	}
	e.reason = string(rest[:end])
	if rest, ok = cutTokens(rest[end+1:], ",", `"data"`, ":"); !ok {
		return e, false
	}
	if rest, ok = bytes.CutSuffix(bytes.TrimRight(rest, jsonSpace), []byte("}")); !ok {
		return e, false
	}
	rest = bytes.Trim(rest, jsonSpace)
	e.data = jsontext.Value(rest[:len(rest):len(rest)])
	return e, len(rest) > 0
}

// cutTokens takes tokens off the beginning of a text, with the white space before each.
func cutTokens(text []byte, tokens ...string) (rest []byte, ok bool) {
	for _, token := range tokens {
		text = bytes.TrimLeft(text, jsonSpace)
		if len(text) < len(token) || string(text[:len(token)]) != token {
			return nil, false
		}
		text = text[len(token):]
	}
	return text, true
}

// dataMessage is the text that the API puts beside an error's reason, or empty.
func dataMessage(data jsontext.Value) string {
	var detail struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(data, &detail, lenient) != nil {
		return ""
	}
	return detail.Message
}

func expectEnd(dec *jsontext.Decoder) error {
	switch _, err := dec.ReadToken(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	default:
		return fmt.Errorf("text after the JSON value at byte %d", dec.InputOffset())
	}
}
