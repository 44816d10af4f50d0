package js

import (
	"context"
	"errors"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/loop"
)

// maxCalls is how many host calls of a run are under way at the same time. Further ones wait for their turn.
const maxCalls = 256

// maxTurn is how many tasks run before the timers get their turn.
const maxTurn = 1000

// run is one execution of a program: its event loop and all that is pending.
//
// A task is whatever enters the VM from the loop: the program itself, the outcome of a host call, a timer. goja empties the
// queue of promise jobs at the end of each.
type run struct {
	vm      *vm
	program *bundle.Program
	ctx     context.Context
	// stoppedAt are the calls in which a host function failed because the run has to stop.
	stoppedAt []goja.StackFrame
	started   time.Time

	// main is the promise of the top level, or nil if that awaits nothing.
	main *goja.Promise
	// result is the default export.
	result goja.Value
	// exports has a getter for each export, or is the module.exports of a CommonJS file, or nil.
	exports goja.Value
	// pending counts the operations under way whose outcome will be posted.
	pending int
	// calling and waiting are the host calls under way and those that wait for their turn.
	calling int
	waiting []*operation
	timers  loop.Timers
	// rejected are the promises that were rejected and have no handler yet, in order.
	rejected []*goja.Promise
	awaits   awaitRing

	loop.Queue
}

func newRun(ctx context.Context, v *vm, p *bundle.Program) *run {
	return &run{vm: v, program: p, ctx: ctx, started: time.Now(), Queue: loop.NewQueue()}
}

// execute runs the program to its end.
func (r *run) execute(finish func(*run) (any, error)) (any, error) {
	var result any
	err := r.vm.protect(func() error {
		if err := loop.Unwind(r.vm.rt, r.start); err != nil {
			return err
		}
		if err := r.loop(); err != nil {
			return err
		}
		return loop.Unwind(r.vm.rt, func() (err error) {
			result, err = finish(r)
			return err
		})
	})
	if err != nil {
		err = r.failure(err)
	}
	return result, err
}

// start evaluates the program up to its first await.
func (r *run) start() error {
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	rt := r.vm.rt
	r.vm.additions.Install(r.program.Builtins)
	value, err := rt.RunProgram(r.program.Code)
	if err != nil {
		return err
	}
	main, ok := goja.AssertFunction(value)
	if !ok {
		return errors.New("the compiled program is not a function")
	}
	takeResult := rt.ToValue(func(call goja.FunctionCall) goja.Value {
		r.result, r.exports = call.Argument(0), call.Argument(1)
		return goja.Undefined()
	})
	result, err := main(goja.Undefined(), rt.ToValue(r.vm.loadModule), takeResult, r.vm.importMeta())
	if err != nil {
		return err
	}
	r.main = promiseOf(result) // nil of a program that awaits nothing
	return r.check()
}

// loop runs tasks until nothing is pending.
func (r *run) loop() error {
	for {
		if err := r.ctx.Err(); err != nil {
			return context.Cause(r.ctx)
		}
		progress, wait, err := r.turn(r.task)
		switch {
		case err != nil:
			return err
		case progress:
		case !r.waits():
			return r.idle()
		default:
			r.Sleep(r.ctx, wait)
		}
	}
}

// task runs one task and looks at what it left behind.
func (r *run) task(f func() error) error {
	if err := loop.Unwind(r.vm.rt, f); err != nil {
		return err
	}
	return r.check()
}

// check fails the run when the program or a promise that nobody watches was rejected.
func (r *run) check() error {
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	if r.main != nil && r.main.State() == goja.PromiseStateRejected {
		return &rejection{value: r.main.Result()}
	}
	if len(r.rejected) > 0 {
		return &rejection{value: r.rejected[0].Result(), unhandled: true}
	}
	return nil
}

// turn passes what has been posted and the timers that are due to task, which runs them. The first error of task ends the turn; what has
// not run by then waits for the next one.
func (r *run) turn(task func(func() error) error) (progress bool, wait time.Duration, err error) {
	for range maxTurn {
		f := r.Next()
		if f == nil {
			break
		}
		progress = true
		if err := task(f); err != nil {
			return true, 0, err
		}
	}
	due, wait := r.timers.Due(time.Now())
	for i, t := range due {
		if err := task(t.Fire); err != nil {
			r.timers.PutBack(due[i+1:])
			return true, 0, err
		}
	}
	return progress || len(due) > 0, wait, nil
}

// waits reports whether something will happen by itself.
func (r *run) waits() bool { return r.pending > 0 || r.timers.Holding() }

// idle is the loop's end: nothing is pending any more.
func (r *run) idle() error {
	if r.main != nil && r.main.State() == goja.PromiseStatePending {
		return errStuck
	}
	return nil
}

