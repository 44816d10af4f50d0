package crisp_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Typed calls tell what is not JSON, what has another shape and what is not there, and answer nothing beside the error.
func TestTypedAnswersThatCannotBeRead(t *testing.T) {
	body := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }))
	t.Cleanup(server.Close)
	client, err := crisp.New(crisp.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	const frame = `{"error":false,"reason":"listed"`
	for _, test := range []struct{ body, want string }{
		{frame + `,"data":[{"session_id":"a"},{"session_id":"b"`, "the answer is not the JSON that Crisp sends"},
		{frame + `,"data":[{"session_id":"a"}]]}`, "the answer is not the JSON that Crisp sends"},
		{frame + `,"data":[{},["deep"]]}`, "unmarshal"},
		{frame + `,"data":"text"}`, ""},
		{frame + `}`, ""},
	} {
		body = test.body
		check := func(call string, answered bool, err error) {
			t.Helper()
			var failed *crisp.Error
			if !errors.As(err, &failed) || failed.Reason != crisp.ReasonInvalidResponse || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s of %s: %v", call, body, err)
			}
			if answered {
				t.Errorf("%s of %s answers something beside its error", call, body)
			}
		}
		page, err := client.Conversations.ListPage(t.Context(), website, 1, nil)
		check("ListPage", page != nil, err)
		batch, more, err := client.Conversations.Messages.ListBatch(t.Context(), website, session, nil)
		check("ListBatch", batch != nil || more, err)
		yields := 0
		for conversation, err := range client.Conversations.List(t.Context(), website, nil) {
			yields++
			check("List", conversation != nil, err)
		}
		for key, err := range client.Conversations.Keys.List(t.Context(), website) { // has no pages
			yields++
			check("Keys.List", key != nil, err)
		}
		if yields != 2 {
			t.Errorf("%s: the two lists yield %d times", body, yields)
		}
	}
}

// Walking one list twice at the same time gives each walk its own items.
func TestListWalkedWithinItself(t *testing.T) {
	f := &fakeCrisp{data: func(_ *spec.Operation, r *http.Request) string {
		switch page := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; page {
		case "1", "2", "3":
			return `[{"session_id":"` + page + `a"},{"session_id":"` + page + `b"}]`
		default:
			return `[]`
		}
	}}
	list := connect(t, f).Conversations.List(t.Context(), website, nil)
	want := []string{"1a", "1b", "2a", "2b", "3a", "3b"}
	walk := func(each func()) {
		var conversations []*crisp.Conversation
		for conversation, err := range list {
			if err != nil {
				t.Fatal(err)
			}
			each()
			conversations = append(conversations, conversation)
		}
		var ids []string
		for _, conversation := range conversations {
			ids = append(ids, conversation.SessionID)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("got %v", ids)
		}
	}
	walk(func() { walk(func() {}) })
}
