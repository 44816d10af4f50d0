package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

// long finds a conversation with more messages than fit into one batch.
func long(t *testing.T, a *api) (string, []message) {
	t.Helper()
	for _, c := range a.conversations("") {
		if all := a.allMessages(c.SessionID); len(all) > 45 {
			return c.SessionID, all
		}
	}
	t.Fatal("no conversation has more than 45 messages")
	return "", nil
}

func fingerprints(list []message) []int64 {
	var all []int64
	for _, m := range list {
		all = append(all, m.Fingerprint)
	}
	return all
}

func TestMessageBatches(t *testing.T) {
	a := serve(t, sandbox.Config{})
	session, all := long(t, a)
	for i := 1; i < len(all); i++ {
		if all[i].Timestamp <= all[i-1].Timestamp {
			t.Errorf("message %d is not later than the one before", i)
		}
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(fingerprints(all)))); len(unique) != len(all) {
		t.Errorf("%d different fingerprints of %d messages", len(unique), len(all))
	}
	n := len(all)
	at := func(i int) int64 { return all[i].Timestamp }
	cases := []struct {
		query    string
		from, to int
		more     bool
	}{
		{"", n - 20, n, true},
		{pathOf("?timestamp_before=%d", at(5)), 0, 5, false},
		{pathOf("?timestamp_before=%d", at(25)), 5, 25, true},
		{pathOf("?timestamp_before=%d", at(20)), 0, 20, false},
		{pathOf("?timestamp_before=%d", at(0)), 0, 0, false},
		{pathOf("?timestamp_after=%d", at(4)), 5, 25, true},
		{pathOf("?timestamp_after=%d", at(n-3)), n - 2, n, false},
		{pathOf("?timestamp_after=%d", at(n-1)), n, n, false},
		{pathOf("?timestamp_around=%d", at(22)), 12, 32, true},
		{pathOf("?timestamp_around=%d", at(0)), 0, 20, true},
		{pathOf("?timestamp_around=%d", at(n-1)), n - 20 + 9 - 9, n, true},
	}
	for _, tc := range cases {
		var list []message
		r := a.ok("GET", "/conversation/"+session+"/messages"+tc.query, "", &list)
		if !slices.Equal(fingerprints(list), fingerprints(all[tc.from:tc.to])) {
			t.Errorf("%s: %d messages, want those from %d to %d", tc.query, len(list), tc.from, tc.to)
		}
		if (r.Status == http.StatusPartialContent) != tc.more {
			t.Errorf("%s: status %d", tc.query, r.Status)
		}
	}
	a.refused("GET", "/conversation/"+session+"/messages?timestamp_before=5&timestamp_after=6", "", 400, "invalid_data")
	a.refused("GET", "/conversation/"+session+"/messages?timestamp_before=now", "", 400, "invalid_data")
}

func TestNewConversationShowsAfterFirstMessage(t *testing.T) {
	a := serve(t, sandbox.Config{})
	var c conversation
	r := a.ok("POST", "/conversation", "", &c)
	if r.Status != http.StatusCreated || r.Reason != "added" {
		t.Errorf("%d %s, want 201 added", r.Status, r.Reason)
	}
	listed := func(query string) bool { return slices.Contains(sessions(a.conversations(query)), c.SessionID) }
	if listed("") || !listed("include_empty=1") {
		t.Error("a new conversation is listed, or is not with include_empty")
	}
	send := "/conversation/" + c.SessionID + "/message"
	a.ok("POST", send, `{"type":"text","from":"operator","origin":"chat","content":"Hi"}`, nil)
	if listed("") {
		t.Error("a message of the operator makes the conversation visible")
	}
	a.ok("POST", send, `{"type":"text","from":"user","origin":"chat","content":"Hello"}`, nil)
	if !listed("") || !listed("filter_unread=1") || !listed("order_date_waiting=1") {
		t.Error("the conversation is not listed, unread and waiting after the first message of the user")
	}
	shown := a.show(c.SessionID)
	if shown.State != "pending" || shown.Unread.Operator != 1 || shown.WaitingSince != clock.UnixMilli()+1 || shown.LastMessage != "Hello" {
		t.Errorf("after the first message: %+v", shown)
	}
	a.ok("POST", send, `{"type":"note","from":"operator","origin":"chat","content":"Who is that?"}`, nil)
	if still := a.show(c.SessionID); still.WaitingSince == 0 || still.LastMessage != "Hello" || still.State != "pending" {
		t.Errorf("a note counts as an answer: %+v", still)
	}
	a.ok("POST", send, `{"type":"text","from":"operator","origin":"chat","content":"How can I help?"}`, nil)
	if answered := a.show(c.SessionID); answered.State != "unresolved" || answered.WaitingSince != 0 || answered.Unread.Visitor != 2 || answered.LastMessage != "How can I help?" {
		t.Errorf("after the answer: %+v", answered)
	}
}

