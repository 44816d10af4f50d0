package repl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/internal/eventtext"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
)

// monitor shows events as they come. The zero value shows none.
type monitor struct {
	// what describes what is shown, for people.
	what string
	stop context.CancelFunc
	done chan struct{}

	mu sync.Mutex
	// last are the events that came last, and count is how many came.
	last  []crisp.Event
	count int
	// ended is why no more come, or nil.
	ended error
	// held are lines to show later, as long as holds is above 0, and omitted counts those for which there is no room.
	holds   int
	held    []string
	omitted int
}

// What a monitor keeps: events for the variable _, and lines while nothing may be shown.
const (
	maxLast = 100
	maxHeld = 200
)

// watching is what a monitor is asked for.
type watching struct {
	names  []string
	where  string
	filter *filter.Filter
}

// readWatching reads "[EVENT...] [where EXPR]".
func readWatching(argument string) (*watching, error) {
	w := &watching{}
	var texts []string
	for rest := argument; rest != ""; {
		word, behind, _ := strings.Cut(rest, " ")
		rest = strings.TrimSpace(behind)
		if word == "where" {
			if w.where = rest; rest == "" {
				return nil, &hintError{"the condition behind where is missing", `write it like .events on message:send where from == "user"`}
			}
			break
		}
		texts = append(texts, strings.TrimSuffix(word, ","))
	}
	var err error
	if w.names, err = eventtext.Match(texts); err == nil && w.where != "" {
		w.filter, err = eventtext.Condition(w.where, w.names)
	}
	if wrong := (*filter.Error)(nil); errors.As(err, &wrong) {
		return nil, &hintError{fmt.Sprintf("where, column %d: %s", wrong.Column, wrong.Problem), wrong.Hint}
	}
	if unknown := (*eventtext.NameError)(nil); errors.As(err, &unknown) {
		return nil, &hintError{unknown.Problem, unknown.Hint}
	}
	return w, err
}

// String is what is watched in words.
func (w *watching) String() string {
	const listed = 4
	text := "all events"
	if n := len(w.names); n > listed {
		text = paint.Plural(n, "event")
	} else if n > 0 {
		text = strings.Join(w.names, ", ")
	}
	if w.where != "" {
		text += " where " + plain.Line(w.where)
	}
	return text
}

// wants reports whether an event is to be shown.
func (w *watching) wants(e *crisp.Event, websiteID string) (bool, error) {
	if e.WebsiteID != "" && websiteID != "" && e.WebsiteID != websiteID {
		return false, nil
	}
	if w.filter == nil {
		return true, nil
	}
	return w.filter.Match(e.Data)
}

// watch shows events until ctx ends. It calls begun once it listens.
func (s *shell) watch(ctx context.Context, m *monitor, w *watching, begun func()) error {
	names := append([]string{bindings.EventConnected}, w.names...)
	if len(w.names) == 0 {
		names = append(names, bindings.AllEvents)
	}
	marked := false
	for e, err := range s.cfg.Events.Listen(ctx, names) {
		switch {
		case err != nil:
			return err
		case e.Name == bindings.EventConnected && !marked:
			marked = true
			begun()
		case e.Name == bindings.EventConnected:
			s.aside(m, s.Paint(paint.Dim, "connected again: what happened meanwhile was not heard"))
		default:
			wanted, err := w.wants(&e, s.site.website())
			if err != nil {
				s.aside(m, s.Paint(paint.Dim, plain.Line(fmt.Sprintf("%s: %v", e.Name, err))))
			} else if wanted {
				m.note(e)
				s.aside(m, s.eventLine(&e))
			}
		}
	}
	return nil
}

// eventLine is an event on a line of the screen.
func (s *shell) eventLine(e *crisp.Event) string {
	at, name := e.Time.In(s.cfg.Now().Location()).Format(time.TimeOnly), plain.Line(e.Name)
	text := eventtext.Summary(e.Name, e.Data)
	const least = 20
	if columns := s.columns(); columns > 0 {
		text = plain.Cut(text, max(least, columns-1-plain.Width(at+name)-2*len("  ")))
	}
	return s.Paint(paint.Dim, at) + "  " + s.Paint(paint.Name, name) + "  " + text
}

// aside shows a line as soon as it may be shown.
func (s *shell) aside(m *monitor, line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.holds == 0:
		s.reader.Aside(func() { s.screen.Print(line + "\n") })
	case len(m.held) < maxHeld:
		m.held = append(m.held, line)
	default:
		m.omitted++
	}
}

