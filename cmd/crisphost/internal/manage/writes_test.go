package manage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestListWrites(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.script(state.Script{Name: "digest"}, "print(1)\n")
	h.script(state.Script{Name: "quiet"}, "print(1)\n")
	h.expect(exitDone, []string{"writes"}, nil, []string{"crisphost: no writes\n"})
	if out, errs, code := h.crisphost("writes", "--json"); out != "[]\n" || errs != "" || code != exitDone {
		t.Errorf("an empty list is %q", out)
	}
	run := h.start("digest")
	now := h.Now()
	session := func(n int) map[string]string {
		return map[string]string{"website_id": "w1", "session_id": fmt.Sprintf("session_%d", n)}
	}
	const send = "website.conversation.message.send"
	calls := []state.APICall{
		{Time: now.Add(-50 * time.Hour), Operation: send, Effect: "send", Status: 202, Params: session(1)},
		{Time: now.Add(-4 * time.Second), Operation: send, Effect: "send", Status: 404, Reason: "not_found", Params: session(2)},
		{Time: now.Add(-3 * time.Second), Operation: send, Effect: "send", Reason: crisp.ReasonNoResponse, Params: session(3)},
		{Time: now.Add(-2 * time.Second), Operation: "website.conversation.delete", Effect: "delete", Reason: policy.Reason, Params: session(4)},
		{Time: now.Add(-time.Second), Operation: "website.settings.update", Effect: "write", Status: 200, Params: map[string]string{"website_id": "w\x1b1"}},
		{Time: now, Operation: "website.get", Effect: "read", Status: 200},
	}
	h.must(h.AppendCalls(t.Context(), run.ID, 1, calls))
	out := h.expect(exitDone, []string{"writes", "--since", "1d", "--script", "digest"}, []string{
		"TIME ", run.ID, "session session_2  refused (404)", "session session_3  unknown (no_response)", "session session_4  not sent (refused_by_policy)",
		`website w\u001b1`,
	}, nil)
	if strings.Contains(out, "session_1") || strings.Contains(out, "website.get") || strings.Count(out, "\n") != 5 {
		t.Errorf("%q", out)
	}
	type listed struct {
		Run, Script, Operation, Outcome string
		Params                          map[string]string
	}
	list := func(flags ...string) (sessions []string) {
		t.Helper()
		var all []listed
		out, _, _ := h.crisphost(append([]string{"writes", "--json"}, flags...)...)
		h.must(json.Unmarshal([]byte(out), &all))
		for _, w := range all {
			if w.Run != run.ID || w.Script != "digest" {
				t.Errorf("%+v", w)
			}
			sessions = append(sessions, w.Params["session_id"]+" "+w.Outcome)
		}
		return sessions
	}
	for _, c := range []struct{ flags, want []string }{
		{nil, []string{" done", "session_4 not sent", "session_3 unknown", "session_2 refused", "session_1 done"}},
		{[]string{"--limit", "2"}, []string{" done", "session_4 not sent"}},
		{[]string{"--object", "session_3"}, []string{"session_3 unknown"}},
		{[]string{"--operation", "website.conversation.message"}, []string{"session_3 unknown", "session_2 refused", "session_1 done"}},
		{[]string{"--until", "2d"}, []string{"session_1 done"}},
		{[]string{"--object", "nobody"}, nil},
	} {
		if got := list(c.flags...); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.flags, got, c.want)
		}
	}
	h.expect(exitDone, []string{"writes", "-n", "2"}, []string{run.ID}, []string{"there are more than 2 writes: --limit 0 lists all"})
	h.expect(exitDone, []string{"writes", "--script", "quiet"}, nil, []string{"no writes"})
	h.expect(exitUsage, []string{"writes", "--script", "digset"}, nil, []string{`did you mean "digest"?`})
	h.expect(exitUsage, []string{"writes", "--operation", "website.conversation.mesage.send"}, nil, []string{"did you mean " + send + "?"})
	h.expect(exitUsage, []string{"writes", "--until", "banana"}, nil, []string{"--until", "yesterday"})
	h.expect(exitUsage, []string{"writes", "--limit", "-1"}, nil, []string{"below zero"})
	h.expect(exitDone, []string{"runs", "show", "--json", run.ID}, []string{`"session_id": "session_3"`, `"outcome": "unknown"`}, nil)
}

// TestManyWrites reads more than are in memory at once.
func TestManyWrites(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.script(state.Script{Name: "digest"}, "print(1)\n")
	run := h.start("digest")
	calls := make([]state.APICall, 2*writesAtOnce+1)
	for i := range calls {
		// Many at one moment.
		calls[i] = state.APICall{
			Time: h.Now().Add(time.Duration(i/700) * time.Second), Operation: "website.conversation.delete", Effect: "delete", Status: 200,
			Params: map[string]string{"session_id": fmt.Sprint(i)},
		}
	}
	h.must(h.AppendCalls(t.Context(), run.ID, 1, calls))
	var all []struct{ Params map[string]string }
	out, _, _ := h.crisphost("writes", "--json")
	h.must(json.Unmarshal([]byte(out), &all))
	for i, w := range all {
		if want := fmt.Sprint(len(calls) - 1 - i); w.Params["session_id"] != want {
			t.Fatalf("%d is %s, want %s", i, w.Params["session_id"], want)
		}
	}
	out = h.expect(exitDone, []string{"writes", "--limit", "0"}, []string{"session 0 ", "session 2000 "}, nil)
	if len(all) != len(calls) || strings.Count(out, "\n") != len(calls)+1 {
		t.Errorf("%d and %d lines of %d", len(all), strings.Count(out, "\n"), len(calls))
	}
}