func TestFingerprints(t *testing.T) {
	a := serve(t, sandbox.Config{})
	path := "/conversation/" + a.conversation() + "/message"
	var sent struct{ Fingerprint int64 }
	r := a.ok("POST", path, `{"type":"text","from":"operator","origin":"chat","content":"one","fingerprint":524653764345}`, &sent)
	if r.Status != http.StatusAccepted || r.Reason != "dispatched" || sent.Fingerprint != 524653764345 {
		t.Errorf("%d %s %d", r.Status, r.Reason, sent.Fingerprint)
	}
	r = a.ok("POST", path, `{"type":"text","from":"operator","origin":"chat","content":"two","fingerprint":524653764345}`, &sent)
	if r.Status != http.StatusAccepted || sent.Fingerprint != 524653764345 {
		t.Errorf("the repeat: %d %d", r.Status, sent.Fingerprint)
	}
	if all := a.allMessages(strings.Split(path, "/")[2]); len(all) != 2 || string(all[1].Content) != `"one"` {
		t.Errorf("a repeated fingerprint changes the conversation: %+v", all)
	}
	seen := map[int64]bool{}
	for range 30 {
		a.ok("POST", path, `{"type":"text","from":"user","origin":"chat","content":"again"}`, &sent)
		if seen[sent.Fingerprint] || sent.Fingerprint >= 1<<53 || sent.Fingerprint < 1e11 {
			t.Errorf("fingerprint %d", sent.Fingerprint)
		}
		seen[sent.Fingerprint] = true
	}
}

func TestBackDatedAndStealthMessages(t *testing.T) {
	a := serve(t, sandbox.Config{})
	session := a.conversation()
	path := "/conversation/" + session + "/message"
	before := a.show(session)
	a.ok("POST", path, `{"type":"text","from":"user","origin":"email","content":"long ago","timestamp":1700000000000,"fingerprint":-333}`, nil)
	all := a.allMessages(session)
	if len(all) != 2 || all[0].Fingerprint != -333 || all[0].Timestamp != 1700000000000 {
		t.Errorf("a back-dated message is not in its place: %+v", all)
	}
	if after := a.show(session); after.UpdatedAt != before.UpdatedAt || after.LastMessage != before.LastMessage || after.Unread.Operator != 2 {
		t.Errorf("a back-dated message changes the newest: %+v", after)
	}
	a.ok("POST", path, `{"type":"text","from":"operator","origin":"chat","content":"quiet","stealth":true}`, nil)
	if after := a.show(session); after.Unread.Visitor != 0 {
		t.Errorf("a stealth message counts as unread: %+v", after)
	}
	a.ok("GET", path+"/-333", "", nil)
}

