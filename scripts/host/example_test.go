//go:build unix

package host_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/state"
)

// A program runs a directory of scripts as crisphost serve does. The first line of its main function is worker.MainIf(newEngine), as
// in the tests of this package.
func Example() {
	if err := embed(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// greet: Hello from Lua, succeeded
}

func embed(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	directory := filepath.Join(dir, "scripts")
	if err := os.Mkdir(directory, 0o700); err != nil {
		return err
	}
	script := "-- @schedule @daily\n-- @timeout 10s\nlog.info('Hello from ' .. args[1])\n"
	if err := os.WriteFile(filepath.Join(directory, "greet.lua"), []byte(script), 0o600); err != nil {
		return err
	}

	db, err := state.Open(ctx, "sqlite:"+filepath.Join(dir, "host.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	eng, err := newEngine()
	if err != nil {
		return err
	}
	h, err := host.Start(ctx, host.Config{DB: db, Directory: directory, Engine: eng})
	if err != nil {
		return err
	}
	defer h.Close(ctx)

	following, stop := context.WithCancel(ctx)
	defer stop()
	events := h.Subscribe(following)
	id, err := h.Trigger(ctx, "greet", []string{"Lua"}, "example")
	if err != nil {
		return err
	}
	for {
		run, err := h.Run(ctx, id)
		if err != nil {
			return err
		}
		if run.State.Ended() {
			lines, err := h.Logs(ctx, id, 0, 1)
			if err != nil || len(lines) == 0 {
				return fmt.Errorf("%s without a line: %w", run.State, err)
			}
			fmt.Printf("%s: %s, %s\n", run.Script, lines[0].Message, run.State)
			return nil
		}
		select {
		case <-events:
		case <-time.After(time.Minute):
			return fmt.Errorf("run %s is still %s", id, run.State)
		}
	}
}
