package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

const (
	// quiet is how long a stream says nothing before it shows that it is alive. It also reads anew then, in case a change was
	// not told.
	quiet = 15 * time.Second
	// gather is how long changes are collected before they are told.
	gather = 200 * time.Millisecond
	// linesAtOnce bounds one event of a log.
	linesAtOnce = 200
	// sendTime bounds a write to a reader that does not read.
	sendTime = 30 * time.Second
)

// stream sends server-sent events until its context ends.
type stream struct {
	context.Context
	w       io.Writer
	control *http.ResponseController
	events  <-chan Event
}

// follow opens a stream and runs a function with it. What the function answers is of the connection or of its end and is
// of interest to nobody, as the status has been sent.
func (c *Console) follow(w http.ResponseWriter, r *http.Request, serve func(s *stream) error) error {
	select {
	case c.streams <- struct{}{}:
		defer func() { <-c.streams }()
	default:
		w.Header().Set("Retry-After", "10")
		return &pageError{http.StatusServiceUnavailable, "Busy", "Too many pages follow this host: close some."}
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-c.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	s := &stream{ctx, w, http.NewResponseController(w), c.backend.Subscribe(ctx)}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	err := s.send(": open\n\n")
	if err == nil {
		err = serve(s)
	}
	if err != nil && ctx.Err() == nil {
		c.Logger.Debug("console: stream", "path", r.URL.Path, "error", err)
	}
	return nil
}

func (s *stream) send(text string) error {
	// A writer without deadlines is one that cannot hang.
	_ = s.control.SetWriteDeadline(time.Now().Add(sendTime))
	if _, err := io.WriteString(s.w, text); err != nil {
		return err
	}
	return s.control.Flush()
}

// wait answers true when an event came that is wanted, and false when it was quiet for long.
func (s *stream) wait(wanted func(Event) bool) (bool, error) {
	silence := time.NewTimer(quiet)
	defer silence.Stop()
	for {
		select {
		case <-s.Done():
			return false, s.Err()
		case <-silence.C:
			return false, s.send(": quiet\n\n")
		case e, ok := <-s.events:
			if !ok {
				return false, io.EOF
			}
			if wanted(e) {
				return true, nil
			}
		}
	}
}

// collect lets the changes that come together be told once.
func (s *stream) collect() error {
	pause := time.NewTimer(gather)
	defer pause.Stop()
	for {
		select {
		case <-s.Done():
			return s.Err()
		case <-pause.C:
			return nil
		case _, ok := <-s.events:
			if !ok {
				return io.EOF
			}
		}
	}
}

// changeStream tells that scripts or runs have changed, all or those of ?script=. The page then asks for itself again.
func (c *Console) changeStream(w http.ResponseWriter, r *http.Request) error {
	script := r.FormValue("script")
	return c.follow(w, r, func(s *stream) error {
		for {
			changed, err := s.wait(func(e Event) bool { return e.changesScript(script) })
			if err != nil {
				return err
			}
			if !changed {
				continue
			}
			if err := s.collect(); err != nil {
				return err
			}
			if err := s.send("event: change\ndata: \n\n"); err != nil {
				return err
			}
		}
	})
}

// runStream sends a run's log from a line on, and tells when the run changes and when all has been sent:
//
//	id: 42
//	event: lines
//	data: "<div ...>"
//
// The data is the lines' HTML as a JSON string. A browser that lost the connection tells the last ID that it saw.
func (c *Console) runStream(w http.ResponseWriter, r *http.Request) error {
	run, err := c.backend.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = r.FormValue("after")
	}
	after, err := strconv.ParseInt(from, 10, 64)
	if from != "" && (err != nil || after < 0) {
		return badRequest("The address names no line of the log.")
	}
	return c.follow(w, r, func(s *stream) error {
		for {
			// The run is read before its log, so that the log of a run that has ended is complete.
			now, err := c.backend.Run(s, run.ID)
			if err != nil {
				return err
			}
			if after, err = c.sendLines(s, run.ID, after); err != nil {
				return err
			}
			if differs(run, now) {
				if err := s.send("event: change\ndata: \n\n"); err != nil {
					return err
				}
			}
			if run = now; run.State.Ended() {
				return s.send("event: end\ndata: \n\n")
			}
			changed, err := s.wait(func(e Event) bool { return e.changesRun(run.ID) })
			if err == nil && changed {
				err = s.collect()
			}
			if err != nil {
				return err
			}
		}
	})
}

// sendLines sends all lines after one and answers the last.
func (c *Console) sendLines(s *stream, run string, after int64) (int64, error) {
	for {
		view, err := c.log(s, run, after, linesAtOnce)
		if err != nil || len(view.Lines) == 0 {
			return after, err
		}
		html, err := c.part("lines", view)
		if err != nil {
			return after, err
		}
		data, err := json.Marshal(html) // on one line, as an event must be
		if err != nil {
			return after, err
		}
		after = view.Lines[len(view.Lines)-1].Seq
		if err := s.send(fmt.Sprintf("id: %d\nevent: lines\ndata: %s\n\n", after, data)); err != nil {
			return after, err
		}
	}
}

// differs reports whether a page shows two readings of a run differently.
func differs(a, b state.Run) bool {
	return a.State != b.State || a.Attempt != b.Attempt || a.Host != b.Host || a.Calls != b.Calls || a.Rescues != b.Rescues ||
		a.CancelledBy != b.CancelledBy || !a.StartedAt.Equal(b.StartedAt) || !a.EndedAt.Equal(b.EndedAt)
}