func TestMessageTypes(t *testing.T) {
	a := serve(t, sandbox.Config{})
	session := a.conversation()
	path := "/conversation/" + session + "/message"
	send := func(kind, content string) string {
		return `{"type":"` + kind + `","from":"operator","origin":"chat","content":` + content + `}`
	}
	good := map[string]string{
		"text":      `"Hello"`,
		"note":      `"Hm"`,
		"file":      `{"name":"a.pdf","url":"https://x.example/a.pdf","type":"application/pdf"}`,
		"animation": `{"url":"https://x.example/a.gif","type":"image/gif"}`,
		"audio":     `{"url":"https://x.example/a.webm","type":"audio/webm","duration":12}`,
		"picker":    `{"id":"p","text":"Which?","choices":[{"value":"a","label":"A","selected":false}]}`,
		"field":     `{"id":"f","text":"Which?","explain":"Write"}`,
		"carousel":  `{"text":"Look","targets":[{"title":"A","description":"B","actions":[{"label":"L","url":"https://x.example"}]}]}`,
		"event":     `{"namespace":"state:resolved"}`,
	}
	for kind, content := range good {
		var sent struct{ Fingerprint int64 }
		a.ok("POST", path, send(kind, content), &sent)
		var m message
		a.ok("GET", pathOf("%s/%d", path, sent.Fingerprint), "", &m)
		if m.Type != kind || string(m.Content) != content {
			t.Errorf("%s: %+v", kind, m)
		}
	}
	for body, member := range map[string]string{
		send("text", `{"text":"Hello"}`):                                                    "data.content",
		send("file", `"Hello"`):                                                             "data.content",
		send("audio", `{"url":"https://x.example/a","type":"audio/webm"}`):                  "data.content.duration",
		send("video", `"x"`):                                                                "data.type",
		`{"type":"text","from":"operator","origin":"chat"}`:                                 "data.content",
		`{"type":"text","from":"bot","origin":"chat","content":"x"}`:                        "data.from",
		`{"type":"text","from":"user","origin":"fax","content":"x"}`:                        "data.origin",
		`{"type":"text","from":"user","content":"x"}`:                                       "data.origin",
		`{"type":"text","from":"user","origin":"chat","content":"x","user":{"nickname":5}}`: "data.user.nickname",
		`{"type":"text","from":"user","origin":"chat","content":"x","colour":"red"}`:        "data.colour",
		`[]`:   "data",
		`"hi"`: "data",
		`null`: "data",
		`{}`:   "data",
	} {
		if message := a.refused("POST", path, body, 400, "invalid_data"); !strings.Contains(message, member) {
			t.Errorf("%s: %q does not name %s", body, message, member)
		}
	}
}

func TestResolving(t *testing.T) {
	a := serve(t, sandbox.Config{})
	session := a.conversation()
	path := "/conversation/" + session
	for range 2 { // setting a state twice is harmless
		a.ok("PATCH", path+"/state", `{"state":"resolved"}`, nil)
	}
	all := a.allMessages(session)
	if last := all[len(all)-1]; len(all) != 2 || last.Type != "event" || string(last.Content) != `{"namespace":"state:resolved"}` {
		t.Errorf("resolving leaves %+v", all)
	}
	if c := a.show(session); c.State != "resolved" || c.WaitingSince != 0 {
		t.Errorf("resolved: %+v", c)
	}
	if slices.Contains(sessions(a.conversations("filter_not_resolved=1")), session) || !slices.Contains(sessions(a.conversations("filter_resolved=1")), session) {
		t.Error("the lists do not follow the state")
	}
	a.ok("POST", path+"/message", `{"type":"text","from":"user","origin":"chat","content":"One more thing"}`, nil)
	if c := a.show(session); c.State != "unresolved" || c.WaitingSince == 0 {
		t.Errorf("after another message of the user: %+v", c)
	}
}

