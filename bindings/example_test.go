package bindings_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

// A program runs scripts against Crisp in both languages. Here Crisp is a sandbox inside the process.
func ExampleCrisp() {
	ctx := context.Background()
	server, err := sandbox.Start(ctx, "127.0.0.1:0", sandbox.Config{Seed: 1, Conversations: 30, People: 12})
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

	eng, err := engine.New(lua.Language, js.Language, bindings.Crisp(client, sandbox.WebsiteID))
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := engine.Eval[int](ctx, eng, "count.lua", `return #crisp.people.list()`)
	fmt.Println(n, err)
	n, err = engine.Eval[int](ctx, eng, "unread.lua", `return #crisp.conversations.list { filter_unread = true, per_page = 20 }`)
	fmt.Println(n, err)
	n, err = engine.Eval[int](ctx, eng, "unread.ts",
		`export default (await crisp.conversations.list({ filter_unread: true, per_page: 20 })).length`)
	fmt.Println(n, err)

	_, err = engine.Eval[any](ctx, eng, "wrong.lua", `crisp.conversations.get("session_00000000-0000-4000-8000-000000000000")`)
	var failure *crisp.Error
	fmt.Println(err)
	fmt.Println(errors.As(err, &failure) && failure.NotFound())
	// Output:
	// 12 <nil>
	// 10 <nil>
	// 10 <nil>
	// wrong.lua:1:1: CrispError: crisp.conversations.get: 404 not_found: conversation session_00000000-0000-4000-8000-000000000000 does not exist
	// true
}

// A program gives its scripts a module of its own in the low-level form. Both languages see it: billing.plan_of in Lua,
// billing.planOf in JavaScript. engine.NewModule makes modules from ordinary Go functions.
func ExampleModules() {
	ctx := context.Background()
	billing := &engine.Module{
		Name: "billing",
		Doc:  "What customers pay.",
		Functions: []engine.Function{{
			Name:   "plan_of",
			Doc:    "Returns the plan of a customer.",
			Params: []engine.Param{{Name: "email", Type: "string", Required: true}},
			Result: "string",
			Call: func(_ context.Context, args []any) (any, error) {
				if len(args) != 1 || args[0] != "ada@example.com" {
					return nil, &engine.HostError{Name: "BillingError", Message: "unknown customer"}
				}
				return map[string]any{"plan": "pro", "seats": 3}, nil
			},
		}},
	}
	eng, err := engine.New(js.Language, bindings.Modules(), engine.WithModules(billing), engine.WithStdout(os.Stdout))
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := engine.Eval[any](ctx, eng, "plan.js", `
		import { planOf } from "billing"
		const { plan, seats } = await planOf("ada@example.com")
		console.log(plan, seats)
		try { await planOf("nobody") } catch (e) { console.log(e.name, e.message) }
	`); err != nil {
		fmt.Println(err)
	}
	// Output:
	// pro 3
	// BillingError unknown customer
}
