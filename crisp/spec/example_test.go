package spec_test

import (
	"fmt"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Operations are found by the names of their script calls, or by a request.
func Example() {
	op := spec.ByCall("people.get")
	fmt.Println(op.Method, op.Path, op.Effect)

	op, params, _ := spec.Match("GET", "website/w1/people/profile/ada@example.com")
	fmt.Println(op.Call, params["people_id"], op.Tiers)

	event := spec.FindEvent("message:send")
	fmt.Println(event.Name, event.Class, event.Payload.Field("content").Doc)
	// Output:
	// GET /website/{website_id}/people/profile/{people_id} read
	// people.get ada@example.com website, plugin, user
	// message:send unique Text of a text message or note; other types have objects
}
