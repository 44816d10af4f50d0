package js_test

import (
	"context"
	"fmt"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
)

func Example() {
	eng, err := engine.New(js.Language)
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := engine.Eval[int](context.Background(), eng, "count.ts", `export default ["a", "b"].length as number`)
	fmt.Println(n, err)
	// Output: 2 <nil>
}
