package lua_test

import (
	"context"
	"fmt"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua"
)

func Example() {
	eng, err := engine.New(lua.Language)
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := engine.Eval[int](context.Background(), eng, "count.lua", `return #{"a", "b"}`)
	fmt.Println(n, err)
	// Output: 2 <nil>
}
