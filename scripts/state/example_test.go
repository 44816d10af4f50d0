package state_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/crisphost/crisphost/scripts/state"
)

// What scripts store stays in the database of their host.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "host.db")

	db, err := state.Open(ctx, "sqlite:"+file)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	n, err := db.ScriptStore("report").Increment(ctx, "runs", 1, 0)
	fmt.Println(n, err)
	// Output: 1 <nil>
}
