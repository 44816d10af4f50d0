package crisp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// pretend is a server that answers every request with one status and body.
func pretend(status int, body string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
}

func Example() {
	server := pretend(200, `{"error":false,"reason":"resolved","data":{"nickname":"Ada","state":"unresolved"}}`)
	defer server.Close()

	client, err := crisp.New(
		crisp.WithCredentials("identifier", "key"),
		crisp.WithTier(spec.TierWebsite),
		crisp.WithBaseURL(server.URL), // without it, the API of crisp.chat
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	resp, err := client.Call(context.Background(), "GET", "website/w1/conversation/session_1/meta", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var meta struct {
		Nickname string `json:"nickname"`
	}
	if err := resp.Decode(&meta); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Status, resp.Reason, meta.Nickname)
	// Output: 200 resolved Ada
}

// A list fetches page after page while the loop goes on.
func ExampleConversationsService_List() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data := `[]`
		if r.URL.Path == "/website/w1/conversations/1" {
			data = `[{"session_id":"session_1","meta":{"nickname":"Ada"}},{"session_id":"session_2","meta":{"nickname":"Grace"}}]`
		}
		io.WriteString(w, `{"error":false,"reason":"listed","data":`+data+`}`)
	}))
	defer server.Close()
	client, err := crisp.New(crisp.WithCredentials("identifier", "key"), crisp.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	for conversation, err := range client.Conversations.List(context.Background(), "w1", &crisp.ConversationsListOptions{FilterUnread: true}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(conversation.SessionID, conversation.Meta.Nickname)
	}
	// Output:
	// session_1 Ada
	// session_2 Grace
}

// An error tells a program what happened, and a person what to do.
func ExampleError() {
	server := pretend(404, `{"error":true,"reason":"not_subscribed","data":{"message":"website not subscribed to plugin"}}`)
	defer server.Close()
	client, err := crisp.New(crisp.WithCredentials("identifier", "key"), crisp.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	_, err = client.Call(context.Background(), "GET", "website/w1", nil)
	var failed *crisp.Error
	if errors.As(err, &failed) {
		fmt.Println(failed)
		fmt.Println(failed.Status, failed.Reason, failed.Temporary())
		fmt.Println(failed.Hint())
	}
	// Output:
	// GET /website/w1: 404 not_subscribed: website not subscribed to plugin
	// 404 not_subscribed false
	// the plugin is not installed on this website: install it there, or use a website token of that workspace
}
