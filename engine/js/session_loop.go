package js

import (
	"context"
	"errors"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/loop"
)

// call runs a compiled function and waits for its promise. Take gets what it passes to paramResult.
func (s *session) call(code *goja.Program, take func(goja.Value), more ...goja.Value) error {
	r, rt := s.run, s.vm.rt
	value, err := rt.RunProgram(code)
	if err != nil {
		return err
	}
	main, ok := goja.AssertFunction(value)
	if !ok {
		return errors.New("the compiled entry is not a function")
	}
	result := rt.ToValue(func(call goja.FunctionCall) goja.Value {
		take(call.Argument(0))
		return goja.Undefined()
	})
	arguments := append([]goja.Value{rt.ToValue(s.vm.loadModule), result, s.vm.entryMeta(r.program)}, more...)
	promise, err := main(goja.Undefined(), arguments...)
	if err != nil {
		return err
	}
	if r.main, ok = promise.Export().(*goja.Promise); !ok {
		return errors.New("the compiled entry gave no promise")
	}
	return s.settle()
}

// settle runs the event loop until the entry's own promise is settled.
func (s *session) settle() error {
	r := s.run
	for {
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		switch r.main.State() {
		case goja.PromiseStateFulfilled:
			return nil
		case goja.PromiseStateRejected:
			return &rejection{value: r.main.Result()}
		}
		progress, wait, err := s.run.turn(s.task)
		if err != nil {
			if loop.IsUncatchable(err) || r.ctx.Err() != nil {
				return err
			}
			s.background(err)
		}
		if progress {
			continue
		}
		if !r.waits() {
			return errStuck
		}
		r.Sleep(r.ctx, wait)
	}
}

// runsJobs reports whether goja still runs the jobs of promises. A getter that throws while a value is awaited brings its stack out of order.
func (s *session) runsJobs() bool {
	rt := s.vm.rt
	promise, resolve, _ := rt.NewPromise()
	then, ok := goja.AssertFunction(rt.ToValue(promise).ToObject(rt).Get("then"))
	if !ok {
		return true // the script has taken it away
	}
	ran := false
	job := rt.ToValue(func(goja.FunctionCall) goja.Value {
		ran = true
		return goja.Undefined()
	})
	if _, err := then(rt.ToValue(promise), job); err != nil {
		return true
	}
	_ = resolve(goja.Undefined())
	return ran
}

// task runs one task. What it throws is its error; an interrupt passes.
func (s *session) task(f func() error) (err error) {
	if exception := s.vm.rt.Try(func() { err = f() }); exception != nil {
		return exception
	}
	return err
}

// drain runs what came in since the last entry. Its failures are not the next entry's.
func (s *session) drain() error {
	const enough = 100 // of timers that start each other
	for range enough {
		progress, _, err := s.run.turn(s.task)
		if loop.IsUncatchable(err) {
			return err
		}
		s.background(err)
		if !progress {
			break
		}
	}
	for _, p := range s.takeRejected() {
		s.background(&rejection{value: p.Result(), unhandled: true})
	}
	return nil
}
