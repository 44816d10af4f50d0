package wire

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
)

// HelloMessage is the first message of a worker.
type HelloMessage struct {
	Protocol int
}

// ReadyMessage is the second: the worker has an engine, or why it has none.
type ReadyMessage struct {
	Error string `json:",omitempty"`
}

// RunMessage tells a worker what to run. Nothing in it opens Crisp's API.
type RunMessage struct {
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
	// FilesFull is why the script may write no files, or empty, and FilesHint what to do about it.
	FilesFull, FilesHint string `json:",omitempty"`
	// Memory bounds what the script's values take, in bytes.
	Memory int64
	// Prepare has the script compiled and not run, and DropResult its result dropped.
	Prepare, DropResult bool `json:",omitempty"`
	// Store and SharedStore tell which stores there are, and Events that there are events.
	Store, SharedStore, Events bool
	// Payload tells that the frame's body is the payload of an event, and Payloads that it is a list of payloads.
	Payload, Payloads bool `json:",omitempty"`
	// Compile is a source to compile in place of a run. The frame's body is its text.
	Compile *CompileMessage `json:",omitempty"`
}

// CompileMessage is an engine.Source. Its files are read where they are.
type CompileMessage struct {
	Name      string
	Language  engine.Language
	Root, Dir string
}

// CompiledMessage is what came of a source. The frame's body has the contents of its files, one behind the other.
type CompiledMessage struct {
	Files []File        `json:",omitempty"`
	Error *CompileError `json:",omitempty"`
}

// File is a file of a program.
type File struct {
	Name string
	Size int
}

// CompileError is an *engine.Error on its way, or with a Message alone another one.
type CompileError struct {
	Engine        bool
	Name, Message string
	Hint          string `json:",omitempty"`
	engine.Position
	SourceLine string `json:",omitempty"`
}

// CompileErrorOf returns an error in the form in which it travels.
func CompileErrorOf(err error) *CompileError {
	var e *engine.Error
	if !errors.As(err, &e) {
		return &CompileError{Message: Clip(err.Error(), MaxMessage)}
	}
	position := e.Position
	position.File = Clip(position.File, maxSourceLine)
	return &CompileError{
		Engine: true, Name: e.Name, Message: Clip(e.Message, MaxMessage), Hint: Clip(e.Hint, MaxMessage), Position: position,
		SourceLine: Clip(e.SourceLine, maxSourceLine),
	}
}

// Err returns the error as the worker had it.
func (e *CompileError) Err() error {
	if !e.Engine {
		return errors.New(e.Message)
	}
	return &engine.Error{
		Kind: engine.KindCompile, Name: e.Name, Message: e.Message, Hint: e.Hint, Position: e.Position, SourceLine: e.SourceLine,
	}
}

// StopMessage ends a run early.
type StopMessage struct {
	Reason  StopReason
	Message string
}

// StopReason is why a run is stopped.
type StopReason string

// The reasons of a StopMessage.
const (
	StopTimeout StopReason = "timeout"
	StopCancel  StopReason = "cancel"
)

// LineMessage is a line that the script printed or logged.
type LineMessage struct {
	Time    time.Time
	Level   string
	Message string
	Fields  map[string]any `json:",omitempty"`
	// Omitted is how many lines were left out before this one.
	Omitted int64 `json:",omitempty"`
}

// AnswerMessage answers a call of the API, of a store or about events. The frame's body is the data, or else what is given as JSON.
//
// The head of a call of the API is a *crisp.ForwardedCall, and the frame's body is the request's.
type AnswerMessage struct {
	Answer *crisp.ForwardedAnswer `json:",omitempty"`
	Error  *crisp.Error           `json:",omitempty"`
	// Refused is set beside Error when permissions or a gate of the host refused the call with an error of its own class.
	Refused *Refusal `json:",omitempty"`
}

// Refusal is an *engine.HostError on its way.
type Refusal struct {
	Name, Message string
	Hint          string            `json:",omitempty"`
	Fields        []engine.Constant `json:",omitempty"`
	Permission    bool              `json:",omitempty"` // that it is engine.ErrPermission
}

// RefusalOf returns the refusal that an error is, or nil.
func RefusalOf(err error) *Refusal {
	var host *engine.HostError
	if !errors.As(err, &host) {
		return nil
	}
	return &Refusal{
		Name: host.Name, Message: host.Message, Hint: host.Hint, Fields: host.Fields, Permission: errors.Is(host, engine.ErrPermission),
	}
}

// Err returns the error as the host had it. The function that gives it to the script names the call.
func (r *Refusal) Err() error {
	e := &engine.HostError{Name: r.Name, Message: r.Message, Hint: r.Hint, Fields: r.Fields}
	if r.Permission {
		e.Err = engine.ErrPermission
	}
	return e
}

// StoreMessage is a call of a store.
type StoreMessage struct {
	Shared bool `json:",omitempty"`
	Verb   string
	// Key is the prefix of a list.
	Key      string
	Value    []byte        `json:",omitempty"`
	Compare  bool          `json:",omitempty"`
	Expected []byte        `json:",omitempty"`
	Lifetime time.Duration `json:",omitempty"`
	By       float64       `json:",omitempty"`
	Limit    int           `json:",omitempty"`
}

// The verbs of a StoreMessage.
const (
	StoreGet       = "get"
	StoreSet       = "set"
	StoreDelete    = "delete"
	StoreList      = "list"
	StoreIncrement = "increment"
)

// EventsMessage is a call about events. Listening is a call that begins a stream, and calls that take what has come in it.
type EventsMessage struct {
	Verb string
	// Stream is the number of the stream: the answer to a listening call, as JSON.
	Stream uint64 `json:",omitempty"`
	// Website and Names are what to listen to. No names are all events.
	Website string   `json:",omitempty"`
	Names   []string `json:",omitempty"`
}

// The verbs of an EventsMessage. The answer to EventsNext is the events that wait, as JSON, as soon as there are any. EventsEnd has none.
const (
	EventsListen = "listen"
	EventsNext   = "next"
	EventsEnd    = "end"
)

// ReasonOverflow and ReasonEnded are eventqueue.ErrOverflow and eventqueue.ErrEnded on their way.
const (
	ReasonOverflow = "overflow"
	ReasonEnded    = "ended"
)

// ReasonNoNumber is bindings.ErrNoNumber on its way.
const ReasonNoNumber = "no_number"

// ResultMessage is the end of a run. The frame's body is the program's result as JSON.
type ResultMessage struct {
	Error *Error `json:",omitempty"`
	// Clean tells that nothing of the run is left in the worker.
	Clean bool
	// Compiled is the outcome of a Compile.
	Compiled *CompiledMessage `json:",omitempty"`
}

// Error is why a run failed, as package worker has it.
type Error struct {
	Kind         string
	Message      string
	Hint         string
	File         string
	Line, Column int
	SourceLine   string
	Trace        string
}

// KindWorker is the kind of an error that is not an engine's.
const KindWorker = "worker"
