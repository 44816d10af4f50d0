//go:build unix

package state_test

import (
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// writes asks for writes in each way, and for who paused.
func writes(t *testing.T, db *state.DB, name string) {
	t.Helper()
	ctx := t.Context()
	now := time.Now()
	must[map[string]state.Pause](t)(db.Pauses(ctx))
	must[map[string]state.Pause](t)(db.Pauses(ctx, name, "new"))
	run := must[state.Run](t)(db.Trigger(ctx, name, state.Trigger{Kind: state.ByHand}))
	ok(t, db.AppendCalls(ctx, run.ID, 1, []state.APICall{
		{Time: now, Operation: "op", Effect: "write", Status: 200, Params: map[string]string{"website_id": "w", "session_id": "s", "fingerprint": "1"}},
	}))
	before := must[[]state.Write](t)(db.Writes(ctx, state.WriteFilter{Limit: 1}))[0]
	for _, f := range []state.WriteFilter{
		{}, {Script: name}, {Object: "s"}, {Object: "s", Script: name}, {Operation: "op"}, {Script: name, Operation: "op"},
	} {
		f.Limit = 100
		must[[]state.Write](t)(db.Writes(ctx, f))
		f.Since, f.Until, f.Before = now.AddDate(0, 0, -2), now.AddDate(0, 0, -1), &before
		must[[]state.Write](t)(db.Writes(ctx, f))
	}
}
