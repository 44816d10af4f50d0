package sandbox_test

import (
	"context"
	"fmt"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
)

// A sandbox for a test or a demonstration: any client of the API can be pointed at its URL.
func Example() {
	ctx := context.Background()
	server, err := sandbox.Start(ctx, "127.0.0.1:0", sandbox.Config{Seed: 1, People: 12})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client, err := crisp.New(crisp.WithBaseURL(server.URL()), crisp.WithCredentials(sandbox.Identifier, sandbox.Key))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	stats, err := client.People.Stats.Get(ctx, sandbox.WebsiteID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stats.Total)
	// Output: 12
}
