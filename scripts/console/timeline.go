package console

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// maxDayRuns bounds what a timeline draws.
const maxDayRuns = 5000

// timelineView is a day of all scripts. Places and widths are percentages of the day, which has 23 or 25 hours when the clock
// jumps.
type timelineView struct {
	Day      string
	Date     time.Time
	Previous string
	Next     string // empty for today
	Today    bool
	Hours    []hour
	Now      string // the place of now, or empty
	Rows     []timelineRow
	Runs     int
	Summary  string
	More     bool
	List     string
}

type hour struct {
	Place string
	Label string // empty for the lesser lines
}

type timelineRow struct {
	Script  string
	Summary string
	Bars    []timelineBar
}

type timelineBar struct {
	Place, Width string
	State        state.RunState
	URL, Title   string
}

// Bad bars are taller: their colour is not for everyone to see.
func (b timelineBar) Bad() bool { return b.State == state.Failed || b.State == state.TimedOut }

// day reads a date in the console's zone and answers where it begins and ends.
func (c *Console) day(text string) (from, to time.Time, err error) {
	from, err = time.ParseInLocation(time.DateOnly, text, c.Zone)
	if err != nil {
		return from, to, badRequest(fmt.Sprintf("%q is no date: write one as 2026-01-31.", text))
	}
	return from, from.AddDate(0, 0, 1), nil
}

func (c *Console) timelinePage(w http.ResponseWriter, r *http.Request) error {
	now := c.Now().In(c.Zone)
	today := now.Format(time.DateOnly)
	text := cmp.Or(r.FormValue("day"), today)
	from, to, err := c.day(text)
	if err != nil {
		return err
	}
	view := timelineView{
		Day: from.Format(time.DateOnly), Date: from, Today: text == today,
		Previous: "/timeline?day=" + from.AddDate(0, 0, -1).Format(time.DateOnly),
		List:     "/runs?" + url.Values{"day": {text}}.Encode(),
	}
	if next := to.Format(time.DateOnly); next <= today {
		view.Next = "/timeline?day=" + next
	}
	whole := to.Sub(from)
	place := func(t time.Time) float64 { return min(100, max(0, 100*float64(t.Sub(from))/float64(whole))) }
	for h := range 24 {
		at := time.Date(from.Year(), from.Month(), from.Day(), h, 0, 0, 0, c.Zone)
		if at.Hour() != h {
			continue // the clock jumps over it
		}
		mark := hour{Place: percent(place(at))}
		if h%3 == 0 {
			mark.Label = at.Format("15:04")
		}
		view.Hours = append(view.Hours, mark)
	}
	if view.Today {
		view.Now = percent(place(now))
	}
	runs, err := c.backend.Runs(r.Context(), state.RunFilter{Since: from, Until: to, Limit: maxDayRuns + 1})
	if err != nil {
		return err
	}
	if len(runs) > maxDayRuns {
		runs, view.More = runs[:maxDayRuns], true
	}
	view.Runs, view.Summary = len(runs), summary(runs)
	byScript := map[string][]state.Run{}
	for _, run := range runs {
		byScript[run.Script] = append(byScript[run.Script], run)
	}
	for script, runs := range byScript {
		row := timelineRow{Script: script, Summary: summary(runs)}
		for _, run := range slices.Backward(runs) { // so that a newer one lies above an older one
			start, end := began(run), run.EndedAt
			if end.IsZero() && run.State == state.Running {
				end = now
			}
			left := place(start)
			width := max(0.35, place(end)-left) // wide enough to be seen and hit
			row.Bars = append(row.Bars, timelineBar{
				percent(min(left, 100-width)), percent(width), run.State, runURL(run.ID),
				fmt.Sprintf("%s, %s, %s, %s", script, stateLabel(run.State), start.In(c.Zone).Format("15:04:05"), took(run, now)),
			})
		}
		view.Rows = append(view.Rows, row)
	}
	slices.SortFunc(view.Rows, func(a, b timelineRow) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Script), strings.ToLower(b.Script)), strings.Compare(a.Script, b.Script))
	})
	c.render(w, r, http.StatusOK, "timeline", "Timeline of "+view.Day, view)
	return nil
}

func percent(p float64) string { return fmt.Sprintf("%.3f%%", p) }