// errStuck is the end of a program that awaits something which cannot happen any more.
var errStuck = errors.New("the script waits for a promise that nothing will resolve")

// rejection is a promise's rejection as the reason why a run ended.
type rejection struct {
	value     goja.Value
	unhandled bool
}

func (e *rejection) Error() string { return "rejected: " + e.value.String() }

// operation runs beside the loop: perform on a goroutine of its own, and outcome, which ends it, on the VM's.
type operation struct {
	run     *run
	ctx     context.Context
	perform func(ctx context.Context)
	outcome func() error
	// goroutine and arrive are methods of the operation as functions.
	goroutine func()
	arrive    func() error
}

func newOperation(perform func(context.Context), outcome func() error) *operation {
	o := &operation{perform: perform, outcome: outcome}
	o.goroutine, o.arrive = o.performed, o.arrived
	return o
}

// begin starts an operation on a goroutine of its own. Its outcome, called on the VM's goroutine, ends it.
func (r *run) begin(f func(ctx context.Context) (outcome func() error)) {
	var outcome func() error
	r.launch(newOperation(func(ctx context.Context) { outcome = f(ctx) }, func() error { return outcome() }))
}

// launch starts an operation. Of host calls, only maxCalls are under way at the same time.
func (r *run) launch(o *operation) {
	r.pending++
	o.run = r
	if r.calling >= maxCalls {
		r.waiting = append(r.waiting, o)
		return
	}
	o.start()
}

func (o *operation) start() {
	o.run.calling++
	o.ctx = o.run.ctx // a session has one for each entry
	o.run.vm.calls.Add(1)
	o.run.vm.alive.Add(1)
	go o.goroutine()
}

func (o *operation) performed() {
	defer o.run.vm.calls.Done()
	defer o.run.vm.alive.Add(-1)
	o.perform(o.ctx)
	o.run.Post(o.arrive)
}

func (o *operation) arrived() error {
	r := o.run
	r.pending--
	r.calling--
	if len(r.waiting) > 0 {
		next := r.waiting[0]
		r.waiting = r.waiting[1:]
		next.start()
	}
	if r.abandoned(o.ctx) {
		return nil // who waits for it was stopped, and must not go on
	}
	return o.outcome()
}

// abandoned reports whether nobody may go on with the outcome of what began with a context. A living instance goes on as long as
// it can be called.
func (r *run) abandoned(ctx context.Context) bool {
	if r.vm.instance.run == r {
		ctx = r.ctx
	}
	return ctx.Err() != nil
}

// trackRejection keeps the list of rejected promises without a handler.
func (v *vm) trackRejection(p *goja.Promise, operation goja.PromiseRejectionOperation) {
	r := v.run
	if r == nil {
		return
	}
	if operation == goja.PromiseRejectionReject {
		r.rejected = append(r.rejected, p)
		return
	}
	for i, other := range r.rejected {
		if other == p {
			r.rejected = append(r.rejected[:i], r.rejected[i+1:]...)
			return
		}
	}
}

// awaitRing remembers where the program began to wait last, so that a program which waits for ever can be shown the place.
type awaitRing struct {
	records [8]awaitRecord
	// begun counts the waits; the records of the last ones are at their numbers.
	begun uint64
}

type awaitRecord struct {
	number  uint64
	frames  []goja.StackFrame
	resumed bool
}

func (a *awaitRing) at(number uint64) *awaitRecord { return &a.records[number%uint64(len(a.records))] }

// awaitTracker is told by goja of every reaction that is added to a promise and of its end.
type awaitTracker struct{ vm *vm }

func (t awaitTracker) Grab() any {
	r := t.vm.run
	if r == nil {
		return nil
	}
	r.awaits.begun++
	record := r.awaits.at(r.awaits.begun)
	record.number, record.resumed = r.awaits.begun, false
	record.frames = t.vm.rt.CaptureCallStack(2, record.frames[:0:cap(record.frames)])
	return record.number
}

func (t awaitTracker) Resumed(x any) {
	number, ok := x.(uint64)
	if r := t.vm.run; ok && r != nil {
		if record := r.awaits.at(number); record.number == number {
			record.resumed = true
		}
	}
}

func (t awaitTracker) Exited() {}

// waitsAt is where the program waits, as far as the ring knows.
func (r *run) waitsAt() (engine.Position, *bundle.SourceFile, bool) {
	for i := range min(r.awaits.begun, uint64(len(r.awaits.records))) {
		record := r.awaits.at(r.awaits.begun - i)
		if record.resumed {
			continue
		}
		for _, frame := range record.frames {
			if at, f, ok := r.program.FramePosition(frame); ok {
				return at, f, true
			}
		}
	}
	return engine.Position{}, nil, false
}
