package interop

import (
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
)

// wireCase is one logical call, put in the terms of both clients.
type wireCase struct {
	// op is the ID of the operation. A second word, if any, tells cases of one operation apart.
	op string
	// method is the official client's, on client.website or, behind "plugin.", on client.plugin.
	method string
	// extra are the method's arguments after the path parameters, which come first and in the path's order in all methods.
	extra []any
	// path replaces values of pathValues.
	path map[string]string
	// query and body are what the Go client is given.
	query map[string]any
	body  any
}

type object = map[string]any

const (
	websiteID = "11111111-1111-4111-8111-111111111111"
	sessionID = "session_22222222-2222-4222-8222-222222222222"
	userID    = "33333333-3333-4333-8333-333333333333"
	inboxID   = "44444444-4444-4444-8444-444444444444"
	pluginURN = "urn:crisp.im:zendesk:0"
)

// pathValues are the path parameters of every case.
var pathValues = map[string]string{
	"website_id":  websiteID,
	"session_id":  sessionID,
	"user_id":     userID,
	"plugin_id":   "55555555-5555-4555-8555-555555555555",
	"people_id":   "66666666-6666-4666-8666-666666666666",
	"spam_id":     "77777777-7777-4777-8777-777777777777",
	"original_id": "88888888-8888-4888-8888-888888888888",
	"browsing_id": "browsing_99999999-9999-4999-8999-999999999999",
	"call_id":     "call_aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
	"token_id":    "bbbbbbbbbbbb",
	"block_rule":  "rule",
	"fingerprint": "524653764345",
	"page_number": "3",
}

// operation is the description of a case's operation.
func (c *wireCase) operation(t *testing.T) *spec.Operation {
	t.Helper()
	id, _, _ := strings.Cut(c.op, " ")
	op := spec.ByID(id)
	if op == nil {
		t.Fatalf("case %s: package spec has no operation %q", c.op, id)
	}
	return op
}

// pathArgs are the values of the operation's path parameters, in order and by name.
func (c *wireCase) pathArgs(t *testing.T, op *spec.Operation) ([]any, map[string]string) {
	t.Helper()
	var args []any
	values := make(map[string]string)
	for _, p := range op.Params {
		if p.In != spec.InPath {
			continue
		}
		value, ok := c.path[p.Name]
		if !ok {
			value, ok = pathValues[p.Name]
		}
		if !ok {
			t.Fatalf("case %s: no value for the path parameter %s", c.op, p.Name)
		}
		args, values[p.Name] = append(args, value), value
	}
	return args, values
}

// wireCases are all cases, the groups in the order of the description.
func wireCases() []wireCase {
	return slices.Concat(websiteCases, conversationCases, messageCases, liveCases, peopleCases, visitorCases, pluginCases, fileCases)
}

var verification = object{"method": "password", "secret": "a secret"}

var websiteCases = []wireCase{
	{op: "website.exists", method: "checkWebsiteExists", extra: []any{"büro & co.example"}, query: object{"domain": "büro & co.example"}},
	withBody("website.create", "createWebsite", object{"name": "Acme <Shop>", "domain": "acme.example"}),
	{op: "website.get", method: "getWebsite"},
	{op: "website.delete", method: "deleteWebsite", extra: []any{verification}, body: object{"verify": verification}},
	{op: "website.expunge.abort", method: "abortWebsiteDeletion"},
	{op: "website.settings.get", method: "getWebsiteSettings"},
	withBody("website.settings.update", "updateWebsiteSettings", object{
		"name":    "Acme",
		"contact": object{"email": "help@acme.example"},
		"chatbox": object{"wait_game": true},
	}),
	{op: "website.availability.status.get", method: "getWebsiteAvailabilityStatus"},
	{op: "website.availability.operators.list", method: "listWebsiteOperatorAvailabilities"},
	{op: "website.operators.list", method: "listWebsiteOperators"},
	{op: "website.operators.active.list", method: "listLastActiveWebsiteOperators"},
	{op: "website.operators.active.flush", method: "flushLastActiveWebsiteOperators"},
	withBody("website.operators.email.send", "sendEmailToWebsiteOperators", object{
		"recipient": "user", "user_id": userID, "subject": "Hé", "message": "Look at this",
		"target": object{"label": "Open", "url": "https://acme.example/?a=1&b=2"},
	}),
	{op: "website.operator.get", method: "getWebsiteOperator"},
	{
		op: "website.operator.invite", method: "inviteWebsiteOperator", extra: []any{"new@acme.example", "member", verification},
		body: object{"email": "new@acme.example", "role": "member", "verify": verification},
	},
	{
		op: "website.operator.change", method: "changeOperatorMembership", extra: []any{"owner", "Head of support"},
		body: object{"role": "owner", "title": "Head of support"},
	},
	{op: "website.operator.unlink", method: "unlinkOperatorFromWebsite"},
}

// withBody is a case whose method takes the request body as it is.
func withBody(op, method string, body any) wireCase {
	return wireCase{op: op, method: method, extra: []any{body}, body: body}
}
