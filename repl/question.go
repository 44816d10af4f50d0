package repl

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/repl/internal/gate"
	"github.com/crisphost/crisphost/repl/internal/render"
	"github.com/crisphost/crisphost/repl/internal/term"
)

// Safety is which calls ask before they are made on a live website.
type Safety = gate.Safety

// The levels of safety.
const (
	// SafetyDeletes asks before calls that delete, and before those that reach a person outside the workspace.
	SafetyDeletes = gate.Deletes
	// SafetyWrites asks before every call that changes something.
	SafetyWrites = gate.Writes
	// SafetyOff never asks.
	SafetyOff = gate.Off
)

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

// answer puts a question on the terminal.
func (s *shell) answer(q *gate.Question) {
	// Somebody may have said yes to all while this one waited.
	if err := q.Ended(); err != nil || s.gates.Consented() {
		q.Answer(err)
		return
	}
	s.screen.Print(s.question(&q.Request))
	for {
		if s.interruptedBefore() {
			q.Answer(gate.ErrDeclined)
			return
		}
		line, err := s.reader.Ask("Make this call? [y/N/a] ")
		if errors.As(err, new(*term.Pasted)) {
			s.screen.Note("what is pasted is no answer: type y, n or a")
			continue
		}
		switch answer := strings.ToLower(strings.TrimSpace(line)); {
		case err != nil, answer == "", answer == "n", answer == "no":
			q.Answer(gate.ErrDeclined)
			return
		case answer == "y", answer == "yes":
			q.Answer(nil)
			return
		case answer == "a", answer == "all":
			s.gates.Consent()
			q.Answer(nil)
			return
		}
		s.screen.Note("y: yes, n: no, a: yes to all calls of this entry")
	}
}

// interruptedBefore drops what was typed before a question was seen: it is no answer to it, whatever it says. It reports whether
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
func (s *shell) question(r *gate.Request) string {
	what := "this call changes something"
	switch r.Effect {
	case engine.Delete:
		what = "this call deletes"
	case engine.Send:
		what = "this call reaches people outside the workspace"
	case engine.Read, engine.Write:
	}
	if s.cfg.Client != nil {
		what = s.Paint(paint.Bold, s.site.title()) + ": " + what
	}
	if _, live := s.gates.Level(); live {
		what = s.Paint(paint.Live, " LIVE ") + " " + what
	}
	return what + "\n" + s.request(r)
}

// request shows method, path and body, or the call as it would be written.
func (s *shell) request(r *gate.Request) string {
	if !r.IsHTTP() {
		first, rest, _ := strings.Cut(plain.Lines(r.Text), "\n")
		return s.bounded(first, unpainted) + s.bounded(rest, unpainted)
	}
	var b strings.Builder
	code := paint.Time
	if r.Effect == engine.Delete {
		code = paint.Error
	}
	b.WriteString("  " + s.Paint(code, r.Method) + " " + plain.Cut(plain.Line(r.Path), 3*s.columns()) + "\n")
	if r.Summary != "" {
		b.WriteString("  " + s.Paint(paint.Dim, r.Summary) + "\n")
	}
	if len(r.Body) > 0 && string(r.Body) != "{}" {
		text, color := plain.Lines(string(r.Body)), unpainted
		if v, err := render.Parse(r.Body); err == nil {
			// The client sends members in any order.
			text, color = v.SortedJSON(), s.printer().ColorJSON
		}
		b.WriteString(s.bounded(text, color))
	}
	return b.String()
}

func unpainted(text string) string { return text }

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
