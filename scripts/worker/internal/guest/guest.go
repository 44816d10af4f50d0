//go:build unix

package guest

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// guest is the worker's side of a process: it runs scripts one after the other.
type guest struct {
	link   *wire.Link
	engine *engine.Engine
	// goroutines is how many there are between two runs, and base the memory of a process that has run nothing.
	goroutines int
	base       int64
	compilers  []compilers
	// bounded tells that the kernel knows the bound of memory.
	bounded bool
	// slots bounds the calls under way.
	slots chan struct{}

	mu sync.Mutex
	// stop ends the run under way, whose number is running.
	stop    context.CancelCauseFunc
	running uint64
	// answers are what calls wait for, by number.
	answers map[uint64]chan *wire.Frame
}

// guestRun is a run in a worker.
type guestRun struct {
	*guest
	// id is the number of its frames, and calls counts its calls.
	id    uint64
	calls atomic.Uint32
	log   flow
	// listening are the streams of events, which must not send anything once the run has ended.
	listening sync.WaitGroup
}

func newGuest(l *wire.Link, eng *engine.Engine) *guest {
	return &guest{link: l, engine: eng, slots: make(chan struct{}, wire.MaxCalls), answers: make(map[uint64]chan *wire.Frame)}
}

// serve runs what the host sends until the connection ends.
func (g *guest) serve() error {
	if err := g.link.Send(wire.FrameReady, 0, wire.ReadyMessage{}, nil); err != nil {
		return err
	}
	runs := make(chan *wire.Frame)
	go g.work(runs)
	for {
		f, err := g.link.Receive(nil)
		if err != nil {
			return err
		}
		switch f.Kind {
		case wire.FrameRun, wire.FrameWarm:
			runs <- f
		case wire.FrameStop:
			var m wire.StopMessage
			if err := f.Decode(&m); err != nil {
				return err
			}
			g.halt(f.ID, &m)
		case wire.FrameAnswer:
			g.mu.Lock()
			waiter := g.answers[f.ID]
			delete(g.answers, f.ID)
			g.mu.Unlock()
			if waiter != nil {
				waiter <- f // it has room for one
			}
		default:
			return errors.New("the host sent a message that only workers send")
		}
	}
}

// restAfter is how long after its last run a worker that waits gives back the memory that it does not need.
const restAfter = 3 * time.Second

// work does the runs.
func (g *guest) work(runs <-chan *wire.Frame) {
	g.goroutines = runtime.NumGoroutine()
	_, g.base = newMemoryUse().read()
	rest := time.NewTimer(restAfter)
	for {
		select {
		case f := <-runs:
			g.handle(f)
			rest.Reset(restAfter)
		case <-rest.C:
			debug.FreeOSMemory()
		}
	}
}

// handle does what a frame asks for.
func (g *guest) handle(f *wire.Frame) {
	if f.Kind == wire.FrameWarm {
		g.warm()
		return
	}
	var m wire.RunMessage
	if err := f.Decode(&m); err != nil {
		g.fail(err)
	}
	r := &guestRun{guest: g, id: f.ID}
	r.log.send = func(m wire.LineMessage) error { return g.link.Send(wire.FrameLine, r.id, m, nil) }
	do := r.run
	if m.Compile != nil {
		do = r.compileOnly
	}
	result, end := do(&m, f.Body)
	if err := g.link.Send(wire.FrameResult, f.ID, end, result); err != nil {
		g.fail(err)
	}
}

// fail ends the process, which says all to the host.
func (g *guest) fail(err error) {
	_, _ = os.Stderr.WriteString("worker: " + err.Error() + "\n")
	os.Exit(exitBroken)
}

// errStopped is why the host ends a run.
type errStopped struct {
	reason  wire.StopReason
	message string
}

func (e *errStopped) Error() string { return e.message }

func (g *guest) halt(run uint64, m *wire.StopMessage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stop != nil && g.running == run {
		g.stop(&errStopped{reason: m.Reason, message: m.Message})
	}
}

func (g *guest) begin(run uint64, stop context.CancelCauseFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stop, g.running = stop, run
}

func (g *guest) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stop = nil
}

// ask sends a call to the host and waits for its answer.
func (g *guestRun) ask(ctx context.Context, kind wire.FrameKind, head any, body []byte) (*wire.AnswerMessage, []byte, error) {
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	answer := make(chan *wire.Frame, 1)
	id := g.id | uint64(g.calls.Add(1))
	g.mu.Lock()
	g.answers[id] = answer
	g.mu.Unlock()
	forget := func() {
		g.mu.Lock()
		delete(g.answers, id)
		g.mu.Unlock()
	}
	if err := g.link.Send(kind, id, head, body); err != nil {
		forget()
		var large *wire.SizeError
		if errors.As(err, &large) {
			err = &crisp.Error{Reason: crisp.ReasonInvalidRequest, Message: err.Error()}
		}
		return nil, nil, err
	}
	select {
	case f := <-answer:
		var m wire.AnswerMessage
		if err := f.Decode(&m); err != nil {
			return nil, nil, err
		}
		return &m, f.Body, nil
	case <-ctx.Done():
		forget()
		_ = g.link.Send(wire.FrameGiveUp, id, nil, nil) // the host may be gone
		return nil, nil, context.Cause(ctx)
	}
}

// aliveEvery is how often a worker says that it works. The host allows much more.
const aliveEvery = time.Second

// sayAlive tells the host once in a while that the process works, until the returned function is called.
func (g *guest) sayAlive() (end func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(aliveEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if g.link.Send(wire.FrameAlive, 0, nil, nil) != nil {
					return // the reader will notice
				}
			case <-done:
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
