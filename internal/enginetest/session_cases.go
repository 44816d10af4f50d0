package enginetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// The cases of sessions are aliases, so that tables of them do without the names of fields.
type (
	// EntriesCase are entries, and what the last one shows: its text, or "-" for none. Script is what is saved of it, where that is not
	// empty.
	EntriesCase = struct {
		Name         string
		Entries      []string
		Want, Script string
	}
	// EntryErrorCase is an entry that fails.
	EntryErrorCase = struct {
		Name, Code                    string
		Position, Message, SourceLine string
	}
	// OutcomeCase is an entry and the forms of its value. An empty text is not checked.
	OutcomeCase = struct{ Code, JSON, Text, Call string }
)

// CheckEntries evaluates the entries of each case in a session with an Inbox.
func CheckEntries(t *testing.T, rt engine.Runtime, cases []EntriesCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.Name, func(t *testing.T) {
			var stderr bytes.Buffer
			s := NewSession(t, rt, engine.Config{Modules: []*engine.Module{Inbox()}, Stderr: &stderr})
			var o engine.Outcome
			for _, code := range test.Entries {
				o = Evaluate(t, s, code)
			}
			text := o.Text
			if o.None {
				text = "-"
			}
			if text != test.Want {
				t.Errorf("got %s, want %s", text, test.Want)
			}
			if stderr.Len() > 0 {
				t.Errorf("standard error: %s", &stderr)
			}
			if test.Script != "" {
				if got := Saved(s, test.Entries[len(test.Entries)-1]); got != test.Script {
					t.Errorf("script\n%s\nwant\n%s", got, test.Script)
				}
			}
		})
	}
}

// CheckEntryErrors evaluates each case in a session with an Inbox, after an entry that sets before to 1, which must outlive the failure.
func CheckEntryErrors(t *testing.T, rt engine.Runtime, before string, cases []EntryErrorCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.Name, func(t *testing.T) {
			s := NewSession(t, rt, engine.Config{Modules: []*engine.Module{Inbox()}})
			Evaluate(t, s, before)
			e := EvaluateError(t, s, "entry", test.Code)
			if e.Position.String() != test.Position || e.Message != test.Message || e.SourceLine != test.SourceLine {
				t.Errorf("got %s %q %q\nwant %s %q %q", e.Position, e.Message, e.SourceLine, test.Position, test.Message, test.SourceLine)
			}
			if o := Evaluate(t, s, "before"); o.Text != "1" {
				t.Errorf("before = %s", o.Text)
			}
		})
	}
}

// CheckOutcomes evaluates entries whose values can be shown.
func CheckOutcomes(t *testing.T, s engine.Session, cases []OutcomeCase) {
	t.Helper()
	for _, test := range cases {
		o := Evaluate(t, s, test.Code)
		if string(o.JSON) != test.JSON || test.Text != "" && o.Text != test.Text || o.Call != test.Call || o.Text == "" {
			t.Errorf("%s: got JSON %s, text %s, call %s", test.Code, o.JSON, o.Text, o.Call)
		}
	}
}

// CheckCompleteness looks at texts that are all complete, or all incomplete.
func CheckCompleteness(t *testing.T, s engine.Session, want engine.Completeness, texts []string) {
	t.Helper()
	for _, code := range texts {
		if got := s.Check(code); got != want {
			t.Errorf("%q: completeness %d, want %d", code, got, want)
		}
	}
}

// CheckEntryStops stops entries that do not end by themselves. After each it calls goesOn, to see whether the session is as before.
func CheckEntryStops(t *testing.T, s engine.Session, entries []string, goesOn func(t *testing.T)) {
	t.Helper()
	for _, code := range entries {
		t.Run(code, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			timer := time.AfterFunc(30*time.Millisecond, cancel)
			defer timer.Stop()
			_, err := s.Eval(ctx, "entry", code)
			var e *engine.Error
			if !errors.As(err, &e) || e.Kind != engine.KindInterrupt {
				t.Errorf("got %v, want an interrupt", err)
			}
			goesOn(t)
		})
	}
}

// Members lists what a session finds behind a path: names with their kinds, as in "list:function website_id:string".
func Members(s engine.Session, path string) string {
	var names []string
	for _, m := range s.Members(path) {
		names = append(names, m.Name+":"+m.Kind)
	}
	return strings.Join(names, " ")
}

// CheckMembers looks for members, in the form of Members, among those behind each path.
func CheckMembers(t *testing.T, s engine.Session, want map[string]string) {
	t.Helper()
	for path, members := range want {
		found := " " + Members(s, path) + " "
		for member := range strings.FieldsSeq(members) {
			if !strings.Contains(found, " "+member+" ") {
				t.Errorf("%q has no %s among%s", path, member, found)
			}
		}
	}
}