func TestReadMarks(t *testing.T) {
	a := serve(t, sandbox.Config{})
	session := a.conversation()
	path := "/conversation/" + session
	a.ok("POST", path+"/message", `{"type":"text","from":"user","origin":"chat","content":"Hello?","fingerprint":7}`, nil)
	unread := func(operator, visitor int) {
		t.Helper()
		if u := a.show(session).Unread; u.Operator != operator || u.Visitor != visitor {
			t.Errorf("unread %+v, want operator %d, visitor %d", u, operator, visitor)
		}
	}
	unread(2, 0)
	a.ok("PATCH", path+"/read", `{"from":"user","origin":"chat","fingerprints":[7]}`, nil)
	unread(1, 0)
	a.ok("PATCH", path+"/read", `{"from":"user","origin":"chat"}`, nil)
	unread(0, 0)
	a.ok("POST", path+"/message", `{"type":"text","from":"operator","origin":"chat","content":"Yes?","fingerprint":8}`, nil)
	unread(0, 1)
	a.ok("PATCH", path+"/delivered", `{"from":"operator","origin":"email","fingerprints":[8]}`, nil)
	var m message
	if a.ok("GET", path+"/message/8", "", &m); m.Delivered != "email" || m.Read != "" {
		t.Errorf("delivered: %+v", m)
	}
	a.ok("PATCH", path+"/read", `{"from":"operator","origin":"chat"}`, nil)
	unread(0, 0)
	a.ok("PATCH", path+"/unread", `{"from":"user"}`, nil)
	unread(2, 0)
	a.ok("POST", path+"/message", `{"type":"text","from":"user","origin":"chat","content":"psst","stealth":true}`, nil)
	unread(2, 0)
	a.ok("PATCH", path+"/unread", `{"from":"user"}`, nil)
	unread(3, 0)
	a.refused("PATCH", path+"/unread", `{"from":"operator"}`, 400, "invalid_data")
	a.refused("PATCH", path+"/delivered", `{"from":"operator","origin":"chat"}`, 400, "invalid_data")
}

func TestBlockedContact(t *testing.T) {
	a := serve(t, sandbox.Config{})
	session := a.conversation()
	path := "/conversation/" + session
	a.ok("PATCH", path+"/block", `{"blocked":true}`, nil)
	r := a.ok("POST", path+"/message", `{"type":"text","from":"user","origin":"chat","content":"spam"}`, nil)
	if r.Status != http.StatusAccepted {
		t.Errorf("a blocked contact is told: %d", r.Status)
	}
	a.ok("POST", path+"/message", `{"type":"text","from":"operator","origin":"chat","content":"Sorry"}`, nil)
	if all := a.allMessages(session); len(all) != 2 || string(all[1].Content) != `"Sorry"` {
		t.Errorf("messages of a blocked conversation: %+v", all)
	}
	if !a.show(session).IsBlocked {
		t.Error("is_blocked is not set")
	}
	a.ok("PATCH", path+"/block", `{"blocked":false}`, nil)
	a.ok("POST", path+"/message", `{"type":"text","from":"user","origin":"chat","content":"thanks"}`, nil)
	if all := a.allMessages(session); len(all) != 3 {
		t.Errorf("%d messages after unblocking, want 3", len(all))
	}
}

func TestUpdateAndDeleteMessage(t *testing.T) {
	a := serve(t, sandbox.Config{})
	session := a.conversation()
	path := "/conversation/" + session + "/message"
	a.ok("POST", path, `{"type":"text","from":"operator","origin":"chat","content":"helo","fingerprint":1}`, nil)
	a.ok("POST", path, `{"type":"text","from":"operator","origin":"email","content":"mail","fingerprint":2}`, nil)
	a.ok("PATCH", path+"/1", `{"content":"hello"}`, nil)
	var m message
	if a.ok("GET", path+"/1", "", &m); string(m.Content) != `"hello"` || !m.Edited {
		t.Errorf("changed: %+v", m)
	}
	if message := a.refused("PATCH", path+"/1", `{"content":{"name":"n","url":"https://x.example","type":"t"}}`, 400, "invalid_data"); !strings.Contains(message, "data.content") {
		t.Errorf("a content of another type: %q", message)
	}
	a.refused("PATCH", path+"/2", `{"content":"changed"}`, 403, "not_allowed")
	a.refused("PATCH", path+"/3", `{"content":"changed"}`, 404, "not_found")
	a.ok("DELETE", path+"/2", "", nil)
	a.refused("GET", path+"/2", "", 404, "not_found")
	if c := a.show(session); c.LastMessage != "hello" {
		t.Errorf("the newest message is %q", c.LastMessage)
	}
	a.refused("DELETE", path+"/2", "", 404, "not_found")
	a.refused("GET", path+"/two", "", 400, "invalid_data")
}
