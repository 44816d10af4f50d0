package console_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

const digestSource = `--- What the inbox did yesterday, as one message to the team.
-- @schedule 0 9 * * 1-5
-- @timezone Europe/Paris
-- @timeout 2m
-- @permissions conversations:read store

local since = time.ago("1d")
local seen, waiting = 0, 0
for conversation in crisp.conversations.each{ limit = "all" } do
  if conversation.updated_at < since then
    break
  end
  seen = seen + 1
  if conversation.waiting_since then
    waiting = waiting + 1
  end
end

log.info("counted", { seen = seen, waiting = waiting })
local names = crisp.website.operators.list()
print(("%d conversations, %d wait, first operator %s"):format(seen, waiting, names[1].details.first_name))
`

// demo fills a fake with a day of a team's scripts. The same clock gives the same data.
func demo(f *fake, now time.Time) {
	random := rand.New(rand.NewPCG(1, 2))
	type plan struct {
		name, about, schedule string
		every, took           time.Duration
		failures              float64
	}
	plans := []plan{
		{"assign-by-language", "Hands new conversations to operators who speak the customer's language.", "every 5m", 5 * time.Minute, 2 * time.Second, .01},
		{"daily-digest", "What the inbox did yesterday, as one message to the team.", "0 9 * * 1-5", 24 * time.Hour, 14 * time.Second, .1},
		{"export-conversations", "Writes conversations of the last week to a CSV file.", "30 6 * * 1", 7 * 24 * time.Hour, 95 * time.Second, 0},
		{"find-duplicates", "People who stand in the address book more than once.", "", 0, 20 * time.Second, 0},
		{"inbox-report", "Unread conversations by operator.", "0 8-18 * * 1-5", time.Hour, 5 * time.Second, .05},
		{"resolve-stale", "Resolves conversations that wait for the customer and saw nothing new for some days.", "15 3 * * *", 24 * time.Hour, 42 * time.Second, .05},
		{"sync-people", "Copies new customers from the shop to the address book, with their plan and their last order.", "every 15m", 15 * time.Minute, 9 * time.Second, .12},
		{"tag-by-keyword", "Tags conversations by words in their first message.", "*/10 * * * *", 10 * time.Minute, 1200 * time.Millisecond, 0},
	}
	for i, p := range plans {
		s := state.Script{
			Name: p.name, Path: p.name + ".lua", Language: "lua", Description: p.about, Version: fmt.Sprintf("%08x4f1c2b", 0x1a2b3c4d*(i+3)),
			Timezone: "Europe/Paris", UpdatedAt: now.Add(-time.Duration(i*31+7) * time.Hour),
		}
		if p.schedule != "" {
			s.Schedules = []string{p.schedule}
			s.NextRun = now.Truncate(p.every).Add(p.every)
			if p.every > time.Hour {
				s.NextRun = now.Truncate(time.Hour).Add(time.Duration(9+i) * time.Hour)
			}
		}
		f.put(s, digestSource)
		if p.every == 0 {
			f.ran(p.name, now.Add(-50*time.Hour), p.took, state.Succeeded)
			continue
		}
		for back := min(int(36*time.Hour/p.every)+3, 300); back > 0; back-- {
			started := now.Truncate(p.every).Add(-time.Duration(back-1) * p.every)
			end := state.Succeeded
			if random.Float64() < p.failures {
				end = state.Failed
			} else if random.Float64() < .02 {
				end = state.Skipped
			}
			f.ran(p.name, started, time.Duration(float64(p.took)*(.5+random.Float64())), end)
		}
	}
	slices.SortStableFunc(f.runs, func(a, b state.Run) int { return a.CreatedAt.Compare(b.CreatedAt) })
	pausedScript := f.scripts["export-conversations"]
	pausedScript.Paused = true
	f.put(pausedScript, "")
	brokenScript := f.scripts["tag-by-keyword"]
	brokenScript.Broken = &state.RunError{
		Kind: "compile", Message: "unexpected symbol near 'then'", File: "tag-by-keyword.lua", Line: 12, Column: 31,
		SourceLine: "  if message.content:lower() == then", Hint: "Write what to compare with before \"then\".",
	}
	f.put(brokenScript, "")
}

// failedRun adds a run with an error in the middle of its source, a log of two attempts and API calls.
func failedRun(f *fake, now time.Time) string {
	id := f.ran("daily-digest", now.Add(-3*time.Minute), 14200*time.Millisecond, state.Failed)
	at := now.Add(-3 * time.Minute)
	f.edit(id, func(r *state.Run) {
		r.Attempt, r.Calls, r.Writes = 2, 4, 1
		r.Error = &state.RunError{
			Kind: "runtime", Message: "attempt to index a nil value (field 'details')", File: "daily-digest.lua", Line: 21, Column: 86,
			SourceLine: `print(("%d conversations, %d wait, first operator %s"):format(seen, waiting, names[1].details.first_name))`,
			Hint:       "An operator who was invited but has not come yet has no details: test for nil first.",
			Trace:      "daily-digest.lua:21: in main chunk\n[host]: in ?",
		}
	})
	for i, l := range []state.LogLine{
		{Attempt: 1, Level: "info", Message: "counting", Fields: map[string]any{"since": "2026-11-21T09:00:00Z"}},
		{Attempt: 1, Level: "warn", Message: "the API asks to slow down", Fields: map[string]any{"wait": "1.2s", "operation": "conversations.list"}},
		{Attempt: 1, Level: "error", Message: "429 from conversations.list: too many requests"},
		{Attempt: 2, Level: "debug", Message: "page 1: 50 conversations"},
		{Attempt: 2, Level: "debug", Message: "page 2: 17 conversations"},
		{Attempt: 2, Level: "info", Message: "counted", Fields: map[string]any{"seen": 67, "waiting": 12}},
		{Attempt: 2, Level: "print", Message: "operator     unread\nLéa Martin       12\nJonas Weber       3"},
		{Attempt: 2, Level: "error", Message: "attempt to index a nil value (field 'details')"},
	} {
		l.Seq, l.Time = int64(i+1), at.Add(time.Duration(i*613)*time.Millisecond)
		f.logs[id] = append(f.logs[id], l)
	}
	f.calls[id] = []state.APICall{
		{Time: at.Add(time.Second), Operation: "conversations.list", Effect: "read", Status: 429, Reason: "too_many_requests", Duration: 84 * time.Millisecond},
		{Time: at.Add(3 * time.Second), Operation: "conversations.list", Effect: "read", Status: 200, Duration: 312 * time.Millisecond},
		{Time: at.Add(4 * time.Second), Operation: "website.operators.list", Effect: "read", Status: 200, Duration: 145 * time.Millisecond},
		{Time: at.Add(5 * time.Second), Operation: "conversations.messages.send", Effect: "write", Status: 0, Duration: 10 * time.Second},
	}
	return id
}
