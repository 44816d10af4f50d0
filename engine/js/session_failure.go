package js

import (
	"context"
	"errors"
	"fmt"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/loop"
)

// unhandled is the failure of an entry that left a rejected promise without a handler.
func (s *session) unhandled() error {
	rejected := s.takeRejected()
	if len(rejected) == 0 {
		return nil
	}
	for _, p := range rejected[1:] {
		s.background(&rejection{value: p.Result(), unhandled: true})
	}
	return &rejection{value: rejected[0].Result(), unhandled: true}
}

// takeRejected takes the promises that were rejected and have no handler, up to that of the entry itself.
func (s *session) takeRejected() []*goja.Promise {
	var list []*goja.Promise
	for _, p := range s.run.rejected {
		if p != s.run.main {
			list = append(list, p)
		}
	}
	s.run.rejected = nil
	return list
}

// background reports a failure that is nobody's value: of a timer, or of a promise that an earlier entry left behind.
func (s *session) background(err error) {
	if err == nil {
		return
	}
	failure := s.run.failure(err)
	var e *engine.Error
	if errors.As(failure, &e) {
		_ = e.Format(s.vm.cfg.Stderr, false)
		return
	}
	_, _ = fmt.Fprintln(s.vm.cfg.Stderr, failure)
}

// failed makes the error of an entry out of the reason why it ended, and keeps the thrown value as _error.
func (s *session) failed(err error) error {
	var rejected *rejection
	var exception *goja.Exception
	var own *engine.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own): // of an import
		return own
	case s.run.ctx.Err() != nil || loop.IsUncatchable(err):
		s.run.rejected = nil
		return s.run.failure(err)
	case errors.As(err, &rejected):
		s.define("_error", rejected.value)
	case errors.As(err, &exception):
		s.define("_error", exception.Value())
	}
	for _, p := range s.takeRejected() {
		s.background(&rejection{value: p.Result(), unhandled: true})
	}
	return s.run.failure(err)
}

// restore makes the VM ready for the next entry after one that was stopped. Of that nothing is left: neither timers nor jobs.
func (s *session) restore(failure error) error {
	rt := s.vm.rt
	s.vm.reset()
	if s.vm.rt == rt {
		return failure
	}
	var e *engine.Error
	if errors.As(failure, &e) {
		e.Hint = joinHints(e.Hint, "the script engine could not go on: the session's variables are lost")
	}
	if err := s.prepare(); err != nil {
		return errors.Join(failure, err)
	}
	return failure
}

// stopped is the error of an entry whose context had ended before it began.
func (s *session) stopped(ctx context.Context, name string) error {
	s.run.ctx = ctx
	s.run.program.Rename(name)
	return s.run.failure(context.Cause(ctx))
}
