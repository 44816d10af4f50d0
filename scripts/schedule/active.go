package schedule

import (
	"context"
	"sync"
)

// active are the host's runs in progress, and the queue's jobs that it works on.
type active struct {
	mu   sync.Mutex
	runs map[string]context.CancelCauseFunc
	jobs map[int64]bool
}

func (a *active) init() {
	a.runs, a.jobs = map[string]context.CancelCauseFunc{}, map[int64]bool{}
}

// job notes that a job is worked on until the returned function is called.
func (a *active) job(id int64) func() { return noted(a, a.jobs, id, true) }

// run notes that a run goes until the returned function is called.
func (a *active) run(id string, end context.CancelCauseFunc) func() { return noted(a, a.runs, id, end) }

// noted keeps an entry in one of the maps until the returned function is called.
func noted[K comparable, V any](a *active, entries map[K]V, key K, value V) func() {
	a.mu.Lock()
	defer a.mu.Unlock()
	entries[key] = value
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(entries, key)
	}
}

func (a *active) worksOn(job int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.jobs[job]
}

// goes reports whether a run goes on this host.
func (a *active) goes(run string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.runs[run] != nil
}

// end ends a run for a reason. The first reason counts.
func (a *active) end(id string, cause error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if end := a.runs[id]; end != nil {
		end(cause)
	}
}

func (a *active) endAll(cause error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, end := range a.runs {
		end(cause)
	}
}

func (a *active) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.runs)
}
