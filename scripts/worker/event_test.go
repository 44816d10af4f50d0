//go:build unix

package worker_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// TestRunForEvents gives scripts of both languages an event, a list of events, and none.
func TestRunForEvents(t *testing.T) {
	p := newPool(t, worker.Options{})
	pair := []struct{ name, code string }{
		{"event.lua", `
			if event then
				print(event.from, event.user.nickname, event.inbox_id == nil or event.inbox_id == json.null, #event.tags)
				event.from = "changed"
				print(event.from)
			end
			if events then
				for i, e in ipairs(events) do print(i, e.from) end
			end
			if not event and not events then print("neither") end`},
		{"event.js", `
			if (event) {
				console.log(event.from + "\t" + event.user.nickname + "\t" + (event.inbox_id === null) + "\t" + event.tags.length)
				event.from = "changed"
				console.log(event.from)
			}
			if (events) for (const [i, e] of events.entries()) console.log(i + 1 + "\t" + e.from)
			if (event === null && events === null) console.log("neither")`},
	}
	const event = `{"from": "user", "user": {"nickname": "Zoé"}, "inbox_id": null, "tags": ["a", "b"]}`
	for _, script := range pair {
		j := job(t, script.name, script.code)
		expect(t, p, j, "neither\n")
		j.Event = json.RawMessage(event)
		expect(t, p, j, "user\tZoé\ttrue\t2\nchanged\n")
		j.Event, j.Events = nil, []json.RawMessage{json.RawMessage(event), json.RawMessage(`{"from":"operator"}`)}
		expect(t, p, j, "1\tuser\n2\toperator\n")
	}
	for _, script := range []struct{ name, code string }{
		{"none.lua", `print(event.from)`},
		{"none.js", `console.log(event.from)`},
	} {
		outcome, _ := run(t, p, job(t, script.name, script.code))
		if outcome.State != state.Failed || !strings.Contains(outcome.Error.Hint, "no event started this run") || outcome.Error.Line != 1 {
			t.Errorf("%s without an event: %+v", script.name, outcome.Error)
		}
	}
}

func TestRunRefusesWhatIsNoEvent(t *testing.T) {
	p := newPool(t, worker.Options{})
	for want, change := range map[string]func(*worker.Job){
		"the event of the job is not JSON":           func(j *worker.Job) { j.Event = json.RawMessage(`{"a": `) },
		"the job has an event and a list of events":  func(j *worker.Job) { j.Event, j.Events = json.RawMessage(`{}`), []json.RawMessage{} },
		"more than the 64 MiB that a worker takes":   func(j *worker.Job) { j.Event = make(json.RawMessage, 65<<20) },
		"the event of the job is not JSON, in lists": func(j *worker.Job) { j.Events = []json.RawMessage{json.RawMessage(`{}, {`)} },
	} {
		j := job(t, "a.lua", `print("ran")`)
		change(&j)
		outcome, r := run(t, p, j)
		want, _, _ = strings.Cut(want, ", in lists")
		if outcome.Error == nil || outcome.Error.Kind != worker.KindWorker || !strings.Contains(outcome.Error.Message, want) || r.text() != "" {
			t.Errorf("%s: %+v, printed %q", want, outcome.Error, r.text())
		}
	}
}

// TestRunOnAnotherWebsite has the calls of a run go to the website of its event.
func TestRunOnAnotherWebsite(t *testing.T) {
	p := newPool(t, worker.Options{})
	for name, code := range map[string]string{"w.lua": `print(crisp.website_id)`, "w.js": `console.log(crisp.website_id)`} {
		j := job(t, name, code)
		j.WebsiteID = "22222222-2222-4222-8222-222222222222"
		expect(t, p, j, j.WebsiteID+"\n")
	}
}
