package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

func TestMeta(t *testing.T) {
	a := serve(t, sandbox.Config{})
	for name, session := range map[string]string{"added": a.conversation(), "seeded": a.conversations("")[4].SessionID} {
		path := "/conversation/" + session
		before := a.show(session)
		a.ok("PATCH", path+"/meta", `{"nickname":"Ada","data":{"plan":"Pro","seats":3},"segments":["vip","lead","vip"]}`, nil)
		a.ok("PATCH", path+"/meta", `{"data":{"seats":4,"beta":true},"segments":["lead"],"device":{"geolocation":{"city":"London"}}}`, nil)
		c := a.show(session)
		if c.Meta.Nickname != "Ada" || c.Meta.Email != before.Meta.Email || c.Meta.Data["plan"] != "Pro" || c.Meta.Data["seats"] != 4.0 || c.Meta.Data["beta"] != true ||
			!slices.Equal(c.Meta.Segments, []string{"lead"}) || c.Meta.Device.Geolocation.City != "London" || c.Meta.Device.Geolocation.Country != before.Meta.Device.Geolocation.Country ||
			!slices.Equal(c.Meta.Device.Locales, before.Meta.Device.Locales) {
			t.Errorf("%s: before %+v, after %+v", name, before.Meta, c.Meta)
		}
		a.ok("PATCH", path+"/meta", `{"device":{"locales":["xx"]}}`, nil)
	}
	// Another sandbox, and with it the tables that the seeds are made from, knows nothing of it.
	for _, c := range serve(t, sandbox.Config{}).conversations("") {
		if slices.Contains(c.Meta.Device.Locales, "xx") || c.Meta.Device.Geolocation.City == "London" && c.Meta.Device.Geolocation.Country != "GB" {
			t.Fatalf("changing a conversation changes the seeds: %+v", c.Meta)
		}
	}
	session := a.conversation()
	a.refused("PATCH", "/conversation/"+session+"/meta", `{"data":{"nested":{"a":1}}}`, 400, "invalid_data")
	a.refused("PATCH", "/conversation/"+session+"/meta", `{"segments":"vip"}`, 400, "invalid_data")
}

func TestRoutingAndInbox(t *testing.T) {
	a := serve(t, sandbox.Config{})
	all := a.conversations("")
	operator := all[slices.IndexFunc(all, func(c conversation) bool { return c.Assigned != nil })].Assigned.UserID
	inbox := all[slices.IndexFunc(all, func(c conversation) bool { return c.InboxID != "" })].InboxID
	session := a.conversation()
	path := "/conversation/" + session
	a.ok("PATCH", path+"/routing", `{"assigned":{"user_id":"`+operator+`"},"silent":true}`, nil)
	if c := a.show(session); c.Assigned == nil || c.Assigned.UserID != operator || !slices.Contains(sessions(a.conversations("filter_assigned="+operator)), session) {
		t.Errorf("assigned: %+v", c)
	}
	for _, body := range []string{`{"assigned":{"user_id":null}}`, `{"assigned":{}}`, `{"assigned":null}`} {
		a.ok("PATCH", path+"/routing", `{"assigned":{"user_id":"`+operator+`"}}`, nil)
		a.ok("PATCH", path+"/routing", body, nil)
		if c := a.show(session); c.Assigned != nil {
			t.Errorf("after %s: %+v", body, c.Assigned)
		}
	}
	a.refused("PATCH", path+"/routing", `{"assigned":{"user_id":"`+sandbox.WebsiteID+`"}}`, 404, "not_found")
	a.refused("PATCH", path+"/routing", `{}`, 400, "invalid_data")
	a.ok("PATCH", path+"/inbox", `{"inbox_id":"`+inbox+`"}`, nil)
	if c := a.show(session); c.InboxID != inbox || !slices.Contains(sessions(a.conversations("filter_inbox_id="+inbox)), session) {
		t.Errorf("moved: %+v", c)
	}
	a.ok("PATCH", path+"/inbox", `{}`, nil)
	if c := a.show(session); c.InboxID != "" {
		t.Errorf("moved back: %+v", c)
	}
	a.refused("PATCH", path+"/inbox", `{"inbox_id":"`+sandbox.WebsiteID+`"}`, 404, "not_found")
}

