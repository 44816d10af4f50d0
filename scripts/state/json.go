package state

import (
	"bytes"
	"encoding/json"
	"time"
)

// MarshalJSON writes a run so that programs find the same members in each: what has not happened, or is not there, is null.
func (r Run) MarshalJSON() ([]byte, error) {
	return unescaped(struct {
		ID          string     `json:"id"`
		Script      string     `json:"script"`
		Version     *string    `json:"version"`
		State       RunState   `json:"state"`
		Trigger     Trigger    `json:"trigger"`
		Missed      bool       `json:"missed,omitzero"`
		Due         *time.Time `json:"due,omitzero"`
		Attempt     int        `json:"attempt"`
		Rescues     int        `json:"rescues"`
		Host        *string    `json:"host"`
		CancelledBy *string    `json:"cancelled_by"`
		CreatedAt   *time.Time `json:"created_at"`
		StartedAt   *time.Time `json:"started_at"`
		EndedAt     *time.Time `json:"ended_at"`
		Error       *RunError  `json:"error"`
		Calls       int        `json:"calls"`
		Writes      int        `json:"writes"`
	}{
		r.ID, r.Script, orNull(r.Version), r.State, r.Trigger, r.Missed, timeOrNull(r.Due), r.Attempt, r.Rescues, orNull(r.Host), orNull(r.CancelledBy),
		timeOrNull(r.CreatedAt), timeOrNull(r.StartedAt), timeOrNull(r.EndedAt), r.Error, r.Calls, r.Writes,
	})
}

// MarshalJSON writes a trigger like a run.
func (t Trigger) MarshalJSON() ([]byte, error) {
	return unescaped(struct {
		Kind  TriggerKind `json:"kind"`
		Tick  *time.Time  `json:"tick"`
		By    *string     `json:"by"`
		Args  []string    `json:"args,omitzero"`
		Event string      `json:"event,omitzero"`
		Key   string      `json:"key,omitzero"`
	}{t.Kind, timeOrNull(t.Tick), orNull(t.By), t.Args, t.Event, t.Key})
}

// unescaped leaves < and > as they are. Whoever writes JSON into HTML has an encoder that does not.
func unescaped(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
