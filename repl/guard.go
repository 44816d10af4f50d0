package repl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/repl/internal/paint"
	"github.com/crisphost/crisphost/repl/internal/render"
)

// Safety tells which calls ask before they are made on a live website.
type Safety string

// The levels of safety.
const (
	// SafetyDeletes asks before calls that delete, and before those that reach a person outside the workspace.
	SafetyDeletes Safety = "deletes"
	// SafetyWrites asks before every call that changes something.
	SafetyWrites Safety = "writes"
	// SafetyOff never asks.
	SafetyOff Safety = "off"
)

// attemptTimeout bounds an attempt once it was decided on; it is what package crisp uses by default.
const attemptTimeout = 30 * time.Second

// Guard stands between the client and the network: it asks before calls that cannot be taken back, counts the answers, and
// holds calls back while .plan looks what an expression would do. Make the client with its Transport, and give the guard to the
// shell.
type Guard struct {
	progress progress
	asks     chan ask

	mu    sync.Mutex
	level Safety
	live  bool
	alone bool
	plan  *plan
	asYes bool
	// writes counts the calls of the entry that change something and were let pass.
	writes int
	// cut ends when what runs now is interrupted.
	cut context.Context
}

// ask is a question that waits for the terminal.
type ask struct {
	ctx    context.Context
	call   *policy.Call
	answer chan error
}

// NewGuard makes a guard. live tells that calls reach a real website; on any other nothing is asked.
func NewGuard(live bool, level Safety) *Guard {
	return &Guard{asks: make(chan ask), level: level, live: live}
}

// Transport puts the guard around a transport, for crisp.WithTransport. Its BaseURL must be set before the first request. The
// client must be made with a crisp.WithTimeout that leaves a person the time to think; the guard bounds the attempts itself.
func (g *Guard) Transport(base http.RoundTripper) *policy.Transport {
	return &policy.Transport{Base: g.wrap(base), Decide: g.decide, Timeout: attemptTimeout}
}

// Fetch puts the guard around the transport of JavaScript's fetch, so that .plan holds its writes back too. A nil base stays nil.
func (g *Guard) Fetch(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		return nil
	}
	return &policy.Transport{Base: base, Decide: func(_ context.Context, call *policy.Call) error {
		if plan := g.planning(); plan != nil && call.Effect != spec.EffectRead {
			return plan.take(call)
		}
		return nil
	}}
}

func (g *Guard) decide(ctx context.Context, call *policy.Call) error {
	if call.Effect == spec.EffectRead {
		return nil
	}
	if plan := g.planning(); plan != nil {
		return plan.take(call)
	}
	if err := g.confirm(ctx, call); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writes++
	return nil
}

// confirm asks about a call where that is needed.
func (g *Guard) confirm(ctx context.Context, call *policy.Call) error {
	g.mu.Lock()
	needed, alone := g.live && !g.asYes && asksFor(g.level, call.Effect), g.alone
	g.mu.Unlock()
	switch {
	case !needed:
		return nil
	case alone:
		return &refusedError{fmt.Sprintf("%s %s is not made: nobody is there to confirm it. Add --yes to allow calls that %s", call.Method, call.Path, verbOf(call.Effect))}
	}
	q := ask{ctx: ctx, call: call, answer: make(chan error, 1)}
	// The terminal takes one question at a time.
	select {
	case g.asks <- q:
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

// asksFor tells whether a level asks before an effect.
func asksFor(level Safety, effect spec.Effect) bool {
	switch level {
	case SafetyOff:
		return false
	case SafetyWrites:
		return effect != spec.EffectRead
	}
	return effect == spec.EffectDelete || effect == spec.EffectSend
}

func verbOf(effect spec.Effect) string {
	return [...]string{"read", "write", "send", "delete"}[effect]
}

func (g *Guard) planning() *plan {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.plan
}

// hold makes calls part of a plan until it is called with nil.
func (g *Guard) hold(p *plan) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.plan = p
}

// during makes the requests of what runs now end with a context. A stream fetches its pages long after the evaluation that
// made it has ended, and so has the context that it knows.
func (g *Guard) during(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cut = ctx
}

// running is the context of what runs now, or one that does not end.
func (g *Guard) running() context.Context {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cut == nil {
		return context.Background()
	}
	return g.cut
}

// begin starts a new entry: consent for the entry before it has ended.
func (g *Guard) begin() {
	g.progress.reset()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asYes, g.writes = false, 0
}

// wrote tells how many calls that change something the entry sent.
func (g *Guard) wrote() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.writes
}

func (g *Guard) setLevel(level Safety) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.level = level
}

func (g *Guard) current() (level Safety, live bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.level, g.live
}

// consent lets all further calls of the entry pass.
func (g *Guard) consent() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asYes = true
}

// unattended tells the guard that nobody can answer.
func (g *Guard) unattended() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.alone = true
}

// refusedError is the reason of a call that was not made.
type refusedError struct{ text string }

func (e *refusedError) Error() string { return e.text }

var errDeclined = errors.New("not confirmed, so it was not sent")

