// Package api has what the operations of the sandbox work with: checked requests, answers and refusals.
package api

import (
	"net/url"
	"strconv"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Request is a request that fits the description of its operation.
type Request struct {
	Sites  *store.Sites
	Site   *store.Site // nil for operations without a website
	Op     *spec.Operation
	Tier   spec.Tiers
	Origin string // scheme and host by which the client reached the sandbox
	Params map[string]string
	Query  url.Values
	body   jsontext.Value // nil when there is none
	Now    int64          // Unix milliseconds

	// Listened reports whether anybody hears the events. Without a listener none are made.
	Listened bool
	// Events are what the operation has caused so far, in order.
	Events []Event
}

// Handler runs one operation on a checked request.
type Handler func(*Request) (Answer, error)

// Decode puts the body into v, whose members keep their values where the body does not name them.
func (req *Request) Decode(v any) error {
	if req.body == nil {
		return nil
	}
	if err := json.Unmarshal(req.body, v); err != nil {
		return Invalid("data", "cannot be read: "+err.Error())
	}
	return nil
}

// SetBody gives a request that did not come over HTTP its body.
func (req *Request) SetBody(body jsontext.Value) { req.body = body }

// Flag reports whether a parameter of the query is 1.
func (req *Request) Flag(name string) bool { return req.Query.Get(name) == "1" }

// Integer is a checked number of the query or the path.
func Integer(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// Date is a moment in the query, in Unix milliseconds. Dates without a time of day and without a zone are taken as UTC.
func (req *Request) Date(name string) (at int64, given bool, err error) {
	text := req.Query.Get(name)
	if text == "" {
		return 0, false, nil
	}
	at, err = wire.ParseDate(text)
	if err != nil {
		return 0, false, Invalid("query."+name, "should match format \"date-time\"")
	}
	return at, true, nil
}
