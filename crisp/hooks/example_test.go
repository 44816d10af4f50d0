package hooks_test

import (
	"fmt"

	"github.com/crisphost/crisphost/crisp/hooks"
)

// A body is signed as JSON.stringify writes it, and verifies whatever a proxy has made of its blanks.
func Example() {
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