func TestVerification(t *testing.T) {
	a := serve(t, sandbox.Config{})
	session := a.conversation()
	path := "/conversation/" + session + "/verify"
	verified := func() bool {
		var status struct{ Verified bool }
		a.ok("GET", path, "", &status)
		return status.Verified
	}
	if message := a.refused("POST", path+"/identity", `{"identity":"email"}`, 400, "invalid_data"); !strings.Contains(message, "recipient") {
		t.Errorf("%q", message)
	}
	redeem := `{"identity":"email","token":"123456","recipient":"ada@example.com"}`
	a.refused("PUT", path+"/identity/link", redeem, 403, "not_allowed")
	a.ok("PATCH", "/conversation/"+session+"/meta", `{"email":"ada@example.com"}`, nil)
	a.ok("POST", path+"/identity", `{"identity":"email"}`, nil)
	a.refused("PUT", path+"/identity/link", strings.Replace(redeem, "123456", "12x456", 1), 400, "invalid_data")
	a.ok("PUT", path+"/identity/link", redeem, nil)
	if !verified() {
		t.Error("the identity is not verified after the code")
	}
	a.ok("PATCH", path, `{"verified":false}`, nil)
	if verified() || a.show(session).IsVerified {
		t.Error("the mark stays")
	}
}

func TestParticipantsComposeFiles(t *testing.T) {
	a := serve(t, sandbox.Config{})
	session := a.conversation()
	path := "/conversation/" + session
	a.ok("PUT", path+"/participants", `{"participants":[{"type":"email","target":"a@example.com"},{"type":"email","target":"b@example.com"}]}`, nil)
	a.ok("PUT", path+"/participants", `{"participants":[{"type":"email","target":"c@example.com"}]}`, nil)
	if c := a.show(session); len(c.Participants) != 1 || c.Participants[0].Target != "c@example.com" {
		t.Errorf("participants: %+v", c.Participants)
	}
	a.ok("PATCH", path+"/compose", `{"type":"start","from":"user","excerpt":"I was won"}`, nil)
	if c := a.show(session); c.Compose.Visitor == nil || c.Compose.Visitor.Excerpt != "I was won" {
		t.Errorf("typing: %+v", c.Compose)
	}
	a.ok("PATCH", path+"/compose", `{"type":"stop","from":"user"}`, nil)
	if c := a.show(session); c.Compose.Visitor != nil {
		t.Errorf("typing after stop: %+v", c.Compose)
	}
	a.ok("POST", path+"/message", `{"type":"file","from":"user","origin":"chat","content":{"name":"leaf.png","url":"https://x.example/leaf.png","type":"image/png"},"fingerprint":9}`, nil)
	var files []struct {
		Name        string
		Fingerprint int64
	}
	if a.ok("GET", path+"/files/1", "", &files); len(files) != 1 || files[0].Name != "leaf.png" || files[0].Fingerprint != 9 {
		t.Errorf("files: %+v", files)
	}
	a.refused("POST", path+"/reminder", `{"date":"2026-01-01T00:00:00Z","note":"too late"}`, 400, "invalid_data")
	a.refused("POST", path+"/transcript", `{"to":"user"}`, 400, "invalid_data")
}

func TestSpam(t *testing.T) {
	a := serve(t, sandbox.Config{})
	type spam struct {
		ID       string `json:"spam_id"`
		Metadata map[string]string
	}
	spams := func() []spam {
		var list []spam
		a.ok("GET", "/conversations/spams/1", "", &list)
		return list
	}
	seeded := spams()
	session := a.conversation()
	a.ok("POST", "/conversation/"+session+"/report", `{"flag":"spam"}`, nil)
	a.refused("GET", "/conversation/"+session, "", 404, "not_found")
	list := spams()
	if len(list) != len(seeded)+1 || list[0].Metadata["session_id"] != session {
		t.Fatalf("after the report: %+v", list)
	}
	decide := func(id, action string) {
		t.Helper()
		a.ok("POST", "/conversations/spam/"+id+"/decision", `{"action":"`+action+`"}`, nil)
		a.refused("GET", "/conversations/spam/"+id+"/content", "", 404, "not_found")
	}
	decide(list[0].ID, "accept")
	if c := a.show(session); c.LastMessage != "Hello there" {
		t.Errorf("the accepted conversation: %+v", c)
	}
	before := len(a.conversations(""))
	decide(seeded[0].ID, "accept")
	decide(seeded[1].ID, "reject")
	if after := len(a.conversations("")); after != before+1 || len(spams()) != len(seeded)-2 {
		t.Errorf("%d conversations and %d spams after an acceptance and a rejection", after, len(spams()))
	}
}

