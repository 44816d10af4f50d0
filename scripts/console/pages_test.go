package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/state"
)

// textOf is the text of a page's elements of a class, or of all its content for "".
func textOf(t *testing.T, page, class string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for n := range root.Descendants() {
		if class == "" && n.Data == "main" || class != "" && hasClass(n, class) {
			found = append(found, textIn(n))
		}
	}
	return found
}

func textIn(n *html.Node) string {
	var parts []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			parts = append(parts, d.Data)
		}
	}
	return words(strings.Join(parts, " "))
}

func hasClass(n *html.Node, class string) bool {
	for _, a := range n.Attr {
		if a.Key == "class" {
			for _, c := range strings.Fields(a.Val) {
				if c == class {
					return true
				}
			}
		}
	}
	return false
}

// linkOf is the address of the link with a text.
func linkOf(t *testing.T, page, text string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Data == "a" && textIn(n) == text {
			for _, a := range n.Attr {
				if a.Key == "href" {
					address, _, _ := strings.Cut(a.Val, "#")
					return address
				}
			}
		}
	}
	t.Fatalf("no link %q", text)
	return ""
}

func TestEmptyDirectory(t *testing.T) {
	page := get(open(t, newFake(atNoon)), "/").Body.String()
	text := textOf(t, page, "")[0]
	for _, want := range []string{"Write the first script", "/srv/scripts", "@schedule every 15m", "waiting.lua", "crisphost check"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestListOfScripts(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	c := open(t, f)
	for target, want := range map[string]int{
		"/": 8, "/?q=INBOX": 2, "/?only=paused": 1, "/?only=broken&q=nothing": 0, "/?only=disabled": 0, "/?from=5": 3, "/?from=99": 0,
		"/?from=x": 8, "/?from=-3": 8,
	} {
		if got := len(textOf(t, get(c, target).Body.String(), "script")); got != want {
			t.Errorf("%s lists %d scripts, want %d", target, got, want)
		}
	}
	rows := strings.Join(textOf(t, get(c, "/").Body.String(), "script"), "\n")
	for _, want := range []string{
		"daily-digest", "every 15 minutes", "Next run by hand", "Next run paused", "Line 12: unexpected symbol near 'then'", "Recent runs: ",
	} {
		if !strings.Contains(rows, want) {
			t.Errorf("the list lacks %q:\n%s", want, rows)
		}
	}
}

func TestLongListHasPages(t *testing.T) {
	f := newFake(atNoon)
	for i := range 250 {
		f.put(state.Script{Name: fmt.Sprintf("script-%03d", i), Path: "x.lua", Version: "v"}, "")
	}
	c := open(t, f)
	target, seen := "/?q=script", 0
	for range 3 {
		page := get(c, target).Body.String()
		seen += len(textOf(t, page, "script"))
		if seen < 250 {
			target = linkOf(t, page, "Next")
		}
	}
	if seen != 250 || target != "/?from=200&q=script" {
		t.Errorf("%d scripts on the pages, the last is %s", seen, target)
	}
	if previous := linkOf(t, get(c, target).Body.String(), "Previous"); previous != "/?from=100&q=script" {
		t.Errorf("back leads to %s", previous)
	}
}

func TestScriptWithoutAGoodVersion(t *testing.T) {
	f := newFake(atNoon)
	f.put(state.Script{Name: "new", Path: "new.lua", Broken: &state.RunError{Message: "oops", Line: 1, SourceLine: "x("}, UpdatedAt: noon}, "")
	c := open(t, f)
	page := get(c, "/script?name=new").Body.String()
	text := textOf(t, page, "")[0]
	if !strings.Contains(text, "No version has worked so far") || strings.Contains(page, `action="/script/trigger"`) {
		t.Errorf("the page shows %s", text)
	}
	if strings.Contains(get(c, "/").Body.String(), `action="/script/trigger"`) {
		t.Error("the list offers to run it")
	}
}

func TestVersionsOfAScript(t *testing.T) {
	f := newFake(atNoon)
	s := state.Script{Name: "a", Path: "lib/a.lua", Language: "lua", Version: "11111111aaaa"}
	f.put(s, "print(1)\n")
	f.versions[s.Version].Files["lib/shared.lua"] = []byte("return { <b> }\n")
	f.ran("a", noon.Add(-2*time.Hour), time.Second, state.Succeeded)
	s.Version = "22222222bbbb"
	f.put(s, "print(2)\n")
	f.ran("a", noon.Add(-time.Hour), time.Second, state.Failed)
	f.ran("a", noon.Add(-30*time.Minute), time.Second, state.Failed)
	s.Version = "33333333cccc"
	f.put(s, "print(3)\n")
	c := open(t, f)
	page := get(c, "/script?name=a").Body.String()
	text := textOf(t, page, "versions")[0]
	if want := "33333333 current – 0 no runs 22222222 29 min ago 2 2 failed 11111111 1 h ago 1 1 succeeded"; !strings.HasSuffix(text, want) {
		t.Errorf("the versions are %q", text)
	}
	old := get(c, linkOf(t, get(c, "/source?version=11111111aaaa").Body.String(), "a")) // by the crumb to the script
	if old.Code != http.StatusOK {
		t.Errorf("the crumb leads to %d", old.Code)
	}
	page = get(c, "/source?version=11111111aaaa&file=lib%2Fshared.lua").Body.String()
	if !strings.Contains(page, "return { &lt;b&gt; }") || !strings.Contains(page, `aria-current="true"`) {
		t.Errorf("the file is %s", page)
	}
	for _, target := range []string{"/source?version=99", "/source", "/source?version=11111111aaaa&file=../a", "/script", "/runs/99"} {
		if w := get(c, target); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}

func TestRunsArePaged(t *testing.T) {
	f := newFake(atNoon)
	f.put(state.Script{Name: "a & b", Path: "a.lua", Version: "v"}, "print(1)")
	for i := range 250 {
		f.ran("a & b", noon.Add(time.Duration(i-300)*time.Second), time.Second, []state.RunState{state.Succeeded, state.Failed}[i%2])
	}
	f.put(state.Script{Name: "other", Path: "b.lua", Version: "w"}, "print(1)")
	f.ran("other", noon, time.Second, state.Succeeded)
	c := open(t, f)
	target, seen := "/runs?script="+url.QueryEscape("a & b")+"&state=failed", 0
	for target != "" {
		page := get(c, target).Body.String()
		seen += len(textOf(t, page, "at-time"))
		target = ""
		if strings.Contains(page, "Older") {
			target = linkOf(t, page, "Older")
		}
	}
	if seen != 125 {
		t.Errorf("%d failed runs on the pages", seen)
	}
	if got := textOf(t, get(c, "/runs?day=2026-11-18").Body.String(), "")[0]; !strings.Contains(got, "No run fits.") {
		t.Errorf("a day without runs shows %s", got)
	}
	for _, target := range []string{"/runs?state=odd", "/runs?day=yesterday", "/timeline?day=2026-13-01"} {
		if w := get(c, target); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}

func TestLogIsPaged(t *testing.T) {
	f := newFake(atNoon)
	f.put(state.Script{Name: "a", Path: "a.lua", Version: "v"}, "print(1)")
	id := f.ran("a", noon, time.Second, state.Succeeded)
	for i := range 2345 {
		f.print(id, "print", fmt.Sprint("line ", i+1))
	}
	c := open(t, f)
	end := get(c, "/runs/"+id).Body.String()
	lines := textOf(t, end, "message")
	if len(lines) != 1000 || lines[0] != "line 1346" || lines[999] != "line 2345" || !strings.Contains(end, "Lines 1346 to 2345 of 2345") {
		t.Errorf("the page shows %d lines from %q", len(lines), lines[0])
	}
	earlier := get(c, linkOf(t, end, "Earlier lines")).Body.String()
	if lines := textOf(t, earlier, "message"); lines[0] != "line 346" || len(lines) != 1000 {
		t.Errorf("earlier there are %d lines from %q", len(lines), lines[0])
	}
	if later := linkOf(t, earlier, "Later lines"); later != "/runs/"+id+"?after=1345" {
		t.Errorf("later leads to %s", later)
	}
	first := get(c, linkOf(t, earlier, "Earlier lines")).Body.String()
	if lines := textOf(t, first, "message"); lines[0] != "line 1" || strings.Contains(first, "Earlier lines") {
		t.Errorf("the first page begins with %q", lines[0])
	}
	w := get(c, "/runs/"+id+"/log.txt")
	all := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if len(all) != 2345 || all[0] != "2026-11-20T12:03:20.000Z print line 1" || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("the text has %d lines, the first is %q", len(all), all[0])
	}
}

// TestColoursInALog are for terminals: the page drops them, and the text has no command for a terminal.
func TestColoursInALog(t *testing.T) {
	f := newFake(atNoon)
	f.put(state.Script{Name: "a", Path: "a.lua", Version: "v"}, "print(1)")
	id := f.ran("a", noon, time.Second, state.Failed)
	f.print(id, "print", "\x1b[1;31mred\x1b[0m and\x1b]0;owned\a")
	f.logs[id][0].Fields = map[string]any{"\x1b[2J": "\x1b[2J"}
	f.edit(id, func(r *state.Run) { r.Error = &state.RunError{Message: "\x1b[31mno\x1b[0m"} })
	c := open(t, f)
	page := get(c, "/runs/"+id).Body.String()
	if lines := textOf(t, page, "message"); len(lines) != 2 || lines[0] != "no" || !strings.HasPrefix(lines[1], "red and") || strings.Contains(page, "[31m") {
		t.Errorf("the page has %q", lines)
	}
	if text := get(c, "/runs/"+id+"/log.txt").Body.String(); strings.ContainsAny(text, "\x1b\a") || !strings.Contains(text, `red and\u001b]0;owned`) {
		t.Errorf("the text is %q", text)
	}
}

func TestErrorIsShownInItsSource(t *testing.T) {
	f := newFake(atNoon)
	f.put(state.Script{Name: "a", Path: "a.lua", Version: "v"}, "one\r\ntwo\n\tthree = 数.x\nfour\nfive\nsix\nseven\n")
	id := f.ran("a", noon, time.Second, state.Failed)
	c := open(t, f)
	for _, e := range []struct {
		name          string
		err           state.RunError
		lines, caret  string
		leadsToSource bool
	}{
		{"in the version", state.RunError{File: "a.lua", Line: 3, Column: 11, SourceLine: "\tthree = 数.x"}, "one two three = 数.x four five six", "three = 数 ^", true},
		{"without a column", state.RunError{File: "a.lua", Line: 1}, "one two \tthree = 数.x four", "", true},
		{"the version has another line", state.RunError{File: "a.lua", Line: 3, Column: 2, SourceLine: "other"}, "other", "o ^", false},
		{"behind the last line", state.RunError{File: "a.lua", Line: 99, Column: 2, SourceLine: "gone"}, "gone", "g ^", false},
		{"a column behind the line", state.RunError{File: "a.lua", Line: 4, Column: 99}, "one two three = 数.x four five six seven", "", true},
		{"in no file", state.RunError{Line: 4, Column: 1}, "", "", false},
		{"nowhere", state.RunError{}, "", "", false},
	} {
		e.err.Message = "it broke"
		f.edit(id, func(r *state.Run) { r.Error = &e.err })
		page := get(c, "/runs/"+id).Body.String()
		var rows, caret []string
		for _, row := range textOf(t, page, "row") {
			if strings.HasSuffix(row, "^") {
				caret = append(caret, row)
			} else {
				rows = append(rows, row)
			}
		}
		if got := strings.Join(rows, " "); got != words(e.lines) {
			t.Errorf("%s: the lines are %q", e.name, got)
		}
		if got := strings.Join(caret, " "); got != e.caret {
			t.Errorf("%s: the caret stands behind %q", e.name, got)
		}
		if strings.Contains(page, "#L") != e.leadsToSource {
			t.Errorf("%s: a link to the source: %v", e.name, !e.leadsToSource)
		}
	}
}

func TestTimelineOfADayWithoutAnHour(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(atNoon)
	f.put(state.Script{Name: "a", Path: "a.lua", Version: "v"}, "print(1)")
	for _, day := range []string{"2026-03-29", "2026-10-25", "2026-11-19"} {
		at, err := time.ParseInLocation(time.DateTime, day+" 12:00:00", paris)
		if err != nil {
			t.Fatal(err)
		}
		f.ran("a", at, time.Minute, state.Succeeded)
		f.ran("a", at.Add(-12*time.Hour-time.Minute), time.Minute, state.Failed) // the day before, but for the jumps
	}
	c := open(t, f, func(o *console.Options) { o.Zone = paris })
	for day, want := range map[string]string{"2026-03-29": "47.", "2026-10-25": "52.", "2026-11-19": "50."} {
		page := get(c, "/timeline?day="+day).Body.String()
		_, rest, _ := strings.Cut(page, `class="bar is-succeeded" x="`)
		if !strings.HasPrefix(rest, want) {
			t.Errorf("on %s noon lies at %.8s, want %s", day, rest, want)
		}
		if zone := textOf(t, page, "zone"); len(zone) != 1 || zone[0] != "Europe/Paris, UTC+01:00" {
			t.Errorf("%s: the zone is %q", day, zone)
		}
	}
	if page := get(c, "/timeline?day=2026-03-29").Body.String(); strings.Count(page, `class="hour`) != 23 {
		t.Errorf("a day of 23 hours has %d", strings.Count(page, `class="hour`))
	}
}

// TestRunAgainForEvents runs a script once more for what started its run, not without an event.
func TestRunAgainForEvents(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	c := open(t, f)
	run := f.lastRun("daily-digest")
	f.edit(run.ID, func(r *state.Run) {
		r.State, r.Trigger = state.Succeeded, state.Trigger{Kind: state.ByEvent, Event: "message:send"}
	})
	f.events = map[string][]state.Event{run.ID: {{Name: "message:send", Payload: []byte("{}"), Time: f.now()}}}
	if page := get(c, "/runs/"+run.ID).Body.String(); !strings.Contains(page, `name="events_of" value="`+run.ID+`"`) {
		t.Error("the button of the run does not name its events")
	}
	w := ask(c, http.MethodPost, "/script/trigger", url.Values{"script": {run.Script}, "events_of": {run.ID}})
	again := f.lastRun(run.Script)
	if w.Code != http.StatusSeeOther || again.ID == run.ID || again.Trigger.Kind != state.ByEvent || again.Trigger.By != "console" {
		t.Errorf("%d, %+v", w.Code, again.Trigger)
	}
}

func TestActions(t *testing.T) {
	f := newFake(atNoon)
	demo(f, noon)
	inside, outside := open(t, f), open(t, f, withToken)
	form := url.Values{"script": {"daily-digest"}, "args": {"one\r\n\r\n two \r\n\r\n"}, "back": {"/?q=digest"}}
	w := ask(inside, http.MethodPost, "/script/trigger", form)
	run := f.lastRun("daily-digest")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/runs/"+run.ID || run.Trigger.By != "console" ||
		fmt.Sprintf("%q", run.Trigger.Args) != `["one" "" " two "]` {
		t.Errorf("%d to %s: %+v", w.Code, w.Header().Get("Location"), run.Trigger)
	}
	cookie := cookieOf(t, logIn(outside, token, "/"))
	ask(outside, http.MethodPost, "/script/trigger", form, with(cookie), from("203.0.113.7:1234"))
	if by := f.lastRun("daily-digest").Trigger.By; by != "console from 203.0.113.7" {
		t.Errorf("it was triggered by %q", by)
	}
	if w := ask(inside, http.MethodPost, "/script/pause", form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/?q=digest" {
		t.Errorf("pausing: %d to %s", w.Code, w.Header().Get("Location"))
	}
	if w := ask(inside, http.MethodPost, "/runs/"+run.ID+"/cancel", url.Values{}); w.Code != http.StatusSeeOther || f.runs[f.index(run.ID)].State != state.Cancelled {
		t.Errorf("cancelling: %d", w.Code)
	}
	w = ask(inside, http.MethodPost, "/runs/"+run.ID+"/cancel", url.Values{})
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "the run has ended") {
		t.Errorf("cancelling again: %d %s", w.Code, w.Body)
	}
	for _, action := range []string{"/script/trigger", "/script/pause", "/script/resume", "/runs/unknown/cancel"} {
		if w := ask(inside, http.MethodPost, action, url.Values{"script": {"unknown"}}); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", action, w.Code)
		}
	}
}
