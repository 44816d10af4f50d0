package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
)

// known are ids of a fresh sandbox that fill the templates of paths.
func known(t *testing.T, a *api) map[string]string {
	t.Helper()
	ids := map[string]string{
		"website_id": sandbox.WebsiteID, "page_number": "1", "page": "1", "plugin_id": sandbox.PluginID, "block_rule": "countries",
	}
	var visitors []struct {
		SessionID string `json:"session_id"`
		Initiated bool
	}
	a.ok("GET", "/visitors/list/1", "", &visitors)
	for _, v := range visitors {
		if v.Initiated {
			ids["session_id"] = v.SessionID
		} else {
			ids["visitor"] = v.SessionID
		}
	}
	ids["token_id"] = strings.TrimPrefix(ids["session_id"], "session_")
	var messages []struct{ Fingerprint jsonNumber }
	a.ok("GET", "/conversation/"+ids["session_id"]+"/messages", "", &messages)
	ids["fingerprint"] = string(messages[0].Fingerprint)
	var operators []struct {
		Details struct {
			UserID string `json:"user_id"`
		}
	}
	a.ok("GET", "/operators/list", "", &operators)
	ids["user_id"] = operators[1].Details.UserID
	var people []struct {
		PeopleID string `json:"people_id"`
	}
	a.ok("GET", "/people/profiles/1", "", &people)
	ids["people_id"] = people[0].PeopleID
	var spams []struct {
		SpamID string `json:"spam_id"`
	}
	a.ok("GET", "/conversations/spams/1", "", &spams)
	ids["spam_id"] = spams[0].SpamID
	return ids
}

type jsonNumber string

func (n *jsonNumber) UnmarshalJSON(raw []byte) error {
	*n = jsonNumber(raw)
	return nil
}

// trial is a request that its operation accepts.
type trial struct {
	query, body string
	// before prepares the sandbox and may add ids for the path.
	before func(t *testing.T, a *api, ids map[string]string)
}

func browsingFor(t *testing.T, a *api, ids map[string]string) {
	a.ok("POST", "/conversation/"+ids["session_id"]+"/browsing", "{}", nil)
	var list []struct {
		ID string `json:"browsing_id"`
	}
	a.ok("GET", "/conversation/"+ids["session_id"]+"/browsing", "", &list)
	if len(list) != 1 {
		t.Fatalf("%d browsing sessions, want the one begun", len(list))
	}
	ids["browsing_id"] = list[0].ID
}

func callFor(_ *testing.T, a *api, ids map[string]string) {
	var call struct {
		ID string `json:"call_id"`
	}
	a.ok("POST", "/conversation/"+ids["session_id"]+"/call", `{"mode":"audio"}`, &call)
	ids["call_id"] = call.ID
}

