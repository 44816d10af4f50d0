package console_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// evil is a name that tries to leave each place that it is put into.
const evil = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(2)> ../../a?b=c&d#e %2F\u202e{{.}} javascript:alert(3)"

func scriptPath(name string) string { return "/script?name=" + url.QueryEscape(name) }

// hostile fills a fake with evil everywhere and answers a run.
func hostile(f *fake) string {
	s := state.Script{
		Name: evil, Path: evil, Language: evil, Description: evil, Version: evil, Schedules: []string{evil, "every " + evil},
		Triggers: &state.Triggers{On: []state.On{{Event: evil, Where: evil}}, Key: evil},
		Timezone: evil, UpdatedAt: f.now(), NextRun: f.now().Add(time.Hour),
		Broken: &state.RunError{Kind: evil, Message: evil, Hint: evil, File: evil, Line: 1, Column: 3, SourceLine: evil, Trace: evil},
	}
	f.put(s, evil+"\r\n\x00\xff\nlast")
	id := f.ran(evil, f.now().Add(-time.Minute), time.Second, state.Failed)
	f.edit(id, func(r *state.Run) {
		r.Host, r.CancelledBy, r.Attempt, r.Rescues = evil, evil, 2, 1
		r.Trigger = state.Trigger{Kind: state.ByHand, By: evil, Args: []string{evil, ""}}
		r.Error = &state.RunError{Message: evil, File: evil, Line: 1, Column: 9999, SourceLine: evil, Hint: evil, Trace: evil}
	})
	f.logs[id] = []state.LogLine{{Seq: 1, Attempt: 1, Time: f.now(), Level: evil, Message: evil + "\ndata: x\n\nid: 7\r\n", Fields: map[string]any{
		evil: evil, "deep": map[string]any{evil: []any{nil, 1.5, evil}}, "bad": func() {},
	}}}
	event := f.ran(evil, f.now().Add(-time.Minute), time.Second, state.Failed)
	f.edit(event, func(r *state.Run) {
		r.Trigger = state.Trigger{Kind: state.ByEvent, By: evil, Event: evil, Key: evil}
	})
	f.events = map[string][]state.Event{event: {{Name: evil, Payload: []byte(strconv.Quote(evil)), Time: f.now()}, {Name: evil, Payload: []byte(evil)}}}
	f.calls[id] = []state.APICall{{Time: f.now(), Operation: evil, Effect: evil, Status: 500, Reason: evil, Params: map[string]string{evil: evil, "session_id": evil}}}
	return id
}

func TestHostileText(t *testing.T) {
	f := newFake(atNoon)
	id := hostile(f)
	var event string
	for run := range f.events {
		event = run
	}
	f.written = statetest.Open(t, statetest.SQLite(t))
	if err := f.written.AppendCalls(t.Context(), id, 1, f.calls[id]); err != nil {
		t.Fatal(err)
	}
	c := open(t, f)
	for _, target := range []string{
		"/", "/?q=" + url.QueryEscape(evil), "/?only=" + url.QueryEscape(evil), scriptPath(evil), scriptPath(evil + "x"),
		"/source?version=" + url.QueryEscape(evil), "/source?version=" + url.QueryEscape(evil) + "&file=" + url.QueryEscape(evil+"x"),
		"/runs", "/runs?script=" + url.QueryEscape(evil), "/runs?state=" + url.QueryEscape(evil), "/runs?day=" + url.QueryEscape(evil),
		"/runs/" + id, "/runs/" + event, "/runs/" + url.PathEscape(evil), "/runs/" + id + "?after=" + url.QueryEscape(evil), "/timeline", "/writes?script=" + url.QueryEscape(evil) + "&object=" + url.QueryEscape(evil), "/writes?day=" + url.QueryEscape(evil),
		"/writes", "/writes?before=" + url.QueryEscape(evil),
		"/timeline?day=" + url.QueryEscape(evil), "/" + url.PathEscape(evil), "/assets/" + url.PathEscape(evil),
	} {
		w := get(c, target)
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%s: status %d: %s", target, w.Code, w.Body)
		}
		for _, problem := range injected(t, w.Body.String()) {
			t.Errorf("%s: %s", target, problem)
		}
	}
}

// injected tells the elements and attributes of a page that the console never writes.
func injected(t *testing.T, page string) (problems []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "img" || n.Data == "iframe" || n.Data == "style" || n.Data == "script" && n.FirstChild != nil {
			problems = append(problems, "element "+n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style":
				problems = append(problems, "attribute "+a.Key+" of "+n.Data)
			case a.Key == "href" || a.Key == "src" || a.Key == "action":
				if !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "//") {
					problems = append(problems, "a link to "+a.Val)
				}
			}
		}
	}
	return problems
}

// A name survives the way through the page's links and forms.
func TestHostileNameLeadsToItsScript(t *testing.T) {
	f := newFake(atNoon)
	hostile(f)
	c := open(t, f)
	root, err := html.Parse(get(c, "/").Body)
	if err != nil {
		t.Fatal(err)
	}
	links, forms := 0, 0
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "href" && strings.HasPrefix(a.Val, "/script?"):
				links++
				if w := get(c, a.Val); w.Code != http.StatusOK {
					t.Errorf("%s: status %d", a.Val, w.Code)
				}
			case a.Key == "value" && a.Val == evil:
				forms++
				if w := ask(c, http.MethodPost, "/script/pause", url.Values{"script": {a.Val}}); w.Code != http.StatusSeeOther {
					t.Errorf("pausing answers %d", w.Code)
				}
			}
		}
	}
	if links == 0 || forms == 0 {
		t.Errorf("the page has %d links and %d forms for the script", links, forms)
	}
}
