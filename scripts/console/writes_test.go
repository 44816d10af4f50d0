package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// TestWrites finds out to whom something was written, on which day and by which script.
func TestWrites(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	f := newFake(atNoon)
	f.written = db
	c := open(t, f)
	if got := textOf(t, get(c, "/writes").Body.String(), "")[0]; !strings.Contains(got, "Nothing was written yet.") {
		t.Errorf("without writes: %s", got)
	}
	add := func(script string, calls ...state.APICall) string {
		t.Helper()
		statetest.Save(t, db, state.Script{Path: script + ".lua"}, "print(1)")
		run, err := db.Trigger(t.Context(), script, state.Trigger{Kind: state.ByHand})
		if err == nil {
			err = db.AppendCalls(t.Context(), run.ID, 1, calls)
		}
		if err != nil {
			t.Fatal(err)
		}
		return run.ID
	}
	const send = "website.conversation.message.send"
	var many []state.APICall
	for i := range 450 {
		many = append(many, state.APICall{Time: noon.Add(time.Duration(i/7) * time.Second), Operation: send, Effect: "send", Status: 202, Params: map[string]string{"website_id": "w", "session_id": fmt.Sprintf("session_%d", i)}})
	}
	run := add("digest", many...)
	add("a & b", state.APICall{Time: noon.Add(-24 * time.Hour), Operation: "website.people.profile.delete", Effect: "delete", Reason: crisp.ReasonNoResponse, Params: map[string]string{"website_id": "w", "people_id": "p/1"}})

	seen := 0
	for target := "/writes?script=digest"; target != ""; {
		page := get(c, target).Body.String()
		for _, row := range textOf(t, page, "write") {
			if want := fmt.Sprintf("session session_%d done 202 %s", 449-seen, run[len(run)-8:]); !strings.HasSuffix(row, want) {
				t.Fatalf("row %d is %q, want %q", seen, row, want)
			}
			seen++
		}
		target = ""
		if strings.Contains(page, "Older") {
			target = linkOf(t, page, "Older")
		}
	}
	if seen != 450 {
		t.Errorf("%d writes on the pages", seen)
	}
	for target, want := range map[string][]string{
		"/writes?object=session_7":                {send + " session session_7 done 202"},
		"/writes?object=p%2F1":                    {"a & b website.people.profile.delete people p/1 unknown no_response"},
		"/writes?day=2026-11-19":                  {"people p/1"},
		"/writes?day=2026-11-19&script=digest":    nil,
		"/writes?object=session_7&script=a+%26+b": nil,
	} {
		rows := textOf(t, get(c, target).Body.String(), "write")
		if len(rows) != len(want) || len(want) == 1 && !strings.Contains(rows[0], want[0]) {
			t.Errorf("%s: %q, want %q", target, rows, want)
		}
	}
	page := get(c, "/writes?script="+url.QueryEscape("a & b")).Body.String()
	if link := linkOf(t, page, "p/1"); link != "/writes?object=p%2f1" {
		t.Errorf("the object leads to %s", link)
	}
	for _, target := range []string{"/writes?before=x", "/writes?before=1.2.x", "/writes?day=odd"} {
		if w := get(c, target); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}