// trials has a request for every operation that needs more than its path.
var trials = map[string]trial{
	"website.exists": {query: "domain=fernleaf.example"},
	"website.create": {body: `{"name":"Moss","domain":"moss.example"}`},
	"website.delete": {body: `{"verify":{"method":"password","secret":"sandbox"}}`},
	"website.expunge.abort": {before: func(_ *testing.T, a *api, _ map[string]string) {
		a.ok("DELETE", "/website/"+sandbox.WebsiteID, `{"verify":{"method":"password","secret":"sandbox"}}`, nil)
	}},
	"website.settings.update":       {body: `{"name":"Fernleaf Ltd","chatbox":{"home":false}}`},
	"website.operators.email.send":  {body: `{"recipient":"owners","subject":"Hi","message":"All green","target":{"label":"Open","url":"https://fernleaf.example"}}`},
	"website.operators.email.patch": {body: `{"recipient":"all","subject":"Hi","message":"All green"}`},
	"website.operator.invite":       {body: `{"email":"new@fernleaf.example","role":"member","verify":{"method":"password","secret":"sandbox"}}`},
	"website.operator.change":       {body: `{"title":"Gardener"}`},

	"website.conversations.list":                   {query: "per_page=50&filter_not_resolved=1&order_date_waiting=1"},
	"website.conversations.suggest.segment.delete": {body: `{"segment":"bug"}`},
	"website.conversations.suggest.data.delete":    {body: `{"key":"plan"}`},
	"website.conversations.spam.decision.submit":   {body: `{"action":"accept"}`},
	"website.conversation.create":                  {body: `{}`},
	"website.conversation.initiate": {before: func(_ *testing.T, _ *api, ids map[string]string) {
		ids["session_id"] = ids["visitor"]
	}},
	"website.conversation.open.update":             {body: `{"opened":true}`},
	"website.conversation.routing.assign":          {body: `{"assigned":null}`},
	"website.conversation.inbox.update":            {body: `{"inbox_id":null}`},
	"website.conversation.meta.update":             {body: `{"nickname":"Ada","data":{"plan":"Pro","seats":3,"beta":true},"segments":["vip"]}`},
	"website.conversation.state.change":            {body: `{"state":"resolved"}`},
	"website.conversation.participants.save":       {body: `{"participants":[{"type":"email","target":"cc@example.com"}]}`},
	"website.conversation.block":                   {body: `{"blocked":true}`},
	"website.conversation.verify.update":           {body: `{"verified":true}`},
	"website.conversation.verify.identity.request": {body: `{"identity":"email","method":"link","recipient":"ada@example.com"}`},
	"website.conversation.verify.identity.link.redeem": {
		body: `{"identity":"email","token":"123456","recipient":"ada@example.com"}`,
		before: func(_ *testing.T, a *api, ids map[string]string) {
			a.ok("POST", "/conversation/"+ids["session_id"]+"/verify/identity", `{"identity":"email","recipient":"ada@example.com"}`, nil)
		},
	},
	"website.conversation.transcript.request": {body: `{"to":"user","email":"ada@example.com"}`},
	"website.conversation.reminder.schedule":  {body: `{"date":"2026-12-24T09:00:00Z","note":"Presents"}`},
	"website.conversation.report":             {body: `{"flag":"spam"}`},
	"website.conversation.original.get": {before: func(t *testing.T, a *api, ids map[string]string) {
		for page := 1; ; page++ {
			var list []struct {
				SessionID string `json:"session_id"`
				PeopleID  string `json:"people_id"`
				Meta      struct{ Origin string }
			}
			if a.ok("GET", pathOf("/conversations/%d", page), "", &list); len(list) == 0 {
				t.Fatal("no conversation by email with an original")
			}
			for _, c := range list {
				if c.Meta.Origin != "email" || c.PeopleID == "" {
					continue
				}
				var messages []struct {
					Original struct {
						ID string `json:"original_id"`
					}
				}
				a.ok("GET", "/conversation/"+c.SessionID+"/messages", "", &messages)
				for _, m := range messages {
					if m.Original.ID != "" {
						ids["session_id"], ids["original_id"] = c.SessionID, m.Original.ID
						return
					}
				}
			}
		}
	}},

	"website.conversation.message.send": {body: `{"type":"text","from":"operator","origin":"chat","content":"Hello"}`},
	"website.conversation.message.update": {
		body: `{"content":"Hello again"}`,
		before: func(_ *testing.T, a *api, ids map[string]string) {
			a.ok("POST", "/conversation/"+ids["session_id"]+"/message", `{"type":"text","from":"operator","origin":"chat","content":"Hello","fingerprint":77}`, nil)
			ids["fingerprint"] = "77"
		},
	},
	"website.conversation.compose":        {body: `{"type":"start","from":"operator","excerpt":"Hel"}`},
	"website.conversation.read.mark":      {body: `{"from":"user","origin":"chat"}`},
	"website.conversation.unread.mark":    {body: `{"from":"user"}`},
	"website.conversation.delivered.mark": {body: `{"from":"operator","origin":"chat","fingerprints":[1,2]}`},

	"website.conversation.browsing.send":           {body: `{"action":"start"}`, before: browsingFor},
	"website.conversation.browsing.assist":         {body: `{"action":"click","click":{"x":10,"y":20}}`, before: browsingFor},
	"website.conversation.call.initiate":           {body: `{"mode":"video"}`},
	"website.conversation.call.get":                {before: callFor},
	"website.conversation.call.abort":              {before: callFor},
	"website.conversation.call.transmit":           {body: `{"type":"sdp","payload":{"sdp":"v=0"}}`, before: callFor},
	"website.conversation.call.signaling.transmit": {body: `{"type":"candidate","payload":"c"}`, before: callFor},
	"website.conversation.tool.request":            {body: `{"command":"list_tools"}`},
	"website.conversation.widget.button.deliver":   {body: `{"section_id":"s","item_id":"i","data":{}}`},
	"website.conversation.widget.data.deliver":     {body: `{"section_id":"s","item_id":"i","action":"fetch","data":{}}`},

	"website.people.suggest.segment.delete": {body: `{"segment":"vip"}`},
	"website.people.suggest.data.delete":    {body: `{"key":"plan"}`},
	"website.people.suggest.event.delete":   {body: `{"text":"order:placed"}`},
	"website.people.profiles.list":          {query: "per_page=30&sort_field=nickname&sort_order=descending"},
	"website.people.profile.create":         {body: `{"email":"ada@example.com","person":{"nickname":"Ada Lovelace"}}`},
	"website.people.profile.save":           {body: `{"email":"ada@example.com","person":{"nickname":"Ada Lovelace"}}`},
	"website.people.profile.update":         {body: `{"notepad":"Likes engines"}`},
	"website.people.events.create":          {body: `{"text":"order:placed","data":{"total":12.5},"color":"green"}`},
	"website.people.data.save":              {body: `{"data":{"plan":"Pro"}}`},
	"website.people.data.update":            {body: `{"data":{"plan":"Pro"}}`},
	"website.people.subscription.update":    {body: `{"email":false}`},
	"website.people.export.profiles.export": {body: `{}`},
	"website.people.import.profiles.import": {body: `{"url":"https://fernleaf.example/people.csv","mapping":[{"column":0,"field":"email"}],"options":{"column_separator":",","skip_header":true}}`},
	"plugin.connect.websites.list":          {query: "filter_configured=0&include_plan=1"},
	"plugin.subscription.subscribe":         {body: `{"plugin_id":"` + sandbox.PluginID + `"}`},
	"plugin.subscription.channel.forward":   {body: `{"namespace":"bot:step","payload":{"step":1}}`},
	"plugin.subscription.event.dispatch":    {body: `{"name":"bot-is-running","data":{"since":"today"}}`},
	"bucket.url.generate":                   {body: `{"namespace":"upload","id":"a","file":{"name":"a.txt","type":"text/plain"}}`},
	"media.animation.list":                  {query: "list_id=7&search_query=fern"},
	"plugin.subscription.settings.save":     {body: `{"greeting":"Hello"}`},
	"plugin.subscription.settings.update":   {body: `{"greeting":"Hello"}`},
	"website.visitors.map.pinpoint":         {query: "center_longitude=10&center_latitude=50&center_radius=3000"},
}

