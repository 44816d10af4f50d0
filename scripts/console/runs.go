package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/internal/paint"
	safe "github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

const (
	runsOnPage = 100
	// logOnPage is how many lines a page shows, callsOnPage how many API calls.
	logOnPage   = 1000
	callsOnPage = 500
)

type runsView struct {
	Script string
	State  state.RunState
	Day    string
	States []state.RunState
	Runs   []state.Run
	Older  string
	Newest string
}

func (c *Console) runsPage(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	view := runsView{Script: query.Get("script"), State: state.RunState(query.Get("state")), States: allStates}
	filter := state.RunFilter{Script: view.Script, Before: query.Get("before"), Limit: runsOnPage + 1}
	if view.State != "" {
		if !slices.Contains(allStates, view.State) {
			return badRequest(fmt.Sprintf("There is no state %q.", view.State))
		}
		filter.States = []state.RunState{view.State}
	}
	if query.Get("day") != "" {
		from, to, err := c.day(query.Get("day"))
		if err != nil {
			return err
		}
		view.Day, filter.Since, filter.Until = from.Format(time.DateOnly), from, to
	}
	runs, err := c.backend.Runs(r.Context(), filter)
	if err != nil {
		return err
	}
	if filter.Before != "" {
		query.Del("before")
		view.Newest = "/runs?" + query.Encode()
	}
	if len(runs) > runsOnPage {
		runs = runs[:runsOnPage]
		query.Set("before", runs[runsOnPage-1].ID)
		view.Older = "/runs?" + query.Encode()
	}
	view.Runs = runs
	c.render(w, r, http.StatusOK, "runs", "Runs", view)
	return nil
}

type runView struct {
	state.Run
	Problem *problemView
	// Events are those that started the run.
	Events []state.Event
	Log    logView
	// Earlier and Later lead to lines that the page does not show.
	Earlier, Later string
	// First and Last are the numbers of the lines shown, of Lines in all.
	First, Last, Lines int64
	// Live tells that the page follows the log.
	Live      bool
	Calls     []state.APICall
	MoreCalls int
	CallTime  time.Duration
}

// logView is a piece of a log. Attempt is the one of the line before it.
type logView struct {
	Attempt int
	Lines   []state.LogLine
}

func (c *Console) runPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	run, err := c.backend.Run(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	view := runView{Run: run}
	if run.Error != nil {
		view.Problem = c.problem(ctx, run.Error, run.Version)
	}
	if run.Trigger.Kind == state.ByEvent {
		if view.Events, err = c.backend.EventsOf(ctx, run.ID); err != nil {
			return err
		}
	}
	if view.Lines, _, err = c.backend.LastSeqs(ctx, run.ID); err != nil {
		return err
	}
	// The end of the log is what a person looks for; the link of an earlier piece tells where it begins.
	after, err := c.backend.SeqBefore(ctx, run.ID, view.Lines, logOnPage)
	if err != nil {
		return err
	}
	if text := r.FormValue("after"); text != "" {
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			return badRequest("The address names no line of the log.")
		}
	}
	if view.Log, err = c.log(ctx, run.ID, after, logOnPage); err != nil {
		return err
	}
	view.First, view.Last = after+1, after
	if n := len(view.Log.Lines); n > 0 {
		view.First, view.Last = view.Log.Lines[0].Seq, view.Log.Lines[n-1].Seq
	}
	self := runURL(run.ID)
	if after > 0 {
		before, err := c.backend.SeqBefore(ctx, run.ID, after, logOnPage)
		if err != nil {
			return err
		}
		view.Earlier = fmt.Sprintf("%s?after=%d#log", self, before)
	}
	if view.Last < view.Lines {
		view.Later = fmt.Sprintf("%s?after=%d#log", self, view.Last)
	}
	view.Live = !run.State.Ended() && view.Later == ""

	if view.Calls, err = c.backend.Calls(ctx, run.ID); err != nil {
		return err
	}
	for _, call := range view.Calls {
		view.CallTime += call.Duration
	}
	if len(view.Calls) > callsOnPage {
		view.MoreCalls = len(view.Calls) - callsOnPage
		view.Calls = view.Calls[:callsOnPage]
	}
	c.render(w, r, http.StatusOK, "run", run.Script+", "+c.dayAndTime(began(run)), view)
	return nil
}

// log reads a piece of a log, and which attempt the line before it was of.
func (c *Console) log(ctx context.Context, run string, after int64, limit int) (view logView, err error) {
	if after > 0 {
		seq, err := c.backend.SeqBefore(ctx, run, after, 1)
		if err != nil {
			return view, err
		}
		before, err := c.backend.Logs(ctx, run, seq, 1)
		if err != nil {
			return view, err
		}
		if len(before) > 0 {
			view.Attempt = before[0].Attempt
		}
	}
	view.Lines, err = c.backend.Logs(ctx, run, after, limit)
	return view, err
}

// logText answers the whole log as plain text.
func (c *Console) logText(w http.ResponseWriter, r *http.Request) error {
	run, err := c.backend.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	lines, err := c.backend.Logs(r.Context(), run.ID, 0, logOnPage)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", "inline; filename="+url.QueryEscape("run-"+run.ID+".log"))
	for len(lines) > 0 {
		var out strings.Builder
		for _, line := range lines {
			fmt.Fprintf(&out, "%s %-5s %s", line.Time.UTC().Format("2006-01-02T15:04:05.000Z"), safe.Line(line.Level), safe.Lines(paint.Strip(line.Message)))
			for _, f := range fieldsOf(line.Fields) {
				fmt.Fprintf(&out, " %s=%s", safe.Line(f.Name), safe.Line(f.Value))
			}
			out.WriteByte('\n')
		}
		if _, err := io.WriteString(w, out.String()); err != nil {
			return nil //nolint:nilerr // the reader has gone
		}
		if lines, err = c.backend.Logs(r.Context(), run.ID, lines[len(lines)-1].Seq, logOnPage); err != nil {
			// The status has been sent; what a reader can see is that the answer breaks off.
			if !errors.Is(err, context.Canceled) {
				c.Logger.Error("console: log", "run", run.ID, "error", err)
			}
			panic(http.ErrAbortHandler)
		}
	}
	return nil
}
