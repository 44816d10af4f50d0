// Minimal counts the people of a Crisp website in a script.
//
//	go run ./engine/examples/minimal
//
// Here Crisp is a sandbox inside the process. A program that means a website of its own leaves out the sandbox and the base
// URL.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "minimal:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	server, err := sandbox.Start(ctx, "127.0.0.1:0", sandbox.Config{Seed: 1, People: 12})
	if err != nil {
		return err
	}
	defer server.Close()
	client, err := crisp.New(crisp.WithBaseURL(server.URL()), crisp.WithCredentials(sandbox.Identifier, sandbox.Key))
	if err != nil {
		return err
	}
	eng, err := engine.New(lua.Language, js.Language, bindings.Crisp(client, sandbox.WebsiteID))
	if err != nil {
		return err
	}
	n, err := engine.Eval[int](ctx, eng, "count.lua", `return #crisp.people.list()`)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, n, "people")
	return nil
}
