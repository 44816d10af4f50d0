package hooks

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Headers of a delivery.
const (
	SignatureHeader = "X-Crisp-Signature"
	TimestampHeader = "X-Crisp-Request-Timestamp"
	OriginHeader    = "X-Crisp-Hook-Origin"
	AttemptHeader   = "X-Delivery-Attempt-Count"
	AttemptsHeader  = "X-Delivery-Attempt-Limit"
)

// Delivery is an event that a web hook brought.
type Delivery struct {
	crisp.Event
	// Known reports whether spec.FindEvent knows the event. Others are delivered as well.
	Known bool
	// Signed reports whether the body was signed, as hooks of plugins are. A secret in the URL let the others in.
	Signed bool
	// Origin is what the sender calls itself, for example "plugin/rtm 4f1c production".
	Origin string
	// Attempt counts the deliveries of this event from 1, and Attempts is how many there may be. They are 0 when the sender
	// does not tell.
	Attempt, Attempts int
}

// envelope is the body of a hook.
type envelope struct {
	WebsiteID string         `json:"website_id"`
	Event     string         `json:"event"`
	Data      jsontext.Value `json:"data"`
	Timestamp jsontext.Value `json:"timestamp"`
}

// parse reads the body of a request, which nobody has verified yet.
func parse(r *http.Request, body []byte) (*Delivery, error) {
	// JSON.stringify writes a surrogate that stands alone as \ud800.
	lone := jsontext.AllowInvalidUTF8(true)
	var e envelope
	if err := json.Unmarshal(body, &e, lone); err != nil {
		return nil, errors.New("the body is not the JSON of a hook")
	}
	switch {
	case e.WebsiteID == "":
		return nil, errors.New("the body has no website_id")
	case e.Event == "":
		return nil, errors.New("the body has no event")
	case e.Data.Kind() != '{':
		return nil, errors.New("the body has no object data")
	}
	at, err := parseTime(e.Timestamp)
	if err != nil {
		return nil, err
	}
	// A secret of one website must not tell of another.
	var payload struct {
		WebsiteID jsontext.Value `json:"website_id"`
	}
	if err := json.Unmarshal(e.Data, &payload, lone); err != nil {
		return nil, errors.New("the body is not the JSON of a hook")
	}
	if payload.WebsiteID != nil {
		var website string
		if err := json.Unmarshal(payload.WebsiteID, &website, lone); err != nil || website != e.WebsiteID {
			return nil, errors.New("data is of another website")
		}
	}
	return &Delivery{
		Event:  crisp.Event{Name: e.Event, WebsiteID: e.WebsiteID, Data: []byte(e.Data), Time: at},
		Known:  spec.FindEvent(e.Event) != nil,
		Origin: r.Header.Get(OriginHeader), Attempt: count(r, AttemptHeader), Attempts: count(r, AttemptsHeader),
	}, nil
}

// parseTime reads Unix milliseconds. A hook without a time happened now.
func parseTime(text jsontext.Value) (time.Time, error) {
	if text == nil {
		return time.Now(), nil
	}
	const year9999 = 253402300799999
	ms, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !(ms >= 0 && ms <= year9999) {
		return time.Time{}, errors.New("timestamp is not Unix milliseconds")
	}
	return time.UnixMilli(int64(math.Round(ms))), nil
}

// count reads a header that counts, or returns 0.
func count(r *http.Request, name string) int {
	n, err := strconv.Atoi(r.Header.Get(name))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