// attempt calls an operation with its trial. Ready is called before the request itself.
func attempt(t *testing.T, a *api, op *spec.Operation, ready func()) (path string, r *reply) {
	t.Helper()
	ids := known(t, a)
	trial := trials[op.ID]
	if trial.before != nil {
		trial.before(t, a, ids)
	}
	switch {
	case op.Tiers.Has(spec.TierUser):
	case op.Tiers.Has(spec.TierPlugin):
		a = a.as("plugin")
	default:
		a = a.as("website")
	}
	path = op.Path
	for name, value := range ids {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if trial.query != "" {
		path += "?" + trial.query
	}
	ready()
	return path, a.call(op.Method, path, trial.body)
}

// TestEveryOperation calls each operation of the description on a fresh sandbox and checks the answer with its schema.
func TestEveryOperation(t *testing.T) {
	for _, op := range spec.All() {
		t.Run(op.ID, func(t *testing.T) {
			path, r := attempt(t, serve(t, sandbox.Config{}), op, func() {})
			if r.Status != op.Status {
				t.Fatalf("%s %s: %d %s, want %d", op.Method, path, r.Status, r.Raw, op.Status)
			}
			if op.Method == http.MethodHead {
				if len(r.Raw) > 0 {
					t.Errorf("HEAD answers a body: %s", r.Raw)
				}
				return
			}
			if r.Error || r.Reason != op.Reason {
				t.Errorf("error %t, reason %q, want %q", r.Error, r.Reason, op.Reason)
			}
			if op.Result == nil {
				return
			}
			if err := op.Result.ValidateAnswerJSON(r.Data); err != nil {
				t.Errorf("answer does not fit its schema: %v\n%s", err, r.Data)
			}
			if strings.HasPrefix(string(r.Data), "[]") && op.Effect == spec.EffectRead && op.ID != "website.conversation.browsing.list" && op.ID != "website.conversation.files.list" {
				t.Errorf("the list is empty, so that nothing was checked")
			}
		})
	}
}

// TestListsFitTheirSchemas reads everything that a seeded sandbox shows.
func TestListsFitTheirSchemas(t *testing.T) {
	a := serve(t, sandbox.Config{Seed: 5})
	types := map[string]int{}
	languages := map[string]int{}
	check := func(id string, r *reply) {
		t.Helper()
		if err := spec.ByID(id).Result.ValidateAnswerJSON(r.Data); err != nil {
			t.Fatalf("%s: %v\n%s", id, err, r.Data)
		}
	}
	a.eachConversation("include_empty=1", func(c conversation) {
		path := "/conversation/" + c.SessionID
		languages[c.Meta.Device.Locales[0]]++
		check("website.conversation.get", a.ok("GET", path, "", nil))
		for _, m := range a.allMessages(c.SessionID) {
			types[m.Type]++
		}
		check("website.conversation.messages.list", a.ok("GET", path+"/messages", "", nil))
		check("website.conversation.pages.list", a.ok("GET", path+"/pages/1", "", nil))
		check("website.conversation.events.list", a.ok("GET", path+"/events/1", "", nil))
		check("website.conversation.files.list", a.ok("GET", path+"/files/1", "", nil))
		check("website.conversation.relations.get", a.ok("GET", path+"/relations", "", nil))
	})
	for _, kind := range []string{"text", "note", "file", "animation", "audio", "picker", "field", "carousel", "event"} {
		if types[kind] == 0 {
			t.Errorf("no message of type %s: %v", kind, types)
		}
	}
	if len(languages) < 15 {
		t.Errorf("conversations in %d locales only: %v", len(languages), languages)
	}
	a.eachProfile("", func(p profile) {
		check("website.people.profile.get", a.ok("GET", "/people/profile/"+p.PeopleID, "", nil))
		check("website.people.events.list", a.ok("GET", "/people/events/"+p.PeopleID+"/list/1", "", nil))
		check("website.people.campaigns.list", a.ok("GET", "/people/campaigns/"+p.PeopleID+"/list/1", "", nil))
		check("website.people.data.get", a.ok("GET", "/people/data/"+p.PeopleID, "", nil))
	})
}
