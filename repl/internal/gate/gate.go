// Package gate holds the shell's gates around host calls: they hold writes back while a plan is made, ask before calls that cannot
// be taken back, and count what was let pass.
package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/crisphost/crisphost/engine"
)

// Safety is which calls ask before they are made on a live website.
type Safety string

// The levels of safety.
const (
	// Deletes asks before calls that delete, and before those that reach a person outside the workspace.
	Deletes Safety = "deletes"
	// Writes asks before every call that changes something.
	Writes Safety = "writes"
	// Off never asks.
	Off Safety = "off"
)

// asksFor reports whether a level asks before an effect.
func (s Safety) asksFor(effect engine.Effect) bool {
	switch s {
	case Off:
		return false
	case Writes:
		return effect != engine.Read
	}
	return effect == engine.Delete || effect == engine.Send
}

// ErrDeclined is the error of a call that the person did not confirm.
var ErrDeclined = errors.New("not confirmed, so it was not sent")

// RefusedError is the reason of a call that was not made.
type RefusedError struct{ text string }

func (e *RefusedError) Error() string { return e.text }

// Gates decide about the host calls of a shell.
type Gates struct {
	// BaseURL is the address of the API, below which questions name paths.
	BaseURL string

	questions chan *Question

	mu    sync.Mutex
	level Safety
	live  bool
	// alone is set where nobody can answer.
	alone bool
	plan  *Plan
	// all is set when the person has said yes to all calls of the entry.
	all bool
	// changed and sent count the calls of the entry that change something and were let pass: all of them, and those that leave this
	// machine.
	changed, sent int
	// silent tells that the last call of the entry was one that answers nothing.
	silent bool
}

// New makes gates. Live is set where calls reach something real; nothing is asked elsewhere.
func New(live bool, level Safety) *Gates {
	return &Gates{questions: make(chan *Question), level: level, live: live}
}

// All returns the gates, the outermost first.
func (g *Gates) All() []engine.Gate { return []engine.Gate{g.hold, g.ask, g.count} }

// hold makes writes part of the plan, if there is one.
func (g *Gates) hold(next engine.Handler) engine.Handler {
	return func(ctx context.Context, c *engine.HostCall) (any, error) {
		g.mu.Lock()
		plan := g.plan
		g.mu.Unlock()
		if plan == nil || c.Effect == engine.Read || c.Redirected {
			return next(ctx, c)
		}
		return plan.take(ctx, c, g.BaseURL)
	}
}

// ask asks the person about calls that cannot be taken back.
func (g *Gates) ask(next engine.Handler) engine.Handler {
	return func(ctx context.Context, c *engine.HostCall) (any, error) {
		if err := g.confirm(ctx, c); err != nil {
			return nil, err
		}
		return next(ctx, c)
	}
}

// count counts the calls that change something, and looks at what the last one answers.
func (g *Gates) count(next engine.Handler) engine.Handler {
	return func(ctx context.Context, c *engine.HostCall) (any, error) {
		g.mu.Lock()
		g.silent = !c.HasResult()
		if c.Effect != engine.Read && !c.Redirected {
			g.changed++
			if !isLocal(c) {
				g.sent++
			}
		}
		g.mu.Unlock()
		return next(ctx, c)
	}
}

// isLocal reports whether a call changes something on this machine only. Nothing asks before that.
func isLocal(c *engine.HostCall) bool {
	return slices.Contains([]string{"files", "store"}, c.Module()) || c.Permission == "files" // csv.writer
}

// Question is a call that waits for the person.
type Question struct {
	Request Request

	ctx    context.Context
	answer chan error
}

// Ended returns why nobody waits for the answer any more, or nil.
func (q *Question) Ended() error { return q.ctx.Err() }

// Answer answers the question: nil lets the call pass. It is called once.
func (q *Question) Answer(err error) { q.answer <- err }

// Questions are those that wait, one at a time.
func (g *Gates) Questions() <-chan *Question { return g.questions }

// confirm asks about a call where that is needed.
func (g *Gates) confirm(ctx context.Context, c *engine.HostCall) error {
	g.mu.Lock()
	needed, alone := g.live && !g.all && g.level.asksFor(c.Effect), g.alone
	g.mu.Unlock()
	// A request that follows a redirect belongs to the one that was confirmed.
	if !needed || c.Redirected || isLocal(c) {
		return nil
	}
	request, err := describe(c, g.BaseURL)
	if err != nil {
		return err
	}
	if alone {
		return &RefusedError{fmt.Sprintf("%s is not made: nobody is there to confirm it. Add --yes to allow calls that %s", request.Title(), c.Effect)}
	}
	q := &Question{Request: request, ctx: ctx, answer: make(chan error, 1)}
	select { // the terminal takes one question at a time
	case g.questions <- q:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-q.answer:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Hold makes further calls part of a plan. Nil ends that.
func (g *Gates) Hold(p *Plan) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.plan = p
}

// Begin starts a new entry: consent for the entry before it has ended.
func (g *Gates) Begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all, g.changed, g.sent, g.silent = false, 0, 0, false
}

// Changed reports whether the entry has changed something.
func (g *Gates) Changed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changed > 0
}

// Silent reports whether the last call of the entry was one that answers nothing.
func (g *Gates) Silent() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.silent
}

// Sent returns how many calls of the entry that change something left this machine.
func (g *Gates) Sent() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sent
}

// SetLevel sets which calls ask.
func (g *Gates) SetLevel(level Safety) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.level = level
}

// Level returns which calls ask, and whether there is something real to ask about.
func (g *Gates) Level() (level Safety, live bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.level, g.live
}

// Consent lets all further calls of the entry pass.
func (g *Gates) Consent() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all = true
}

// Consented reports whether Consent was called in this entry.
func (g *Gates) Consented() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.all
}

// Unattended tells the gates that nobody can answer.
func (g *Gates) Unattended() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.alone = true
}
