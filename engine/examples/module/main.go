// Module gives scripts a module that is made from Go functions, structs and methods, and calls it in Lua and in TypeScript.
//
//	go run ./engine/examples/module
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

const luaScript = `
local c = billing.customer("ann@acme.example")
local open, report = 0, billing.report()
for invoice in billing.invoices(c.email) do
  if not invoice.paid then
    open = open + invoice.total
    report:add("invoice " .. invoice.number)
  end
end
billing.remind(c.email, { text = open .. " " .. billing.CURRENCY .. " are open" })
return report:lines()
`

const tsScript = `
const c = await billing.customer("ann@acme.example")
const report = await billing.report()
for await (const invoice of billing.invoices(c.email)) {
  if (invoice.paid) await report.add("invoice " + invoice.number + " of the plan " + c.plan)
}
export default await report.lines()
`

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "module:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	books := newLedger()
	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(books.module()))
	if err != nil {
		return err
	}
	for _, script := range []struct{ name, code string }{{"open.lua", luaScript}, {"paid.ts", tsScript}} {
		lines, err := engine.Eval[[]string](ctx, eng, script.name, script.code)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %q\n", script.name, lines)
	}
	fmt.Fprintf(out, "reminded: %q\n", books.reminded)

	// A module's name is a word of permissions: this script may read billing, and no more.
	reads, err := eng.Vocabulary().Parse([]string{"billing:read"})
	if err != nil {
		return err
	}
	_, err = engine.Eval[any](ctx, eng, "reader.lua", luaScript, engine.WithPermissions(reads))
	fmt.Fprintln(out, "refused:", err)
	return nil
}
