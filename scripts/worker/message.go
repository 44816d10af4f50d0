//go:build unix

package worker

import (
	"net/http"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/state"
)

// readyMessage is the first message of a worker.
type readyMessage struct {
	Protocol int
}

// runMessage tells a worker what to run. Nothing in it opens Crisp's API.
type runMessage struct {
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
	// Hosts are what fetch may reach.
	Hosts []string
	// Files is the directory of the files module, or empty.
	Files string
	// Memory bounds what the script's values take, in bytes.
	Memory int64
	// Prepare has the script compiled and not run.
	Prepare bool `json:",omitempty"`
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

// apiMessage is a call of Crisp's API. The frame's body is the request's.
type apiMessage struct {
	Method string
	// URL is below the base that the run was told.
	URL    string
	Header http.Header
}

// answerMessage answers a call. The frame's body is that of the API's answer, or what a store gives as JSON.
type answerMessage struct {
	Status int         `json:",omitempty"`
	Header http.Header `json:",omitempty"`
	Error  *failure    `json:",omitempty"`
}

// failure is a *crisp.Error on its way.
type failure struct {
	Status     int
	Reason     string
	Message    string
	Attempts   int
	RetryAfter time.Duration
}

func (f *failure) err() *crisp.Error {
	return &crisp.Error{Status: f.Status, Reason: f.Reason, Message: f.Message, Attempts: f.Attempts, RetryAfter: f.RetryAfter}
}

// resultMessage is the end of a run.
type resultMessage struct {
	Error *state.RunError `json:",omitempty"`
	// Clean tells that nothing of the run is left in the worker.
	Clean bool
}
