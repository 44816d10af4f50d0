package engine_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"testing/fstest"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

func Example() {
	eng, err := engine.New(lua.Language, js.Language)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	n, err := engine.Eval[int](ctx, eng, "count.lua", `return #{"a", "b", "c"}`)
	fmt.Println(n, err)
	words, err := engine.Eval[[]string](ctx, eng, "words.ts", `export default "so it goes".split(" ") as string[]`)
	fmt.Println(words, err)
	// Output:
	// 3 <nil>
	// [so it goes] <nil>
}

type Customer struct {
	Email string   `json:"email"`
	Seats int      `json:"seats"`
	Tags  []string `json:"tags,omitempty"`
}

type Invoice struct {
	Number int     `json:"number"`
	Total  float64 `json:"total"`
}

// Cursor walks over the pages of a list. Scripts hold it as a handle.
type Cursor struct{ page int }

func (c *Cursor) Next() int { c.page++; return c.page }

func ExampleNewModule() {
	billing := engine.NewModule("billing").
		Func("customer", func(ctx context.Context, email string) (Customer, error) {
			return Customer{Email: email, Seats: 3}, nil
		}).
		Func("invoices", func(ctx context.Context, email string) iter.Seq2[Invoice, error] {
			return func(yield func(Invoice, error) bool) {
				_ = yield(Invoice{1, 9.5}, nil) && yield(Invoice{2, 20}, nil)
			}
		}).
		Func("pages", func() *Cursor { return &Cursor{} }).
		Const("MAX_SEATS", 10).
		Type(&Cursor{})
	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(billing), engine.WithStdout(os.Stdout))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = engine.Eval[any](context.Background(), eng, "seats.lua", `
		local customer = billing.customer("ann@example.com")
		print(customer.email, billing.MAX_SEATS - customer.seats)
		for invoice in billing.invoices(customer.email) do print(invoice.number, invoice.total) end
		local c = billing.pages()
		c:next()
		print(c:next())
	`)
	fmt.Println(err)
	_, err = engine.Eval[any](context.Background(), eng, "seats.mjs", `
		const c = await billing.pages()
		console.log(await c.next())
		await billing.customer(7)
	`)
	fmt.Println(err)
	// Output:
	// ann@example.com	7
	// 1	9.5
	// 2	20
	// 2
	// <nil>
	// 1
	// seats.mjs:4:17: TypeError: billing.customer: argument 1: takes a string, not a number
}

func ExampleNew_mistakes() {
	_, err := engine.New(lua.Language, engine.WithModules(engine.NewModule("billing").
		Func("watch", func() chan Invoice { return nil }).
		Func("charge", nil)))
	fmt.Println(err)
	// Output:
	// engine: billing.watch: result: has the Go type chan engine_test.Invoice, which scripts cannot take
	// billing.charge: the function is nil
}

func ExampleEngine_Instantiate() {
	type Message struct {
		From string `json:"from"`
		Text string `json:"text"`
	}
	type Reply struct {
		Text string   `json:"text"`
		Tags []string `json:"tags"`
	}
	scripts := fstest.MapFS{"tenant/main.ts": {Data: []byte(`
		let count = 0
		export async function onMessage(m: { from: string, text: string }) {
			return { text: tenant.greeting + " " + m.from, tags: ["n" + ++count] }
		}
	`)}}
	eng, err := engine.New(js.Language)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	program, err := eng.Compile(ctx, engine.FromFS(scripts, "tenant/main.ts"))
	if err != nil {
		fmt.Println(err)
		return
	}
	instance, err := eng.Instantiate(ctx, program, engine.WithGlobal("tenant", map[string]string{"greeting": "Hello"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer instance.Close()
	for _, from := range []string{"Ann", "Bo"} {
		reply, err := engine.Call[Reply](ctx, instance, "onMessage", Message{From: from})
		fmt.Println(reply, err)
	}
	// Output:
	// {Hello Ann [n1]} <nil>
	// {Hello Bo [n2]} <nil>
}
