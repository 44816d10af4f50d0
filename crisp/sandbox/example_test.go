package sandbox_test

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

// A sandbox for a test or a demonstration: any client of the API can be pointed at its URL.
func ExampleStart() {
	ctx := context.Background()
	server, err := sandbox.Start(ctx, "127.0.0.1:0", sandbox.Config{Seed: 1, People: 12})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL()+"website/"+sandbox.WebsiteID+"/people/stats", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	req.SetBasicAuth(sandbox.Identifier, sandbox.Key)
	req.Header.Set("X-Crisp-Tier", "website")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Println(res.StatusCode, string(body), err)
	// Output: 200 {"error":false,"reason":"resolved","data":{"total":12}} <nil>
}
