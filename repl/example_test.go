package repl_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/repl"
)

// A program has a shell with a module of its own. What is entered here came from a terminal otherwise.
func Example() {
	ctx := context.Background()
	in := strings.NewReader("billing.seats('ada@example.com')\n.lua\nbilling.MAX_SEATS - billing.seats('ada@example.com')\n")
	billing := engine.NewModule("billing").
		Func("seats", func(email string) int { return len(email) }).
		Const("MAX_SEATS", 20)

	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(billing))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = repl.Run(ctx, repl.Config{Engine: eng, In: in, Out: os.Stdout, Err: os.Stderr})
	fmt.Println(err)
	// Output:
	// 15
	// 5
	// <nil>
}
