//go:build unix

package schedule_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// greeter runs scripts without reading them.
type greeter struct{ done chan struct{} }

func (g greeter) Run(_ context.Context, run state.Run, _ *state.Version, _ scripts.Header, _ schedule.Sink) schedule.Outcome {
	fmt.Println(run.Script, run.Trigger.Kind, run.Trigger.By)
	close(g.done)
	return schedule.Outcome{}
}

// A scheduler starts a run when somebody asks. Package host has a runner that starts worker processes.
func Example() {
	if err := runOnce(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: hello manual ada
}

func runOnce(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := state.Open(ctx, "sqlite:"+filepath.Join(dir, "host.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	version := &state.Version{Hash: "v1", Script: "hello", Entry: "hello.lua", Language: "lua", Files: map[string][]byte{"hello.lua": nil}}
	if err := db.PutVersion(ctx, version); err != nil {
		return err
	}
	if err := db.PutScript(ctx, state.Script{Name: "hello", Path: "hello.lua", Language: "lua", Version: "v1"}); err != nil {
		return err
	}
	runner := greeter{done: make(chan struct{})}
	parse := func(text, zone string) (schedule.Ticks, error) { return scripts.ParseSchedule(text, zone) }

	s, err := schedule.Start(ctx, schedule.Config{DB: db, Runner: runner, Parse: parse})
	if err != nil {
		return err
	}
	defer s.Close(ctx)
	_, err = db.Trigger(ctx, "hello", state.Trigger{Kind: state.ByHand, By: "ada"})
	if err != nil {
		return err
	}
	s.Wake()
	<-runner.done
	return nil
}
