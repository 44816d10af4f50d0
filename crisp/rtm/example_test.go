package rtm_test

import (
	"context"
	"fmt"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/rtm"
)

// Messages of visitors, as they come.
func Example() {
	ctx := context.Background()
	api, err := crisp.New(crisp.WithCredentials("identifier", "key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := rtm.New(api, rtm.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	ctx, stop := context.WithCancel(ctx)
	stop() // this example does not wait for anybody
	for event, err := range client.Listen(ctx, []string{"message:send"}) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(event.Name, string(event.Data))
	}
	// Output: context canceled
}
