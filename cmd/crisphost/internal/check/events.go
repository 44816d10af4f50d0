package check

import (
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/timetext"
	"github.com/crisphost/crisphost/scripts"
)

// Trigger is an event that starts a script, in the output of `crisphost check --next --json`.
type Trigger struct {
	Script string `json:"script"`
	Event  string `json:"event"`
	// Where is the condition, on one line.
	Where string `json:"where,omitempty"`
	Key   string `json:"key,omitempty"`
	// Debounce, Throttle and Batch are as in the header.
	Debounce string `json:"debounce,omitempty"`
	Throttle string `json:"throttle,omitempty"`
	Batch    string `json:"batch,omitempty"`
}

// triggersOf returns the events that start the scripts that compiled.
func triggersOf(list []*scripts.Script) []Trigger {
	var all []Trigger
	for _, s := range list {
		if s.Err != nil {
			continue
		}
		h := s.Header
		t := Trigger{Script: s.Name, Key: h.Key}
		if h.Debounce > 0 {
			t.Debounce = timetext.FormatDuration(h.Debounce)
		}
		if h.Throttle != nil {
			t.Throttle = fmt.Sprintf("%d/%s", h.Throttle.Count, timetext.FormatDuration(h.Throttle.Per))
		}
		if h.Batch != nil {
			t.Batch = fmt.Sprintf("%d within %s", h.Batch.Max, timetext.FormatDuration(h.Batch.Within))
		}
		for _, on := range h.On {
			t.Event, t.Where = on.Event, strings.ReplaceAll(on.Where, "\n", " ")
			all = append(all, t)
		}
	}
	return all
}

func showTriggers(w io.Writer, all []Trigger) error {
	for _, t := range all {
		text := t.Script + ": on " + t.Event
		for _, part := range [][2]string{{"where", t.Where}, {"@key", t.Key}, {"@debounce", t.Debounce}, {"@throttle", t.Throttle}, {"@batch", t.Batch}} {
			if part[1] != "" {
				text += " " + part[0] + " " + part[1]
			}
		}
		if _, err := fmt.Fprintln(w, plain.Line(text)); err != nil {
			return err
		}
	}
	return nil
}
