//go:build unix

package worker

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
)

// helloMessage is the first message of a worker.
type helloMessage struct {
	Protocol int
}

// readyMessage is the second: the worker has an engine, or why it has none.
type readyMessage struct {
	Error string `json:",omitempty"`
}

// runMessage tells a worker what to run. Nothing in it opens Crisp's API.
type runMessage struct {
	Script, Run string
	// Root holds the script's files, and Entry is the one to run, with slashes.
	Root, Entry string
	Language    engine.Language
	Args        []string
	// Env are the variables that the script may read.
	Env map[string]string
	// BaseURL and Tier are what errors and addresses show; the host has the credentials. An empty BaseURL is no connection.
	BaseURL   string
	Tier      spec.Tiers
	WebsiteID string
	// Permissions are what the script may do, for engine.Vocabulary.Decode. Null is everything but what has to be named.
	Permissions json.RawMessage
	// Files is the directory of the files module, or empty.
	Files string
	// Memory bounds what the script's values take, in bytes.
	Memory int64
	// Prepare has the script compiled and not run, and DropResult its result dropped.
	Prepare, DropResult bool `json:",omitempty"`
	// Store and SharedStore tell which stores there are.
	Store, SharedStore bool
}

// stopMessage ends a run early.
type stopMessage struct {
	Reason  stopReason
	Message string
}

// stopReason is why a run is stopped.
type stopReason string

const (
	stopTimeout stopReason = "timeout"
	stopCancel  stopReason = "cancel"
)

// lineMessage is a line that the script printed or logged.
type lineMessage struct {
	Time    time.Time
	Level   string
	Message string
	Fields  map[string]any `json:",omitempty"`
}

// answerMessage answers a call of the API or of a store. The frame's body is the data, or what a store gives as JSON.
//
// The head of a call of the API is a *crisp.ForwardedCall, and the frame's body is the request's.
type answerMessage struct {
	Answer *crisp.ForwardedAnswer `json:",omitempty"`
	Error  *crisp.Error           `json:",omitempty"`
	// Refused is set beside Error when permissions or a gate of the host refused the call with an error of its own class.
	Refused *refusal `json:",omitempty"`
}

// refusal is an *engine.HostError on its way.
type refusal struct {
	Name, Message string
	Hint          string            `json:",omitempty"`
	Fields        []engine.Constant `json:",omitempty"`
	Permission    bool              `json:",omitempty"` // that it is engine.ErrPermission
}

// refusalOf returns the refusal that an error is, or nil.
func refusalOf(err error) *refusal {
	var host *engine.HostError
	if !errors.As(err, &host) {
		return nil
	}
	return &refusal{
		Name: host.Name, Message: host.Message, Hint: host.Hint, Fields: host.Fields, Permission: errors.Is(host, engine.ErrPermission),
	}
}

// err is the error as the host had it. The function that gives it to the script names the call.
func (r *refusal) err() error {
	e := &engine.HostError{Name: r.Name, Message: r.Message, Hint: r.Hint, Fields: r.Fields}
	if r.Permission {
		e.Err = engine.ErrPermission
	}
	return e
}

// resultMessage is the end of a run. The frame's body is the program's result as JSON.
type resultMessage struct {
	Error *Error `json:",omitempty"`
	// Clean tells that nothing of the run is left in the worker.
	Clean bool
}
