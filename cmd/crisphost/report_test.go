package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/manage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestExitCode(t *testing.T) {
	unauthorized := &crisp.Error{Status: 401, Reason: "invalid_session"}
	missing := &crisp.Error{Status: 404, Reason: "not_found"}
	invalid := &crisp.Error{Reason: crisp.ReasonInvalidRequest}
	script := func(kind engine.Kind, err error) error { return &engine.Error{Kind: kind, Message: "x", Err: err} }
	cases := []struct {
		name string
		err  error
		want int
	}{
		{"none", nil, 0},
		{"script", script(engine.KindRuntime, nil), 1},
		{"script with an error of its host", script(engine.KindRuntime, errors.New("x")), 1},
		{"compile", script(engine.KindCompile, nil), 3},
		{"header", &scripts.HeaderError{}, 3},
		{"time", script(engine.KindTimeout, context.DeadlineExceeded), 124},
		{"interrupt", script(engine.KindInterrupt, context.Canceled), 130},
		{"usage", &usage.Error{Problem: "x"}, 2},
		{"wrapped usage", fmt.Errorf("x: %w", &usage.Error{Problem: "x"}), 2},
		{"credentials", unauthorized, 4},
		{"credentials in a script", script(engine.KindRuntime, &engine.HostError{Err: unauthorized}), 4},
		{"API", missing, 5},
		{"API in a script", script(engine.KindRuntime, &engine.HostError{Err: missing}), 5},
		{"no answer", &crisp.Error{Reason: crisp.ReasonNoResponse, Attempts: 4}, 5},
		{"request refused", invalid, 2},
		{"request refused in a script", script(engine.KindRuntime, &engine.HostError{Err: invalid}), 1},
		{"call whose time was up", &crisp.Error{Reason: crisp.ReasonTimeout, Err: &signals.TimeoutError{}}, 124},
		{"call that was interrupted", &crisp.Error{Reason: crisp.ReasonCanceled, Err: &signals.InterruptedError{}}, 130},
		{"run that failed", &manage.OutcomeError{Run: state.Run{State: state.Failed}}, 1},
		{"run that timed out", &manage.OutcomeError{Run: state.Run{State: state.TimedOut}}, 124},
		{"run that was cancelled", &manage.OutcomeError{Run: state.Run{State: state.Cancelled}}, 130},
		{"anything else", errors.New("x"), 1},
	}
	for _, c := range cases {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%s: exit code %d, want %d", c.name, got, c.want)
		}
	}
}

func TestReport(t *testing.T) {
	missing := &crisp.Error{Status: 404, Reason: "not_found", Operation: "website.conversation.get", Attempts: 1}
	failure := engine.Error{
		Position: engine.Position{File: "a.js", Line: 2, Column: 3}, Name: "CrispError", Message: missing.Error(), SourceLine: "  x()", Err: missing,
	}
	own := failure
	own.Name, own.Message = "", "cannot go on"
	shown := *missing
	shown.Operation = ""
	called := failure
	called.Message = "crisp.conversations.get: " + shown.Error() // as a host function names itself
	const hint = "  hint: check the ids and that the token belongs to this website\n"
	cases := []struct {
		err  error
		want string
	}{
		{errors.New("no luck"), "crisphost: no luck\n"},
		{&usage.Error{Problem: "no", Hint: "do this\nor that"}, "crisphost: no\n  hint: do this\n  or that\n"},
		{missing, "crisphost: website.conversation.get: 404 not_found\n" + hint},
		{&failure, "crisphost: a.js:2:3: CrispError: website.conversation.get: 404 not_found\n  2 |   x()\n    |   ^\n" + hint},
		{&called, "crisphost: a.js:2:3: CrispError: crisp.conversations.get: 404 not_found\n  2 |   x()\n    |   ^\n" + hint},
		{&own, "crisphost: a.js:2:3: error: cannot go on\n  2 |   x()\n    |   ^\n" + hint + "  cause: website.conversation.get: 404 not_found\n"},
	}
	for _, c := range cases {
		var out bytes.Buffer
		report(&out, false, c.err)
		if out.String() != c.want {
			t.Errorf("got\n%swant\n%s", out.String(), c.want)
		}
	}
}
