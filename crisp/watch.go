package crisp

import "time"

// Watcher is told how calls go, for programs that show people what they wait for. Its functions may be nil, are called from the goroutines
// of the calls, and must return soon.
type Watcher struct {
	// Call is told that a call has begun, with its name in scripts ("crisp.people.list") or its operation, and returns what is called when the call has ended.
	Call func(call string) (ended func())
	// Wait is told that a call will wait, why ("after 423 quota_limit_exceeded"), and for how long.
	Wait func(call, why string, d time.Duration)
}

// WithWatcher sets what is told how calls go.
func WithWatcher(w Watcher) Option { return func(c *config) { c.watcher = w } }

// name is how a Watcher knows a call.
func (x *outgoing) name() string {
	if x.op != nil && x.op.Call != "" {
		return "crisp." + x.op.Call
	}
	return x.operation
}

// begins tells that a call begins, and returns what tells its end.
func (w *Watcher) begins(operation string) (ended func()) {
	if w.Call == nil {
		return func() {}
	}
	return w.Call(operation)
}

func (w *Watcher) waits(operation, why string, d time.Duration) {
	if w.Wait != nil && d > 0 {
		w.Wait(operation, why, d)
	}
}
