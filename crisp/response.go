package crisp

import (
	"errors"
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

var errNoData = errors.New("the answer carries no data")

// Decode stores Data in the value that v points to, with go-json-experiment/json. Without data, or with data of another
// shape, it answers an [*Error] whose Reason is ReasonInvalidResponse.
func (r *Response) Decode(v any) error {
	if r.Data == nil {
		return r.invalid(errNoData)
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
