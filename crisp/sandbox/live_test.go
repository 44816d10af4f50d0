package sandbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/testwait"
)

// play lets n things happen and returns the events.
func play(t *testing.T, cfg sandbox.Config, n int, between func(*api, []heard)) (*api, []heard) {
	t.Helper()
	s, a, l := listen(t, cfg)
	step := s.LiveSteps()
	var all []heard
	for range n {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		got := l.drain()
		for _, e := range got {
			checkPayload(t, e)
		}
		all = append(all, got...)
		if between != nil {
			between(a, got)
			l.drain()
		}
	}
	return a, all
}

// TestLive checks that every kind of thing happens, that the same seed makes the same ones happen, and that the API
// shows what has happened.
func TestLive(t *testing.T) {
	a, events := play(t, sandbox.Config{Seed: 4}, 3000, nil)
	count := map[string]int{}
	present := 24
	for _, e := range events {
		count[e.name]++
		if e.name == "website:update_visitors_count" {
			var payload struct {
				Count int `json:"visitors_count"`
			}
			e.decode(t, &payload)
			present = payload.Count
		}
	}
	t.Logf("%v", count)
	for _, name := range strings.Fields(`session:request:initiated session:update_availability session:set_nickname session:set_email
		session:set_segments people:bind:session people:sync:profile session:sync:geolocation session:sync:system session:sync:locales
		session:sync:pages session:sync:rating message:send message:received message:compose:send message:compose:receive
		message:acknowledge:read:send session:set_routing session:set_state website:update_visitors_count
		website:update_operators_availability`) {
		if count[name] == 0 {
			t.Errorf("no %s", name)
		}
	}
	if count["message:received"] >= count["message:send"] {
		t.Errorf("%d answers to %d messages: not everybody gets one", count["message:received"], count["message:send"])
	}
	var visitors struct{ Count int }
	a.ok("GET", "/visitors/count", "", &visitors)
	if visitors.Count != present || present > 100 {
		t.Errorf("%d visitors, and the last event told of %d", visitors.Count, present)
	}
	list := a.ok("GET", "/conversations/1?per_page=50", "", nil)
	if err := spec.ByID("website.conversations.list").Result.ValidateAnswerJSON(list.Data); err != nil {
		t.Error(err)
	}
	var last struct {
		Session string `json:"session_id"`
	}
	events[slices.IndexFunc(events, func(e heard) bool { return e.name == "session:sync:pages" })].decode(t, &last)
	var pages []json.RawMessage
	if a.ok("GET", "/conversation/"+last.Session+"/pages/1", "", &pages); len(pages) == 0 {
		t.Error("the conversation of a visitor who has browsed shows no pages")
	}

	_, again := play(t, sandbox.Config{Seed: 4}, 3000, nil)
	if !slices.EqualFunc(events, again, func(a, b heard) bool { return a.name == b.name && string(a.data) == string(b.data) }) {
		t.Error("the same seed has made other things happen")
	}
	_, others := play(t, sandbox.Config{Seed: 5}, 100, nil)
	if slices.EqualFunc(events[:len(others)], others, func(a, b heard) bool { return a.name == b.name }) {
		t.Error("another seed has made the same things happen")
	}
}

// TestLiveWithOthers checks that what happens goes on while others answer, resolve and remove.
func TestLiveWithOthers(t *testing.T) {
	sent := 0
	_, events := play(t, sandbox.Config{}, 2000, func(a *api, events []heard) {
		for _, e := range events {
			if e.name != "message:send" {
				continue
			}
			var m struct {
				Session string `json:"session_id"`
			}
			e.decode(t, &m)
			path := "/conversation/" + m.Session
			switch sent++; sent % 4 {
			case 0:
				a.ok("DELETE", path, "", nil)
			case 1:
				a.ok("POST", path+"/message", `{"type":"text","from":"operator","origin":"chat","content":"Hi","automated":true}`, nil)
			case 2:
				a.ok("PATCH", path+"/state", `{"state":"resolved"}`, nil)
			case 3:
				a.ok("PATCH", path+"/block", `{"blocked":true}`, nil)
			}
		}
	})
	if sent < 50 {
		t.Errorf("%d messages in %d events", sent, len(events))
	}
}

// TestLiveEnds checks that a sandbox which lives does so by itself, and ends.
func TestLiveEnds(t *testing.T) {
	start := time.Now()
	server := sandboxtest.Start(t, sandbox.Config{Live: 60_000})
	a := &api{t: t, base: strings.TrimSuffix(server.URL(), "/"), tier: "user"}
	testwait.Until(t, "visitors write", func() bool {
		var first []struct {
			Created int64 `json:"created_at"`
			Active  struct{ Now bool }
		}
		a.ok("GET", "/conversations/1?order_date_created=1", "", &first)
		return first[0].Created >= start.UnixMilli()
	})
	http.DefaultClient.CloseIdleConnections()
}
