package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/state"
)

// sse is one server-sent event.
type sse struct{ id, event, data string }

// listen opens a stream. Its events come until the server or the test ends it.
func listen(t *testing.T, url, last string) (events <-chan sse, hangUp func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	client := &http.Client{Transport: &http.Transport{}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		body, _ := io.ReadAll(response.Body)
		t.Fatalf("%s: %s %s: %s", url, response.Status, response.Header.Get("Content-Type"), body)
	}
	out := make(chan sse)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(out)
		defer response.Body.Close()
		var e sse
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.id = value
			case "event":
				e.event = value
			case "data", "data:":
				e.data = value
			case "":
				if e.event != "" {
					select {
					case out <- e:
					case <-ctx.Done():
						return
					}
				}
				e = sse{}
			}
		}
	}()
	stop := func() {
		cancel()
		<-done
		client.CloseIdleConnections()
	}
	t.Cleanup(stop)
	return out, stop
}

func next(t *testing.T, events <-chan sse, event string) sse {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok || e.event != event {
			t.Fatalf("the event is %+v, want %s", e, event)
		}
		return e
	case <-time.After(2 * time.Minute):
		t.Fatalf("no event, want %s", event)
		return sse{}
	}
}

// text is what the lines of an event show, without their times.
func text(t *testing.T, e sse) string {
	t.Helper()
	var html string
	if err := json.Unmarshal([]byte(e.data), &html); err != nil {
		t.Fatalf("%q: %v", e.data, err)
	}
	var messages []string
	for _, rest := range strings.Split(html, `<span class="message">`)[1:] {
		message, _, _ := strings.Cut(rest, "</span>")
		messages = append(messages, message)
	}
	return strings.Join(messages, "|")
}

func TestRunStream(t *testing.T) {
	f := newFake(time.Now)
	f.put(state.Script{Name: "a", Path: "a.lua", Version: "v"}, "print(1)")
	base := serve(t, f, live)
	id, err := f.Trigger(t.Context(), "a", nil, "a test")
	if err != nil {
		t.Fatal(err)
	}
	f.print(id, "print", "one", "two <b>\r\n\ndata: three")
	events, _ := listen(t, base+"/runs/"+id+"/stream", "")
	e := next(t, events, "lines")
	if got := text(t, e); e.id != "2" || got != "one|two &lt;b&gt;\r\n\ndata: three" {
		t.Errorf("%+v shows %q", e, got)
	}
	f.edit(id, func(r *state.Run) { r.State, r.StartedAt = state.Running, time.Now() })
	next(t, events, "change")
	f.print(id, "print", "three")
	if e := next(t, events, "lines"); e.id != "3" || text(t, e) != "three" {
		t.Errorf("%+v", e)
	}
	// A browser that lost the connection tells what it saw last; the address still names where the page began.
	again, hangUp := listen(t, base+"/runs/"+id+"/stream?after=0", "2")
	if e := next(t, again, "lines"); e.id != "3" || text(t, e) != "three" {
		t.Errorf("%+v", e)
	}
	hangUp()
	until(t, func() bool { return f.subscribers() == 1 })

	// The lines before the end come before the end.
	f.mu.Lock()
	f.logs[id] = append(f.logs[id], state.LogLine{Seq: 4, Attempt: 1, Time: time.Now(), Level: "print", Message: "four"})
	f.mu.Unlock()
	f.edit(id, func(r *state.Run) { r.State, r.EndedAt = state.Succeeded, time.Now() })
	if e := next(t, events, "lines"); e.id != "4" {
		t.Errorf("%+v", e)
	}
	next(t, events, "change")
	next(t, events, "end")
	if e, ok := <-events; ok {
		t.Errorf("after the end comes %+v", e)
	}
	// One that asks after the end gets what it lacks, and the end.
	late, _ := listen(t, base+"/runs/"+id+"/stream?after=3", "")
	if e := next(t, late, "lines"); e.id != "4" {
		t.Errorf("%+v", e)
	}
	next(t, late, "end")

	c := open(t, f)
	for _, target := range []string{"/runs/" + id + "/stream?after=x", "/runs/" + id + "/stream?after=-1"} {
		if w := get(c, target); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
	if w := get(c, "/runs/unknown/stream"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown run: %d", w.Code)
	}
}

func TestLongLogComesInPieces(t *testing.T) {
	f := newFake(time.Now)
	f.put(state.Script{Name: "a", Path: "a.lua", Version: "v"}, "print(1)")
	base := serve(t, f, live)
	id := f.ran("a", time.Now(), time.Second, state.Succeeded)
	for i := range 1234 {
		f.print(id, "print", fmt.Sprint("line ", i+1))
	}
	events, _ := listen(t, base+"/runs/"+id+"/stream", "")
	var seen []string
	for e := range events {
		if e.event == "lines" {
			seen = append(seen, strings.Split(text(t, e), "|")...)
		}
	}
	if len(seen) != 1234 || seen[0] != "line 1" || seen[1233] != "line 1234" {
		t.Errorf("%d lines came, from %q to %q", len(seen), seen[0], seen[len(seen)-1])
	}
}

func TestChangeStream(t *testing.T) {
	f := newFake(time.Now)
	demo(f, time.Now())
	base := serve(t, f, live)
	all, _ := listen(t, base+"/stream", "")
	one, _ := listen(t, base+"/stream?script=daily-digest", "")
	until(t, func() bool { return f.subscribers() == 2 })

	id := f.ran("sync-people", time.Now(), time.Second, state.Succeeded)
	next(t, all, "change")
	f.print(id, "print", "lines change no list")
	for range 50 { // told once
		f.change(console.Event{Script: "daily-digest"}, func() {})
	}
	next(t, all, "change")
	next(t, one, "change")
	f.change(console.Event{Script: "daily-digest"}, func() {})
	next(t, one, "change")
	next(t, all, "change")
}

func TestStreamsEndWithTheConsole(t *testing.T) {
	f := newFake(time.Now)
	demo(f, time.Now())
	c := open(t, f)
	base := serveConsole(t, c)
	events, _ := listen(t, base+"/stream", "")
	until(t, func() bool { return f.subscribers() == 1 })
	c.Close()
	c.Close()
	if e, ok := <-events; ok {
		t.Errorf("the stream sends %+v", e)
	}
	until(t, func() bool { return f.subscribers() == 0 })
}

func TestStreamsAreBounded(t *testing.T) {
	f := newFake(time.Now)
	demo(f, time.Now())
	base := serve(t, f, live)
	var hangUp func()
	for range 128 {
		_, hangUp = listen(t, base+"/stream", "")
	}
	ask := func() int {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	if status := ask(); status != http.StatusServiceUnavailable {
		t.Errorf("one more: %d", status)
	}
	hangUp()
	until(t, func() bool { return ask() == http.StatusOK })
}
