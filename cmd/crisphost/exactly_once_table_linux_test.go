package main

import (
	"fmt"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/scripts/state"
)

// answered is a run for a message, as the database has it.
type answered struct {
	run, lane, failure string
	state              state.RunState
	rescues            int
	started, ended     int64
	fingerprint        int64
	created, stored    int64
	rtm, hook          bool
}

func (e *deliveries) runs() []answered {
	e.t.Helper()
	rows, err := e.db.SQL().QueryContext(e.t.Context(), `SELECT runs.id, runs.lane, runs.error, runs.state, runs.rescues, runs.created, runs.started, runs.ended,
		events.fingerprint, events.stored, events.rtm, events.hook FROM runs JOIN run_events ON run_events.run = runs.id JOIN events ON events.id = run_events.event ORDER BY runs.id`)
	if err != nil {
		e.t.Fatal(err)
	}
	defer rows.Close()
	var list []answered
	for rows.Next() {
		var r answered
		if err := rows.Scan(&r.run, &r.lane, &r.failure, &r.state, &r.rescues, &r.created, &r.started, &r.ended, &r.fingerprint, &r.stored, &r.rtm, &r.hook); err != nil {
			e.t.Fatal(err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		e.t.Fatal(err)
	}
	return list
}

// sentAnswers counts the answers in the conversations, by the number of the message.
func (e *deliveries) sentAnswers() map[int]int {
	e.t.Helper()
	counts := map[int]int{}
	for _, session := range e.sessions {
		for m, err := range e.client.Conversations.Messages.List(e.t.Context(), sandbox.WebsiteID, session, nil) {
			if err != nil {
				e.t.Fatal(err)
			}
			var n int
			if _, err := fmt.Sscanf(string(m.Content), `"answer to question %d"`, &n); err == nil && m.From == crisp.MessageFromOperator {
				counts[n]++
			}
		}
	}
	return counts
}

// compare logs a table of what became of the messages, and fails when it is wrong.
func (e *deliveries) compare(runs []answered, sending, took time.Duration) {
	t := e.t
	byMessage, lanes := map[int][]answered{}, map[string][]answered{}
	var failed, begunTwice, byRTM, byHook int
	for _, r := range runs {
		n, known := e.sent[r.fingerprint]
		if !known {
			t.Errorf("run %s is of message %d, which nobody sent", r.run, r.fingerprint)
			continue
		}
		byMessage[n] = append(byMessage[n], r)
		lanes[r.lane] = append(lanes[r.lane], r)
		if r.state != state.Succeeded {
			failed++
			t.Errorf("run %s for message %d: %s %s", r.run, n, r.state, r.failure)
		}
		if r.rescues > 0 {
			begunTwice++
		}
		if r.rtm {
			byRTM++
		} else {
			byHook++
		}
	}
	var doubled, lost, unanswered, answeredAgain int
	answers := e.sentAnswers()
	for _, n := range e.sent {
		switch len(byMessage[n]) {
		case 0:
			lost++
		case 1:
		default:
			doubled += len(byMessage[n]) - 1
		}
		if answers[n] == 0 {
			unanswered++
		}
		answeredAgain += max(answers[n]-1, 0)
	}
	late, disordered, together := 0, 0, 0
	for _, lane := range lanes {
		for i, r := range lane[1:] {
			before := lane[i]
			if before.ended > r.started {
				together++
			}
			if e.sent[before.fingerprint] < e.sent[r.fingerprint] {
				continue
			}
			// The message that was sent first has its run later. When the other run was made, its event was not stored yet.
			if r.stored >= before.created {
				late++
			} else if disordered++; disordered <= 3 {
				t.Errorf("message %d ran before message %d, whose event was there: %+v %+v", e.sent[before.fingerprint], e.sent[r.fingerprint], before, r)
			}
		}
	}
	hook := e.sandbox.Hooks()[0]
	t.Logf("%d hosts, sent in %s, all done after %s; hooks: %d accepted, %d refused, %d dropped\n"+
		"%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d",
		len(e.hosts), sending.Round(time.Millisecond), took.Round(time.Millisecond), hook.Delivered, hook.Failed, hook.Dropped,
		"messages sent", len(e.sent), "runs", len(runs), "doubled", doubled, "lost", lost, "not answered", unanswered,
		"runs begun again after the kill", begunTwice, "answers sent again by those", answeredAgain,
		"events that RTM brought, and hooks", byRTM, "events that hooks alone brought", byHook,
		"runs of one conversation at the same time", together, "runs out of order, of events that came late", late)
	if len(runs) != len(e.sent) || doubled+lost+unanswered+together+disordered+failed > 0 {
		t.Errorf("each message must have one run, and each conversation its order")
	}
	if answeredAgain > begunTwice {
		t.Errorf("%d answers were sent again, by %d runs that began again", answeredAgain, begunTwice)
	}
	if hook.Dropped > 0 || hook.Delivered <= len(e.sent) || byRTM == 0 {
		t.Errorf("hooks were to come more than once, and some events by RTM: %+v", hook)
	}
}