func TestOnlyForVisitorsOnTheSite(t *testing.T) {
	a := serve(t, sandbox.Config{})
	var online string
	for _, c := range a.conversations("") {
		if c.Active.Now {
			online = c.SessionID
		}
	}
	away := a.conversation()
	for path, body := range map[string]string{"/purge": "", "/feedback": "", "/browsing": "", "/call": `{"mode":"audio"}`} {
		a.refused("POST", "/conversation/"+away+path, body, 403, "not_allowed")
		a.ok("POST", "/conversation/"+online+path, body, nil)
	}
	var call struct {
		ID string `json:"call_id"`
	}
	a.ok("GET", "/conversation/"+online+"/call", "", &call)
	a.refused("DELETE", "/conversation/"+online+"/call/call_"+sandbox.WebsiteID, "", 404, "not_found")
	a.ok("DELETE", "/conversation/"+online+"/call/"+call.ID, "", nil)
	a.refused("GET", "/conversation/"+online+"/call", "", 404, "not_found")
}

func TestVisitors(t *testing.T) {
	a := serve(t, sandbox.Config{Visitors: 45})
	type visitor struct {
		SessionID string `json:"session_id"`
		Initiated bool
		Nickname  string
	}
	var all []visitor
	for page := 1; ; page++ {
		var list []visitor
		if a.ok("GET", pathOf("/visitors/list/%d", page), "", &list); len(list) == 0 {
			break
		}
		all = append(all, list...)
	}
	var count struct{ Count, Active int }
	if a.ok("GET", "/visitors/count", "", &count); count.Count != 45 || len(all) != 45 || count.Active == 0 || count.Active == 45 {
		t.Errorf("%d listed, counted %+v", len(all), count)
	}
	places := 0
	var points []struct{ Visitors struct{ Count int } }
	a.ok("GET", "/visitors/map", "", &points)
	for _, p := range points {
		places += p.Visitors.Count
	}
	if places != 45 {
		t.Errorf("%d visitors on the map", places)
	}
	if a.ok("GET", "/visitors/map?center_latitude=35&center_longitude=137&center_radius=900", "", &points); len(points) == 0 || len(points) > 6 {
		t.Errorf("%d places in Japan", len(points))
	}
	a.refused("GET", "/visitors/map?center_latitude=35", "", 400, "invalid_data")
	for _, v := range all {
		if v.Initiated {
			if c := a.show(v.SessionID); !c.Active.Now || c.Meta.Nickname != v.Nickname {
				t.Errorf("the conversation of a visitor: %+v", c)
			}
			continue
		}
		path := "/conversation/" + v.SessionID
		a.refused("GET", path, "", 404, "not_found")
		a.ok("POST", path+"/initiate", "", nil)
		a.ok("POST", path+"/initiate", "", nil)
		if c := a.show(v.SessionID); c.SessionID != v.SessionID || c.Meta.Nickname != v.Nickname || !c.Active.Now {
			t.Errorf("initiated: %+v", c)
		}
		var token struct {
			SessionID string `json:"session_id"`
		}
		if a.ok("GET", "/visitors/token/"+strings.TrimPrefix(v.SessionID, "session_"), "", &token); token.SessionID != v.SessionID {
			t.Errorf("token: %+v", token)
		}
	}
	a.refused("POST", "/conversation/session_2c7a1d1e-0000-4000-8000-000000000000/initiate", "", 404, "not_found")
	var blocked struct {
		Rule    []string
		Blocked int
	}
	a.ok("GET", "/visitors/blocked", "", &blocked)
	for _, rule := range blocked.Rule {
		a.ok("DELETE", "/visitors/blocked/"+rule, "", nil)
	}
	if a.ok("GET", "/visitors/blocked", "", &blocked); blocked.Blocked != 0 || len(blocked.Rule) != 0 {
		t.Errorf("after clearing: %+v", blocked)
	}
}

func TestRelations(t *testing.T) {
	a := serve(t, sandbox.Config{Conversations: 300, People: 60})
	type relations struct {
		Conversations struct {
			Parent   *string
			Children []string
		}
	}
	related := map[string]relations{}
	for _, c := range a.conversations("include_empty=1") {
		var r relations
		a.ok("GET", "/conversation/"+c.SessionID+"/relations", "", &r)
		related[c.SessionID] = r
	}
	links := 0
	for id, r := range related {
		if parent := r.Conversations.Parent; parent != nil {
			links++
			if !slices.Contains(related[*parent].Conversations.Children, id) {
				t.Errorf("%s names the parent %s, which does not name the child", id, *parent)
			}
		}
		for _, child := range r.Conversations.Children {
			if parent := related[child].Conversations.Parent; parent == nil || *parent != id {
				t.Errorf("%s names the child %s, which does not name the parent", id, child)
			}
		}
	}
	if links == 0 {
		t.Error("no conversation has a parent")
	}
}
