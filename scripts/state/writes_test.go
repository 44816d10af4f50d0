//go:build unix

package state_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestWrites(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		at := func(minute int) time.Time {
			return time.Unix(1_700_000_000, 0).Add(time.Duration(minute) * time.Minute).UTC()
		}
		made := func(script string, calls ...state.APICall) string {
			t.Helper()
			run := trigger(t, db, script).ID
			ok(t, db.AppendCalls(ctx, run, 1, calls))
			return run
		}
		script(t, db, "a")
		script(t, db, "b")
		on := func(names ...string) map[string]string {
			m := map[string]string{}
			for i := 0; i < len(names); i += 2 {
				m[names[i]] = names[i+1]
			}
			return m
		}
		long := strings.Repeat("é", 300)
		first := made("a",
			state.APICall{Time: at(0), Operation: "website.conversation.get", Effect: "read", Status: 200, Params: on("session_id", "s1")},
			state.APICall{Time: at(1), Operation: "website.conversation.message.send", Effect: "send", Status: 202, Params: on("website_id", "w", "session_id", "s1")},
			state.APICall{Time: at(5), Operation: "website.conversation.message.update", Effect: "write", Status: 200, Params: on("website_id", "w", "session_id", "s1", "fingerprint", "77")},
			state.APICall{Time: at(5), Operation: "website.conversation.delete", Effect: "delete", Reason: policy.Reason, Params: on("website_id", "w", "session_id", "s2")},
			state.APICall{Time: at(6), Operation: "website.people.profile.update", Effect: "write", Params: on("website_id", "w", "people_id", long)},
			state.APICall{Time: at(7), Operation: "no.effect", Reason: crisp.ReasonInvalidRequest},
		)
		made("b",
			state.APICall{Time: at(2), Operation: "POST /website/w/odd/s1/thing", Effect: "write", Status: 404},
			state.APICall{Time: at(3), Operation: "website.conversationx", Effect: "write", Status: 200, Params: on("website_id", "s1%")},
			state.APICall{Time: at(4), Operation: "website.create", Effect: "write", Status: 201, Params: on()},
		)
		show := func(w state.Write) string {
			return fmt.Sprint(w.Time.Sub(at(0)).Minutes(), " ", w.Script, " ", w.Operation)
		}
		all := []string{
			"6 a website.people.profile.update", "5 a website.conversation.delete", "5 a website.conversation.message.update", "4 b website.create",
			"3 b website.conversationx", "2 b POST /website/w/odd/s1/thing", "1 a website.conversation.message.send",
		}
		pick := func(places ...int) (picked []string) {
			for _, i := range places {
				picked = append(picked, all[i])
			}
			return picked
		}
		for _, c := range []struct {
			name   string
			filter state.WriteFilter
			want   []string
		}{
			{"all", state.WriteFilter{}, all},
			{"script", state.WriteFilter{Script: "b"}, pick(3, 4, 5)},
			{"since and until", state.WriteFilter{Since: at(2), Until: at(5)}, pick(3, 4, 5)},
			{"operation", state.WriteFilter{Operation: "website.conversation"}, pick(1, 2, 6)},
			{"whole operation", state.WriteFilter{Operation: "website.create"}, pick(3)},
			{"object", state.WriteFilter{Object: "s1"}, pick(2, 5, 6)},
			{"part", state.WriteFilter{Object: "77"}, pick(2)},
			{"website", state.WriteFilter{Object: "w"}, pick(0, 1, 2, 5, 6)},
			{"object of a script", state.WriteFilter{Object: "s1", Script: "a", Since: at(2)}, pick(2)},
			{"long object", state.WriteFilter{Object: long}, pick(0)},
			{"no pattern", state.WriteFilter{Object: "s%"}, nil},
			{"limit", state.WriteFilter{Limit: 2}, pick(0, 1)},
			{"object, limit", state.WriteFilter{Object: "s1", Limit: 2}, pick(2, 5)},
		} {
			got := must[[]state.Write](t)(db.Writes(ctx, c.filter))
			shown := []string{}
			for _, w := range got {
				shown = append(shown, show(w))
			}
			if !slices.Equal(shown, c.want) {
				t.Errorf("%s: %q, want %q", c.name, shown, c.want)
			}
		}
		// One at a time is the same, also where two are of one moment.
		for _, object := range []string{"", "w", "s1"} {
			whole := must[[]state.Write](t)(db.Writes(ctx, state.WriteFilter{Object: object}))
			filter, n := state.WriteFilter{Object: object, Limit: 1}, 0
			for {
				one := must[[]state.Write](t)(db.Writes(ctx, filter))
				if len(one) == 0 {
					break
				}
				if n == len(whole) || show(one[0]) != show(whole[n]) || one[0].Seq != whole[n].Seq {
					t.Fatalf("%q, %d: %+v", object, n, one)
				}
				n, filter.Before = n+1, &one[0]
			}
			if n != len(whole) {
				t.Errorf("%q: %d of %d", object, n, len(whole))
			}
		}
		calls := must[[]state.APICall](t)(db.Calls(ctx, first))
		if len(calls) != 6 || calls[0].Params != nil || calls[2].Params["fingerprint"] != "77" || calls[2].Params["website_id"] != "w" {
			t.Errorf("%+v", calls)
		}
		if n := len(calls[4].Params["people_id"]); n < 200 || n > 210 {
			t.Errorf("a value of %d bytes is kept", n)
		}
	})
}

func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		status int
		reason string
		want   state.Outcome
	}{
		{200, "", state.Done}, {202, "", state.Done}, {200, crisp.ReasonInvalidResponse, state.Done},
		{404, "not_found", state.Declined}, {429, "rate_limited", state.Declined}, {307, crisp.ReasonRedirectRefused, state.Declined},
		{500, "server_error", state.Unknown}, {504, "", state.Unknown}, {408, "", state.Unknown},
		{0, crisp.ReasonNoResponse, state.Unknown}, {0, crisp.ReasonTimeout, state.Unknown}, {0, crisp.ReasonCanceled, state.Unknown},
		{0, policy.Reason, state.NotSent}, {0, crisp.ReasonInvalidRequest, state.NotSent},
	} {
		call := state.APICall{Effect: "write", Status: c.status, Reason: c.reason}
		if got := call.Outcome(); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.status, c.reason, got, c.want)
		}
	}
}

// TestObjectsOfTheDescription holds the columns of writes against the paths that there are.
func TestObjectsOfTheDescription(t *testing.T) {
	for _, op := range spec.All() {
		if op.Effect == spec.EffectRead {
			continue
		}
		if n := strings.Count(strings.ReplaceAll(op.Path, "{website_id}", ""), "{"); n > 2 {
			t.Errorf("%s has %d objects: run_calls has columns for two", op.Path, n)
		}
	}
}
