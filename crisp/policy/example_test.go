package policy_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
)

// A client that only reads.
func Example() {
	ctx := context.Background()
	server, err := sandbox.Start(ctx, "127.0.0.1:0", sandbox.Config{Seed: 1, People: 12})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	url := server.URL() // crisp.DefaultBaseURL is Crisp's own API
	decide := func(_ context.Context, call *policy.Call) error {
		if call.Effect != spec.EffectRead {
			return errors.New("this client only reads")
		}
		return nil
	}

	transport := &policy.Transport{Base: crisp.NewTransport(), BaseURL: url, Decide: decide}
	client, err := crisp.New(crisp.WithTransport(transport), crisp.WithBaseURL(url),
		crisp.WithCredentials(sandbox.Identifier, sandbox.Key))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	stats, err := client.People.Stats.Get(ctx, sandbox.WebsiteID)
	fmt.Println(stats.Total, err)
	_, err = client.Call(ctx, "DELETE", "website/"+sandbox.WebsiteID, nil)
	fmt.Println(err)
	// Output:
	// 12 <nil>
	// DELETE /website/11111111-1111-4111-8111-111111111111: refused_by_policy: this client only reads
}
