package bindings_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

// A program runs scripts of its users against Crisp, in both languages, each in a VM of its own with a bound on time and memory.
func Example() {
	ctx := context.Background()
	server, err := sandbox.Start(ctx, "127.0.0.1:0", sandbox.Config{Seed: 1, Conversations: 30})
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

	runtimes := map[engine.Language]engine.Runtime{engine.Lua: lua.NewRuntime(), engine.TypeScript: js.NewRuntime()}
	host := bindings.Host{Client: client, WebsiteID: sandbox.WebsiteID, Stdout: os.Stdout}
	config := engine.Config{Modules: bindings.Modules(host), Globals: bindings.Globals(host), Stdout: os.Stdout, MemoryLimit: 64 << 20}

	run := func(source engine.Source) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		runtime := runtimes[source.Language]
		program, err := runtime.Compile(ctx, source, bindings.ModuleNames())
		if err != nil {
			return nil, err
		}
		vm, err := runtime.New(config)
		if err != nil {
			return nil, err
		}
		defer vm.Close()
		return vm.Run(ctx, program)
	}

	for _, source := range []engine.Source{
		{Name: "unread.lua", Language: engine.Lua, Code: []byte(`return #crisp.conversations.list { filter_unread = true, per_page = 20 }`)},
		{Name: "unread.ts", Language: engine.TypeScript, Code: []byte(`export default (await crisp.conversations.list({ filter_unread: true, per_page: 20 })).length`)},
	} {
		result, err := run(source)
		fmt.Println(source.Name, result, err)
	}

	_, err = run(engine.Source{Name: "wrong.lua", Language: engine.Lua, Code: []byte(`crisp.conversations.get("session_00000000-0000-4000-8000-000000000000")`)})
	var failure *crisp.Error
	fmt.Println(err)
	fmt.Println(errors.As(err, &failure) && failure.NotFound())
	// Output:
	// unread.lua 10 <nil>
	// unread.ts 10 <nil>
	// wrong.lua:1:1: CrispError: crisp.conversations.get: 404 not_found: conversation session_00000000-0000-4000-8000-000000000000 does not exist
	// true
}

// A program gives its scripts a module of its own. Both languages see it: billing.plan_of in Lua, billing.planOf in JavaScript.
func ExampleModules() {
	billing := &engine.Module{
		Name: "billing",
		Doc:  "What customers pay.",
		Functions: []engine.Function{{
			Name:   "plan_of",
			Doc:    "Tells the plan of a customer.",
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
	modules := append(bindings.Modules(bindings.Host{Stdout: os.Stdout}), billing)
	names := append(bindings.ModuleNames(), billing.Name)

	runtime := js.NewRuntime()
	ctx := context.Background()
	program, err := runtime.Compile(ctx, engine.Source{Name: "plan.js", Language: engine.JavaScript, Code: []byte(`
		import { planOf } from "billing"
		const { plan, seats } = await planOf("ada@example.com")
		console.log(plan, seats)
		try { await planOf("nobody") } catch (e) { console.log(e.name, e.message) }
	`)}, names)
	if err != nil {
		fmt.Println(err)
		return
	}
	vm, err := runtime.New(engine.Config{Modules: modules, Stdout: os.Stdout})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer vm.Close()
	if _, err := vm.Run(ctx, program); err != nil {
		fmt.Println(err)
	}
	// Output:
	// pro 3
	// BillingError unknown customer
}
