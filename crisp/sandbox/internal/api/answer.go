package api

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Answer is what an operation gives back. Status and reason are those of the operation unless they are set.
type Answer struct {
	Status int
	Reason string
	Failed bool
	// Data is the member of the envelope: a value, or the items of an array, or an empty object when both are nil.
	Data  jsontext.Value
	Items []jsontext.Value
}

// Listed answers with an array.
func Listed(items []jsontext.Value) Answer {
	if items == nil {
		items = []jsontext.Value{}
	}
	return Answer{Items: items}
}

// Error is a refusal.
type Error struct {
	Status  int
	Reason  string
	Message string
	// Namespace says which part of a request is wrong.
	Namespace string
	// RetryAfter is in seconds. That Crisp sends the header is not established; many clients read it.
	RetryAfter int
	Allow      []string
}

// Error returns the reason and the message.
func (e *Error) Error() string { return e.Reason + ": " + e.Message }

// NotFound is for a thing below a website. The status is sure, the word is the only one seen for it.
func NotFound(what, id string) error {
	return &Error{Status: http.StatusNotFound, Reason: "not_found", Message: what + " " + id + " does not exist"}
}

// NotAllowed is for a request that is well-formed and cannot be fulfilled as things are; a guess.
func NotAllowed(message string) error {
	return &Error{Status: http.StatusForbidden, Reason: "not_allowed", Message: message}
}

// Invalid is for a value that the schema does not take; where is the path of the value, as in "data.user.type".
func Invalid(where, problem string) error {
	return &Error{
		Status: http.StatusBadRequest, Reason: "invalid_data", Namespace: strings.SplitN(where, ".", 2)[0],
		Message: where + " " + problem,
	}
}
