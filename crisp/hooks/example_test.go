package hooks_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/crisphost/crisphost/crisp/hooks"
)

// A handler stores what a plugin's hooks bring.
func Example() {
	store := func(_ context.Context, d *hooks.Delivery) error {
		fmt.Println(d.Name, string(d.Data))
		return nil // now it is kept
	}
	handler, err := hooks.New(hooks.Options{
		Secrets: []hooks.Secret{{Value: "signing secret"}},
		Store:   store,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	body := `{"website_id":"w1","event":"website:users:available","data":{"website_id":"w1","available":true},"timestamp":1796083200000}`
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(hooks.TimestampHeader, "1796083200000")
	request.Header.Set(hooks.SignatureHeader, hooks.Sign("signing secret", "1796083200000", []byte(body)))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	fmt.Println(answer.Code)
	// Output:
	// website:users:available {"website_id":"w1","available":true}
	// 200
}

// A body is signed as JSON.stringify writes it, and verifies whatever a proxy has made of its blanks.
func ExampleVerify() {
	body, err := hooks.Stringify([]byte(`{"event": "message:send"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	signature := hooks.Sign("signing secret", "1796083200000", body)
	fmt.Println(string(body))
	fmt.Println(hooks.Verify("signing secret", "1796083200000", signature, []byte(`{"event" : "message:send"}`)))
	// Output:
	// {"event":"message:send"}
	// true
}
