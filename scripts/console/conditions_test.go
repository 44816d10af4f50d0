package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// TestHealthOfScripts judges scripts by their last result: what was skipped or cancelled, waits or goes changes nothing, and stands beside it.
func TestHealthOfScripts(t *testing.T) {
	f := newFake(atNoon)
	c := open(t, f)
	put := func(s state.Script, ends ...state.RunState) {
		s.Path, s.Version, s.Schedules = s.Name+".lua", "v-"+s.Name, []string{"every 1m"}
		f.put(s, "print(1)")
		for i, end := range ends {
			f.ran(s.Name, noon.Add(time.Duration(i-len(ends))*time.Minute), time.Second, end)
		}
	}
	put(state.Script{Name: "a-good"}, state.Failed, state.Succeeded, state.Skipped, state.Cancelled)
	put(state.Script{Name: "b-never"}, state.TimedOut, state.Skipped, state.TimedOut, state.Skipped, state.Running, state.Scheduled, state.Scheduled)
	put(state.Script{Name: "c-new"}, state.Skipped)
	put(state.Script{Name: "d-paused", Paused: true}, state.Succeeded, state.Failed)
	put(state.Script{Name: "e-broken", Broken: &state.RunError{Message: "\x1b[31munexpected end\x1b[0m"}}, state.Failed)
	put(state.Script{Name: "f-off", Disabled: true}, state.Succeeded)

	for name, want := range map[string][]string{
		"a-good":   {"healthy"},
		"b-never":  {"failing", "running", "2 waiting"},
		"c-new":    {"new"},
		"d-paused": {"failing", "paused"},
		"e-broken": {"broken", "failing"},
		"f-off":    {"healthy", "disabled"},
	} {
		page := get(c, scriptPath(name)).Body.String()
		heading := textOf(t, page, "title")[0]
		if got := strings.TrimSpace(heading); !strings.HasPrefix(got, "Scripts "+name+" "+strings.Join(want, " ")) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	page := get(c, "/").Body.String()
	var order []string
	for _, row := range textOf(t, page, "script") {
		order = append(order, strings.Fields(row)[0])
	}
	if want := []string{"e-broken", "b-never", "d-paused", "a-good", "c-new", "f-off"}; !slices.Equal(order, want) {
		t.Errorf("the order is %q, want %q", order, want)
	}
	if got := words(textOf(t, page, "filters")[0]); got != "6 in all 1 broken 3 failing 1 running 1 waiting 1 paused 1 disabled 1 new 2 healthy" {
		t.Errorf("the filters are %q", got)
	}
	for only, want := range map[string]int{"failing": 3, "waiting": 1, "healthy": 2, "disabled": 1} {
		if got := len(textOf(t, get(c, "/?only="+only).Body.String(), "script")); got != want {
			t.Errorf("only %s lists %d scripts, want %d", only, got, want)
		}
	}
	text := textOf(t, page, "")[0]
	for _, want := range []string{"50% of 2 succeeded", "0% of 2 succeeded", "Failing since 6 min ago , 2 in a row", "unexpected end"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list lacks %q: %s", want, text)
		}
	}
	if strings.ContainsRune(page, '\x1b') {
		t.Error("the list has an escape sequence")
	}
	text = textOf(t, get(c, scriptPath("b-never")).Body.String(), "")[0]
	for _, want := range []string{"Failing since 6 min ago , 2 in a row", "The last of these runs", "Success 0% of 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page of a script that fails lacks %q: %s", want, text)
		}
	}
}

// TestRenamedAndRemoved tells of names that scripts had, and of what those that are gone have left.
func TestRenamedAndRemoved(t *testing.T) {
	f := newFake(atNoon)
	c := open(t, f)
	f.put(state.Script{Name: "support/reply", Path: "support/reply.lua", Version: "v"}, "print(1)")
	f.departures = []state.Departure{
		{Name: "reply", Successor: "support/reply", RemovedAt: noon.Add(-time.Hour), Keys: 0},
		{Name: "<old>", RemovedAt: noon.Add(-24 * time.Hour), Keys: 1200},
		{Name: "without", RemovedAt: noon.Add(-time.Hour)},
	}
	if text := textOf(t, get(c, scriptPath("support/reply")).Body.String(), "facts")[0]; !strings.Contains(text, "Renamed was reply until 1 h ago") {
		t.Errorf("the script's page has %q", text)
	}
	text := strings.Join(textOf(t, get(c, "/").Body.String(), "removed"), "")
	if want := "<old> 1 200 values, kept until " + noon.Add(29*24*time.Hour).Format(time.DateOnly); !strings.Contains(text, want) ||
		strings.Contains(text, "without") || strings.Contains(text, "support") || !strings.Contains(text, "crisphost scripts adopt OLD NEW") {
		t.Errorf("the list of removed scripts is %q, want %q", text, want)
	}
}

// TestCaughtUp tells of runs that make up for missed ticks.
func TestCaughtUp(t *testing.T) {
	f := newFake(atNoon)
	c := open(t, f)
	f.put(state.Script{Name: "a", Path: "a.lua", Version: "v"}, "print(1)")
	plain, missed := f.ran("a", noon, time.Second, state.Succeeded), f.ran("a", noon, time.Second, state.Succeeded)
	f.edit(missed, func(r *state.Run) { r.Missed = true })
	for target, want := range map[string]int{"/runs/" + plain: 0, "/runs/" + missed: 1, "/runs": 1} {
		if n := strings.Count(get(c, target).Body.String(), "schedule, caught up"); n != want {
			t.Errorf("%s tells of %d runs that caught up, want %d", target, n, want)
		}
	}
}
