package filter_test

import (
	"errors"
	"fmt"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
)

// A condition is compiled once and matches any number of payloads.
func Example() {
	matching := func(event crisp.Event) error {
		condition, err := filter.Compile(`from == "user" and content contains "refund"`, spec.FindEvent("message:send"))
		if err != nil {
			return err
		}
		matches, err := condition.Match(event.Data)
		fmt.Println(matches, err)
		return nil
	}
	err := matching(crisp.Event{Name: "message:send", Data: []byte(`{"from": "user", "content": "I want a refund"}`)})
	fmt.Println(err)
	// Output:
	// true <nil>
	// <nil>
}

// Fields that an event does not have are errors, with the place and the nearest name.
func ExampleCompile_mistake() {
	_, err := filter.Compile(`from == "user" and contnet == ""`, spec.FindEvent("message:send"))
	var wrong *filter.Error
	if errors.As(err, &wrong) {
		fmt.Println(wrong)
		fmt.Println(wrong.Hint)
	}
	// Output:
	// column 20: message:send has no field contnet
	// did you mean content?
}

// A key is the text of one field.
func ExampleValue() {
	fmt.Println(filter.Value([]byte(`{"user": {"user_id": "u1"}}`), "user.user_id"))
	fmt.Println(filter.Value([]byte(`{"user": {}}`), "user.user_id"))
	// Output:
	// u1 true <nil>
	//  false <nil>
}
