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
	// Output:
	// GET /website/{website_id}/people/profile/{people_id} read
	// people.get ada@example.com website, plugin, user
}