// declinedError ends an entry of which a call was declined.
type declinedError struct {
	err error
	// sent counts the calls of the entry that were sent nevertheless.
	sent int
}

func (e *declinedError) Error() string {
	switch e.sent {
	case 0:
		return "not confirmed, so nothing was sent"
	case 1:
		return "not confirmed, so this one was not sent; 1 other call of the entry was"
	}
	return fmt.Sprintf("not confirmed, so this one was not sent; %s of the entry were", paint.Plural(e.sent, "other call"))
}

func (e *declinedError) Unwrap() error { return e.err }

// answerAsk puts a question on the terminal.
func (s *shell) answerAsk(q ask) {
	// Somebody may have said yes to all while this one waited.
	s.guard.mu.Lock()
	all := s.guard.asYes
	s.guard.mu.Unlock()
	if all || q.ctx.Err() != nil {
		q.answer <- q.ctx.Err()
		return
	}
	_, live := s.guard.current()
	s.screen.Print(s.question(q.call, live))
	s.reader.Complete(nil)
	defer s.reader.Complete(s.completer.complete)
	for {
		if s.interruptedBefore() {
			q.answer <- errDeclined
			return
		}
		line, err := s.reader.ReadLine("Make this call? [y/N/a] ", "")
		switch answer := strings.ToLower(strings.TrimSpace(line)); {
		case err != nil, answer == "", answer == "n", answer == "no":
			q.answer <- errDeclined
			return
		case answer == "y", answer == "yes":
			q.answer <- nil
			return
		case answer == "a", answer == "all":
			s.guard.consent()
			q.answer <- nil
			return
		}
		s.screen.Note("y: yes, n: no, a: yes to all calls of this entry")
	}
}

// interruptedBefore drops what was typed before a question was seen: it is no answer to it, whatever it says. It tells whether
// Ctrl-C was among it, which declines.
func (s *shell) interruptedBefore() bool {
	s.reader.Discard()
	select {
	case <-s.cfg.interrupts:
		s.cfg.interrupt() // it is meant for the whole entry
		return true
	default:
		return false
	}
}

// question shows the exact request.
func (s *shell) question(call *policy.Call, live bool) string {
	what := "this call changes something"
	switch call.Effect {
	case spec.EffectDelete:
		what = "this call deletes"
	case spec.EffectSend:
		what = "this call reaches people outside the workspace"
	}
	badge := ""
	if live {
		badge = s.Paint(paint.Live, " LIVE ") + " "
	}
	return badge + s.Paint(paint.Bold, s.site.title()) + ": " + what + "\n" + s.request(call)
}

// maxBody is how many rows of a body a question shows where the window's height is unknown or larger.
const maxBody = 40

// bounded indents a text and leaves out what does not fit into the window with the rest of a question.
func (s *shell) bounded(text string, color func(line string) string) string {
	if text == "" {
		return ""
	}
	rows := maxBody
	if s.cfg.Terminal.Height != nil {
		if n := s.cfg.Terminal.Height(); n > 0 {
			const around = 9 // the header, the method and a path of two rows, the summary, what is left out, the answer
			rows = min(rows, max(n-around, 3))
		}
	}
	width := max(s.columns()-2, 10)
	lines := strings.Split(text, "\n")
	var b strings.Builder
	for i, line := range lines {
		room := rows * width
		if i == 0 && len(lines) > 1 {
			room -= width // something of the others
		}
		if room <= 0 {
			b.WriteString(s.Paint(paint.Dim, fmt.Sprintf("  … (%s)", paint.Plural(len(lines)-i, "more line"))) + "\n")
			break
		}
		shown := plain.Cut(line, room)
		b.WriteString("  " + color(shown))
		if shown != line {
			left := utf8.RuneCountInString(line) - utf8.RuneCountInString(strings.TrimSuffix(shown, "…"))
			b.WriteString(s.Paint(paint.Dim, fmt.Sprintf(" (%s)", paint.Plural(left, "more character"))))
		}
		b.WriteString("\n")
		rows -= max(1, (plain.Width(shown)+width-1)/width)
	}
	return b.String()
}

func unpainted(text string) string { return text }

// request shows method, path and body.
func (s *shell) request(call *policy.Call) string {
	var b strings.Builder
	code := paint.Time
	if call.Effect == spec.EffectDelete {
		code = paint.Error
	}
	path := plain.Line(call.Path)
	if len(call.Query) > 0 {
		path += "?" + plain.Line(call.Query.Encode())
	}
	path = plain.Cut(path, 3*s.columns())
	b.WriteString("  " + s.Paint(code, call.Method) + " " + path + "\n")
	if op := call.Operation; op != nil {
		b.WriteString("  " + s.Paint(paint.Dim, op.Summary) + "\n")
	}
	if len(call.Body) > 0 && string(call.Body) != "{}" {
		text, color := plain.Lines(string(call.Body)), unpainted
		if v, err := render.Parse(call.Body); err == nil {
			text, color = v.SortedJSON(), s.printer().ColorJSON
		}
		b.WriteString(s.bounded(text, color))
	}
	return b.String()
}
