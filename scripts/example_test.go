package scripts_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/scripts"
)

// A directory of scripts is checked without running them.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	code := "-- @schedule every 15m\n-- @permissions people:read\ncrisp.people.delete('ada@example.com')\n"
	if err := os.WriteFile(filepath.Join(dir, "tidy.lua"), []byte(code), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	eng, err := engine.New(lua.Language, bindings.Modules())
	if err != nil {
		fmt.Println(err)
		return
	}

	list, problems, err := scripts.Check(ctx, dir, scripts.LibraryOptions{Engine: eng})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range list {
		fmt.Println(s.Name, s.Header.Schedules[0].Text)
	}
	for _, p := range problems {
		fmt.Println(p.Position, p.Message)
	}
	// Output:
	// tidy every 15m
	// tidy.lua:3:1 crisp.people.delete needs the permission people:write
}
