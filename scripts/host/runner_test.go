//go:build unix

package host_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// kept is a sink that keeps what a run prints.
type kept struct {
	mu   sync.Mutex
	text strings.Builder
}

func (k *kept) Log(l state.LogLine) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.text.WriteString(l.Message + "\n")
}

func (k *kept) Call(state.APICall)            {}
func (k *kept) Confirm(context.Context) error { return nil }

func TestRunKnowsItself(t *testing.T) {
	t.Setenv("HOST_SECRET", "not for scripts")
	pool, err := worker.NewPool(worker.Options{Bundles: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	eng, err := newEngine()
	if err != nil {
		t.Fatal(err)
	}
	runner := &host.Runner{Pool: pool, Engine: eng, LookupEnv: func(name string) (string, bool) {
		value, ok := map[string]string{"ALLOWED": "yes", "OTHER": "no"}[name]
		return value, ok
	}}
	code := []byte(`// @env ALLOWED UNSET
		import { names } from "./names"
		console.log(args.join(), names(env))`)
	header, err := scripts.ReadHeader(code, "js")
	if err != nil {
		t.Fatal(err)
	}
	version := &state.Version{Hash: "h", Script: "env", Entry: "env.js", Language: "js", Files: map[string][]byte{
		"env.js": code, "names.js": []byte(`export const names = e => Object.keys(e).filter(n => n !== "get").map(n => n + "=" + e[n]).join(" ")`),
	}}
	run := state.Run{ID: "0199c0de-0000-7000-8000-000000000001", Script: "env", Version: "h", Attempt: 2, Trigger: state.Trigger{
		Kind: state.BySchedule, Tick: time.Date(2026, 11, 22, 9, 0, 0, 0, time.FixedZone("", 3600)), Args: []string{"a", "b"},
	}}
	sink := &kept{}
	if outcome := runner.Run(t.Context(), run, version, header, sink); outcome.Err != nil {
		t.Fatalf("%+v", outcome.Err)
	}
	want := "a,b ALLOWED=yes CRISPHOST_ATTEMPT=2 CRISPHOST_RUN_ID=" + run.ID +
		" CRISPHOST_SCRIPT=env CRISPHOST_TICK=2026-11-22T08:00:00Z CRISPHOST_TRIGGER=schedule\n"
	if got := sink.text.String(); got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// TestRunnerTellsWhatIsWrongWithAHeader has a header whose permissions mean nothing to this host.
func TestRunnerTellsWhatIsWrongWithAHeader(t *testing.T) {
	pool, err := worker.NewPool(worker.Options{Bundles: t.TempDir(), Warm: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	header := scripts.Header{Permissions: []scripts.Permission{{Subject: "conversation", Scope: "read"}}}
	version := &state.Version{Hash: "h", Script: "a", Entry: "a.lua", Language: "lua", Files: map[string][]byte{"a.lua": nil}}
	eng, err := newEngine()
	if err != nil {
		t.Fatal(err)
	}
	runner := &host.Runner{Pool: pool, Engine: eng}
	outcome := runner.Run(t.Context(), state.Run{Script: "a"}, version, header, &kept{})
	if e := outcome.Err; e == nil || e.Kind != "compile" || e.File != "a.lua" || !strings.Contains(e.Message, "conversation") || e.Hint == "" {
		t.Errorf("%+v", e)
	}
}
