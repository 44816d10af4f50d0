package crisp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// lenient reads what Crisp's JavaScript servers may write: texts that were cut inside a surrogate pair, repeated names.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// Response is the unwrapped envelope of a successful call.
type Response struct {
	// Status is the HTTP status, 200 to 299.
	Status int
	Header http.Header
	// Reason is the envelope's word, for example "listed", or empty when there is none.
	Reason string
	// Data is the envelope's data member as it came, or nil when there is none. It must not be changed.
	Data jsontext.Value
	// Attempts is the number of requests that were sent, at least 1.
	Attempts int

	operation string
	client    *Client
}

// Decode stores Data in the value that v points to, with go-json-experiment/json. Without data, or with data of another
// shape, it answers an [*Error] whose Reason is ReasonInvalidResponse.
func (r *Response) Decode(v any) error {
	if r.Data == nil {
		return r.invalid(errors.New("the answer carries no data"))
	}
	if err := json.Unmarshal(r.Data, v, lenient); err != nil {
		return r.invalid(err)
	}
	return nil
}

func (r *Response) invalid(err error) *Error {
	return &Error{
		Status: r.Status, Reason: ReasonInvalidResponse, Operation: r.operation, Attempts: r.Attempts,
		Message: r.client.clip(err.Error(), maxMessage), Err: err,
	}
}

// More reports whether the answer is one batch of several and older items exist (status 206).
func (r *Response) More() bool { return r.Status == http.StatusPartialContent }

// errTooLarge is what readBody answers for a body over the limit.
var errTooLarge = errors.New("body over the limit")

// readBody reads a body of length bytes (-1 unknown) and stops at limit.
func readBody(body io.Reader, length, limit int64) ([]byte, error) {
	if length > limit {
		return nil, errTooLarge
	}
	// A length is a claim: believe it up to a point, and grow from there.
	const believed = 4 << 20
	if length >= 0 && length <= believed {
		b := make([]byte, length)
		if _, err := io.ReadFull(body, b); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		return b, nil
	}
	var b bytes.Buffer
	b.Grow(64 << 10)
	n, err := b.ReadFrom(io.LimitReader(body, limit+1))
	switch {
	case err != nil:
		return nil, err
	case n > limit:
		return nil, errTooLarge
	case length >= 0 && n < length:
		return nil, io.ErrUnexpectedEOF
	}
	return b.Bytes(), nil
}

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
