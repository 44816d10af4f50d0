package enginetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// StopCase is a script that never ends. It prints "ready" once it is where it stays, and At is how the place begins at which it is
// stopped.
type StopCase = struct{ Name, Code, At string }

// readyOutput closes a channel at the line "ready", and keeps what follows.
type readyOutput struct {
	ready chan struct{}
	after bytes.Buffer
}

func (o *readyOutput) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "ready") {
		close(o.ready)
		return len(p), nil
	}
	return o.after.Write(p)
}

// CheckScriptStops stops scripts of a name and configuration. Each begins with keep, which sets a variable to "next", and the VM serves next
// afterwards, which prints that variable.
func CheckScriptStops(t *testing.T, rt engine.Runtime, name string, cfg engine.Config, keep, next string, cases []StopCase) {
	t.Helper()
	errStop := errors.New("somebody pressed Ctrl-C")
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			out := &readyOutput{ready: make(chan struct{})}
			cfg.Stdout = out
			vm, p := Script{Source: engine.Source{Name: name, Code: []byte(keep + c.Code)}, Config: cfg}.Start(t, rt)
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				<-out.ready
				cancel(errStop)
			}()
			_, err := vm.Run(ctx, p)
			var failure *engine.Error
			if !errors.As(err, &failure) || failure.Kind != engine.KindInterrupt || !errors.Is(err, errStop) {
				t.Errorf("Run: %v, want an interrupt by %v", err, errStop)
			} else if !strings.HasPrefix(failure.Position.String(), c.At) {
				t.Errorf("stopped at %v, want %s", failure.Position, c.At)
			}
			p, err = Script{Source: engine.Source{Name: name, Code: []byte(next)}, Config: cfg}.Compile(rt)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := vm.Run(t.Context(), p); err != nil || out.after.String() != "next\n" {
				t.Errorf("the next program: %v, printed %q", err, out.after.String())
			}
		})
	}
}

// TestStop stops runs of scripts of a name by their deadlines, before they begin, and by closing their VMs. The errors are those of a second
// run at the same time, and of a run in a closed VM.
func TestStop(t *testing.T, rt engine.Runtime, name string, errRunning, errClosed error) {
	t.Helper()
	language, err := engine.LanguageOf(name)
	if err != nil {
		t.Fatal(err)
	}
	in := inLanguage(language)
	script := func(code string, out *readyOutput) Script {
		return Script{Source: engine.Source{Name: name, Code: []byte(code)}, Config: engine.Config{Modules: []*engine.Module{Inbox()}, Stdout: out}}
	}
	t.Run("deadline", func(t *testing.T) {
		vm, p := script(in("let n = 0;\nwhile (true) n++", "\nwhile true do end"), &readyOutput{}).Start(t, rt)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := vm.Run(ctx, p)
		var failure *engine.Error
		if !errors.As(err, &failure) || failure.Kind != engine.KindTimeout || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Run: %v, want a timeout", err)
		}
		if failure.Message != "the script ran out of time" || failure.Line != 2 {
			t.Errorf("Run: %v", failure)
		}
		if _, err := vm.Run(ctx, p); !errors.As(err, &failure) || failure.Kind != engine.KindTimeout {
			t.Errorf("Run after the deadline: %v, want a timeout", err)
		}
	})
	t.Run("context that has ended", func(t *testing.T) {
		var out readyOutput
		vm, p := script(in("console.log('no')", "print('no')"), &out).Start(t, rt)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 { // a run that begins may be stopped before it prints
			var failure *engine.Error
			_, err := vm.Run(ctx, p)
			if !errors.As(err, &failure) || failure.Kind != engine.KindInterrupt || failure.Line > 0 || out.after.Len() > 0 {
				t.Fatalf("Run: %v, printed %q", err, out.after.String())
			}
		}
	})
	t.Run("close", func(t *testing.T) {
		out := &readyOutput{ready: make(chan struct{})}
		vm, p := script(in(
			"console.log('ready'); await crisp.people.wait()",
			"print('ready') map({1, 2, 3, 4}, function() while true do pcall(crisp.people.wait) end end, 2)",
		), out).Start(t, rt) // whose end closes the VM again
		ended := make(chan error)
		go func() {
			_, err := vm.Run(context.Background(), p)
			ended <- err
		}()
		<-out.ready
		if _, err := vm.Run(t.Context(), p); !errors.Is(err, errRunning) {
			t.Errorf("a second Run: %v, want %v", err, errRunning)
		}
		if err := vm.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-ended; !errors.Is(err, errClosed) {
			t.Errorf("Run: %v, want %v", err, errClosed)
		}
		if _, err := vm.Run(t.Context(), p); !errors.Is(err, errClosed) {
			t.Errorf("Run after Close: %v, want %v", err, errClosed)
		}
	})
}
