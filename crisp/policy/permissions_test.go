package policy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/spec"
)

func TestPermissions(t *testing.T) {
	for _, c := range []struct {
		words, call string
		allowed     bool
	}{
		{"conversations:read", "conversations.list", true},
		{"conversations:read", "conversations.messages.list", true},
		{"conversations:read", "conversations.messages.send", false},
		{"conversations:read", "people.list", false},
		{"conversations:write", "conversations.messages.send", true},
		{"conversations:write", "conversations.delete", true},
		{"conversations:write", "conversations.list", false},
		{"conversations", "conversations.list", true},
		{"conversations", "conversations.delete", true},
		{"people:*", "people.delete", true},
		{"people.segments:read", "people.segments.list", true},
		{"people.segments:read", "people.list", false},
		{"operators:read", "websites.operators.list", true},
		{"websites.operators:read", "websites.operators.list", true},
		{"websites:read", "websites.operators.list", true},
		{"operators:read", "websites.get", false},
		{"*:read", "visitors.list", true},
		{"*:read", "conversations.delete", false},
		{"*", "conversations.delete", true},
		{"store fetch:x.org", "conversations.list", false},
		{"", "conversations.list", false},
	} {
		p, err := policy.ParsePermissions(strings.Fields(c.words))
		if err != nil {
			t.Errorf("%s: %v", c.words, err)
			continue
		}
		op := spec.ByCall(c.call)
		if op == nil {
			t.Errorf("there is no call %s", c.call)
			continue
		}
		if got := p.Allows(op, op.Effect); got != c.allowed {
			t.Errorf("%q allows %s: %v", c.words, c.call, got)
		}
		needed, err := policy.ParsePermissions([]string{policy.Needed(op, op.Effect)})
		if err != nil || !needed.Allows(op, op.Effect) {
			t.Errorf("%s does not allow %s (%v)", policy.Needed(op, op.Effect), c.call, err)
		}
	}
}

// TestNeeded has every operation, those without a call too.
func TestNeeded(t *testing.T) {
	for _, op := range spec.All() {
		p, err := policy.ParsePermissions([]string{policy.Needed(op, op.Effect)})
		if err != nil || !p.Allows(op, op.Effect) {
			t.Errorf("%s: %s, %v", op.ID, policy.Needed(op, op.Effect), err)
		}
	}
	if got := policy.Needed(nil, spec.EffectDelete); got != "api:write" {
		t.Errorf("a path that is no operation needs %s", got)
	}
}

func TestPermissionWords(t *testing.T) {
	for _, c := range []struct{ word, problem, hint string }{
		{"conversation:read", `there is no group of calls "conversation"`, "did you mean conversations?"},
		{"conversations:reed", `"reed" is no effect`, "conversations:read"},
		{"fetch", `"fetch" names no host`, "fetch:api.example.com"},
		{"fetch:*", `"fetch:*" names no host`, ""},
		{"fetch:a.*.org", "names no host", ""},
		{"conv*", "no group", ""},
		{"files", "no group", ""},
	} {
		_, err := policy.ParsePermissions([]string{"people:read", c.word})
		var wrong *policy.WordError
		if !errors.As(err, &wrong) || wrong.Word != 1 || !strings.Contains(wrong.Problem, c.problem) || !strings.Contains(wrong.Hint, c.hint) {
			t.Errorf("%s: %#v", c.word, err)
		}
	}
	p, err := policy.ParsePermissions([]string{"fetch:a.org", "fetch:*.b.org:81", "fetch:[::1]:8080", "store:read"})
	if err != nil || !slices.Equal(p.Hosts(), []string{"a.org", "*.b.org:81", "[::1]:8080"}) {
		t.Errorf("%v, %v", p.Hosts(), err)
	}
	if !p.AllowsStore(spec.EffectRead) || p.AllowsStore(spec.EffectWrite) {
		t.Error("store:read")
	}
	var none *policy.Permissions
	if !none.Allows(nil, spec.EffectDelete) || !none.AllowsStore(spec.EffectWrite) || none.Hosts() != nil {
		t.Error("a script without @permissions is held back")
	}
}

func TestPermissionsRefuseRequests(t *testing.T) {
	s := newServer(t)
	p, err := policy.ParsePermissions([]string{"conversations:read"})
	if err != nil {
		t.Fatal(err)
	}
	client := s.client(t, p.Decide, 0)
	if _, err := client.Call(t.Context(), "GET", "website/"+website+"/conversations/1", nil); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ method, path, message string }{
		{"POST", "website/" + website + "/conversation/s/message", "crisp.conversations.messages.send needs the permission conversations:write; add it to @permissions"},
		{"GET", "unknown/thing", "GET /unknown/thing needs the permission api:read"},
		{"PUT", "unknown/thing", "PUT /unknown/thing needs the permission api:write"},
	} {
		_, err := client.Call(t.Context(), c.method, c.path, nil)
		var refused *crisp.Error
		if !errors.As(err, &refused) || refused.Reason != policy.Reason || !strings.Contains(err.Error(), c.message) || !errors.As(err, new(*policy.PermissionError)) {
			t.Errorf("%s %s: %v", c.method, c.path, err)
		}
	}
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
}
