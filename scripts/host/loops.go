//go:build unix

package host

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"strings"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/state"
)

// expect is the gate that notes which events the writes of a run are about to cause, so that runs that start each other for ever come to
// an end. Only those events matter that start runs, which are mostly none.
func (r *Runner) expect(run *state.Run) engine.Gate {
	return func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			call, _ := c.Detail.(*policy.Call)
			if call == nil || call.Operation == nil || call.Effect == spec.EffectRead {
				return next(ctx, c)
			}
			var list []state.Expectation
			for _, name := range causes(call) {
				if r.Starts(name) {
					list = append(list, state.Expectation{Event: name, Subject: subjectOf(call), Turn: run.Turn})
				}
			}
			if len(list) == 0 {
				return next(ctx, c)
			}
			ids, err := r.DB.Expect(ctx, list)
			if err != nil { // without it a loop could not be told
				return nil, &crisp.Error{Reason: crisp.ReasonNoResponse, Message: "the host's database does not take what the call will cause: " + err.Error(), Err: err}
			}
			result, err := next(ctx, c)
			if answer, ok := result.(*crisp.ForwardedAnswer); ok && err == nil {
				r.learn(ctx, ids, answer)
			}
			return result, err
		}
	}
}

// learn notes what an answer tells of the events that its call causes.
func (r *Runner) learn(ctx context.Context, ids []string, answer *crisp.ForwardedAnswer) {
	var data struct {
		Fingerprint json.Number `json:"fingerprint"`
		SessionID   string      `json:"session_id"`
		PeopleID    string      `json:"people_id"`
	}
	if len(answer.Data) > 1<<10 || json.Unmarshal(answer.Data, &data) != nil {
		return
	}
	fingerprint, _ := data.Fingerprint.Int64()
	subject := cmp.Or(data.SessionID, data.PeopleID)
	if fingerprint == 0 && subject == "" {
		return
	}
	for _, id := range ids {
		if err := r.DB.Learn(ctx, id, subject, fingerprint); err != nil && ctx.Err() == nil && r.Logger != nil {
			r.Logger.Warn("another event may be taken for one that a run causes", slog.Any("error", err))
		}
	}
}

// subjectOf is what the events of a call are about.
func subjectOf(call *policy.Call) string {
	if session := call.Params["session_id"]; session != "" {
		return session
	}
	if person := call.Params["people_id"]; person != "" && !strings.Contains(person, "@") {
		return person
	}
	return state.AnySubject
}

// causes are the events that a write causes. What Crisp tells of its own API's writes is not established: these are the events of
// the same names, a guess.
func causes(call *policy.Call) []string {
	id, _ := strings.CutPrefix(call.Operation.ID, "website.")
	switch id {
	case "conversation.create":
		return []string{"session:request:initiated"}
	case "conversation.message.send":
		var message struct {
			From string `json:"from"`
		}
		if json.Unmarshal(call.Body, &message) == nil && message.From == "user" {
			return []string{"message:send"}
		}
		return []string{"message:received"}
	case "conversation.message.update":
		return []string{"message:updated"}
	case "conversation.message.delete":
		return []string{"message:removed"}
	case "conversation.state.change":
		return []string{"session:set_state"}
	case "conversation.open.update":
		return []string{"session:set_opened", "session:set_closed"}
	case "conversation.meta.update":
		return metaEvents(call.Body)
	case "conversation.routing.assign":
		return []string{"session:set_routing"}
	case "conversation.inbox.update":
		return []string{"session:set_inbox"}
	case "conversation.participants.save":
		return []string{"session:set_participants"}
	case "conversation.block":
		return []string{"session:set_block"}
	case "conversation.verify.update":
		return []string{"session:update_verify"}
	case "conversation.delete":
		return []string{"session:removed"}
	case "conversation.compose":
		return []string{"message:compose:send", "message:compose:receive"}
	case "conversation.read.mark":
		return []string{"message:acknowledge:read:send", "message:acknowledge:read:received"}
	case "conversation.unread.mark":
		return []string{"message:acknowledge:unread:send"}
	case "conversation.delivered.mark":
		return []string{"message:acknowledge:delivered"}
	case "people.profile.create":
		return []string{"people:profile:created"}
	case "people.profile.save", "people.profile.update", "people.data.save", "people.data.update":
		return []string{"people:profile:updated"}
	case "people.profile.delete":
		return []string{"people:profile:removed"}
	}
	return nil
}

// metaEvents are the events of the members that a call changes.
func metaEvents(body []byte) []string {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	var names []string
	for name := range members {
		names = append(names, "session:set_"+name)
	}
	return names
}