// hold keeps events from the screen until the returned function is called: a question and another program have it for themselves.
func (s *shell) hold() (release func()) {
	m := &s.monitor
	m.mu.Lock()
	defer m.mu.Unlock()
	m.holds++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.holds--; m.holds > 0 {
			return
		}
		for _, line := range m.held {
			s.screen.Print(line + "\n")
		}
		if m.omitted > 0 {
			s.screen.Note("and %s meanwhile", paint.Plural(m.omitted, "more event"))
		}
		m.held, m.omitted = nil, 0
	}
}

func (m *monitor) note(e crisp.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count++
	if len(m.last) == maxLast {
		m.last = append(m.last[:0], m.last[1:]...)
	}
	m.last = append(m.last, e)
}

// list is the last events as a list of JSON, in the form that scripts have.
func (m *monitor) list() []byte {
	list := []byte{'['}
	for i := range m.last {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, bindings.EventPayload(&m.last[i])...)
	}
	return append(list, ']')
}

// end ends the monitor and waits for it.
func (m *monitor) end() {
	if m.stop != nil {
		m.stop()
		<-m.done
		m.stop = nil
	}
}

var errNoEvents = errors.New("this shell has no connection for events")

// commandEvents shows events between the prompts, or no longer, or tells about those that came.
func (s *shell) commandEvents(argument string) error {
	verb, rest, _ := strings.Cut(argument, " ")
	switch verb {
	case "on":
		return s.eventsOn(strings.TrimSpace(rest))
	case "off":
		if rest != "" {
			return &hintError{fmt.Sprintf(".events off takes nothing more, got %q", plain.Line(rest)), ""}
		}
		s.monitor.end()
		s.note("events are off")
		return nil
	case "":
		return s.eventsState()
	}
	return &hintError{fmt.Sprintf(".events takes on or off, not %q", plain.Line(verb)), "write .events on, or .events on " + plain.Line(argument)}
}

func (s *shell) eventsOn(argument string) error {
	if s.cfg.Events == nil {
		return errNoEvents
	}
	w, err := readWatching(argument)
	if err != nil {
		return err
	}
	s.monitor.end()
	m := &s.monitor
	ctx, stop := context.WithCancel(s.ctx)
	begun := make(chan struct{})
	m.what, m.stop, m.done = w.String(), stop, make(chan struct{})
	m.last, m.count, m.ended = nil, 0, nil
	go func() {
		defer close(m.done)
		err := s.watch(ctx, m, w, func() { close(begun) })
		if err == nil {
			err = errors.New("the connection was closed")
		}
		m.mu.Lock()
		m.ended = err
		m.mu.Unlock()
		select {
		case <-begun:
			if ctx.Err() == nil {
				s.aside(m, s.Paint(paint.Error, "events have ended: ")+plain.Line(err.Error()))
			}
		default: // eventsOn tells
		}
	}()
	s.attend(func(error) { stop() }, func() {
		select {
		case <-begun:
		case <-m.done:
		}
	})
	select {
	case <-begun:
		s.note("showing %s; .events off ends it", m.what)
		return nil
	default:
	}
	interrupted := ctx.Err() != nil
	m.end()
	if interrupted {
		return errInterrupted
	}
	return fmt.Errorf("events cannot be shown: %w", m.ended)
}

// eventsState tells what is shown, and puts the last events where they can be looked at.
func (s *shell) eventsState() error {
	m := &s.monitor
	m.mu.Lock()
	count, kept, ended, list := m.count, len(m.last), m.ended, m.list()
	m.mu.Unlock()
	switch {
	case m.stop == nil && count == 0:
		s.note("events are off; .events on shows them as they come")
		return nil
	case m.stop == nil || ended != nil:
		s.note("events are off; %s came of %s", paint.Plural(count, "event"), m.what)
	default:
		s.note("showing %s; %s so far", m.what, paint.Plural(count, "event"))
	}
	if kept == 0 {
		return nil
	}
	var events []any
	if err := json.Unmarshal(list, &events); err != nil {
		return err
	}
	session, err := s.current().wait()
	if err != nil {
		return err
	}
	if err := session.Set("_", events); err != nil {
		return err
	}
	s.note("_ is a list of the last %d", kept)
	return nil
}
