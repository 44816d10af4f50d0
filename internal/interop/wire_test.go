package interop

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

// wireCall is a case as node/wire.mjs takes it.
type wireCall struct {
	Name   string `json:"name"`
	Method string `json:"method"`
	Args   []any  `json:"args"`
}

// TestWireParity compares the requests of both clients, part by part.
func TestWireParity(t *testing.T) {
	requireNode(t)
	recorded := newRecorder(t)
	cases := wireCases()
	callsOfNode(t, recorded, cases)

	own := newRecorder(t)
	client := newClient(t, own.URL)
	used := make([]int, len(allowedDifferences))
	covered := make([]int, len(allowedDifferences))
	for i := range cases {
		c := &cases[i]
		t.Run(strings.ReplaceAll(c.op, " ", "/"), func(t *testing.T) {
			op := c.operation(t)
			own.begin(c.op)
			c.do(t, client, op)
			theirs, ours := recorded.of(t, c.op), own.of(t, c.op)
			// Two servers, so that no request is taken for another's: the address is the one part that must differ.
			delete(theirs.header, "Host")
			delete(ours.header, "Host")
			explain(t, c.op, op.Method, compare(theirs, ours), used, covered)
		})
	}
	for i, a := range allowedDifferences {
		switch {
		case covered[i] == 0:
			t.Errorf("the allowed difference %q (%s) covers no case", a.part, a.why)
		case used[i] < covered[i]:
			t.Errorf("the allowed difference %q (node %s, go %s) shows in %d of the %d cases that it covers: narrow it or take it out", a.part, a.node, a.golang, used[i], covered[i])
		}
	}
}

// do makes the case with the operation table.
func (c *wireCase) do(t *testing.T, client *crisp.Client, op *spec.Operation) {
	t.Helper()
	_, path := c.pathArgs(t, op)
	query, err := crisp.EncodeQuery(op, c.query)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Do(t.Context(), op, &crisp.Request{Path: path, Query: query, Body: c.body}); err != nil {
		t.Fatal(err)
	}
}

// explain fails for a difference without a reason, and counts the uses of the reasons.
func explain(t *testing.T, name, method string, differences []difference, used, covered []int) {
	t.Helper()
	for i, a := range allowedDifferences {
		if a.covers(name, method) {
			covered[i]++
		}
	}
	for _, d := range differences {
		explained := false
		for i, a := range allowedDifferences {
			if a.covers(name, method) && d == (difference{a.part, a.node, a.golang}) {
				used[i]++
				explained = true
			}
		}
		if !explained {
			t.Errorf("not explained in allowedDifferences: %s", d)
		}
	}
}

// callsOfNode lets the official client make the calls of all cases.
func callsOfNode(t *testing.T, server *recorder, cases []wireCase) {
	t.Helper()
	calls := make([]wireCall, len(cases))
	for i := range cases {
		args, _ := cases[i].pathArgs(t, cases[i].operation(t))
		calls[i] = wireCall{cases[i].op, cases[i].method, append(args, cases[i].extra...)}
	}
	lines := node(t, "wire.mjs", map[string]any{"tier": "website", "cases": calls}, "CRISP_HOST="+server.URL)
	if len(lines) != len(calls) {
		t.Fatalf("the official client reported %d of %d calls", len(lines), len(calls))
	}
	for _, line := range lines {
		var result struct {
			Name  string          `json:"name"`
			OK    bool            `json:"ok"`
			Error json.RawMessage `json:"error"`
		}
		if err := json.Unmarshal(line, &result); err != nil || !result.OK {
			t.Errorf("the official client's call %s failed: %s (%v)", result.Name, result.Error, err)
		}
	}
}

func newClient(t *testing.T, address string, more ...crisp.Option) *crisp.Client {
	t.Helper()
	return sandboxtest.Connect(t, address+"/v1/", more...)
}

// TestWireTiers compares what the clients say of their tier, the default of each included.
func TestWireTiers(t *testing.T) {
	requireNode(t)
	for _, tier := range []struct {
		node         string
		golang       spec.Tiers
		theirs, ours string
	}{
		{"user", spec.TierUser, "user", "user"},
		{"website", spec.TierWebsite, "website", "website"},
		{"plugin", spec.TierPlugin, "plugin", "plugin"},
		// An operator's session is what the official client starts from; here it is the token that an owner makes.
		{"", 0, "user", "website"},
	} {
		t.Run("tier "+tier.node, func(t *testing.T) {
			server := newRecorder(t)
			call := wireCall{"node", "countVisitors", []any{websiteID}}
			node(t, "wire.mjs", map[string]any{"tier": tier.node, "cases": []wireCall{call}}, "CRISP_HOST="+server.URL)
			var options []crisp.Option
			if tier.golang != 0 {
				options = append(options, crisp.WithTier(tier.golang))
			}
			client := newClient(t, server.URL, options...)
			server.begin("go")
			request := &crisp.Request{Path: map[string]string{"website_id": websiteID}}
			if _, err := client.Do(t.Context(), spec.ByID("website.visitors.count"), request); err != nil {
				t.Fatal(err)
			}
			theirs, ours := server.of(t, "node").header, server.of(t, "go").header
			if got := theirs.Get("X-Crisp-Tier"); got != tier.theirs {
				t.Errorf("the official client says tier %q, want %q", got, tier.theirs)
			}
			if got := ours.Get("X-Crisp-Tier"); got != tier.ours {
				t.Errorf("this client says tier %q, want %q", got, tier.ours)
			}
			if a, b := theirs.Get("Authorization"), ours.Get("Authorization"); a != b || a == "" {
				t.Errorf("the credentials differ: %q and %q", a, b)
			}
		})
	}
}

// TestEveryOperationCompared keeps the cases complete on both sides: every operation of the description, and every
// method of the official client's resources that the description covers.
func TestEveryOperationCompared(t *testing.T) {
	methods := make(map[string]bool)
	compared := make(map[string]bool)
	for _, c := range wireCases() {
		op := c.operation(t)
		methods[c.method], compared[op.ID] = true, true
		if _, ok := withoutMethod[op.ID]; ok {
			t.Errorf("%s has a method, %s, and is listed in withoutMethod", op.ID, c.method)
		}
	}
	for _, op := range spec.All() {
		if _, ok := withoutMethod[op.ID]; !ok && !compared[op.ID] {
			t.Errorf("%s %s (%s) is not compared: add a case, or a reason to withoutMethod", op.Method, op.Path, op.ID)
		}
	}
	for id := range withoutMethod {
		if spec.ByID(id) == nil {
			t.Errorf("withoutMethod lists %s, which the description lacks", id)
		}
	}
	for _, line := range node(t, "methods.mjs", nil, "CRISP_HOST=http://127.0.0.1:1") {
		var method string
		if err := json.Unmarshal(line, &method); err != nil {
			t.Fatal(err)
		}
		if !methods[method] {
			t.Errorf("the official client's %s is not compared", method)
		}
	}
}
