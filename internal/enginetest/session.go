// Package enginetest has what the tests of all runtimes share: host modules, ways to run scripts and sessions, and checks of what both
// languages do in the same way.
package enginetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// Longest is how long a script of a test may take on the slowest machine.
const Longest = 3 * time.Minute

// NewSession makes a session that ends with the test.
func NewSession(t testing.TB, rt engine.Runtime, cfg engine.Config) engine.Session {
	t.Helper()
	return NewSessionAt(t, rt, cfg, "")
}

// NewSessionAt makes a session that loads files from a directory.
func NewSessionAt(t testing.TB, rt engine.Runtime, cfg engine.Config, root string) engine.Session {
	t.Helper()
	s, err := rt.(engine.Interactive).NewSession(cfg, root, root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Evaluate evaluates an entry that succeeds. Its name is "entry".
func Evaluate(t testing.TB, s engine.Session, code string) engine.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Longest)
	defer cancel()
	o, err := s.Eval(ctx, "entry", code)
	if err != nil {
		t.Fatalf("%s\n%v", code, err)
	}
	return o
}

// EvaluateError evaluates an entry that fails.
func EvaluateError(t testing.TB, s engine.Session, name, code string) *engine.Error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Longest)
	defer cancel()
	o, err := s.Eval(ctx, name, code)
	var e *engine.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: got %+v and error %v, want an *engine.Error", code, o, err)
	}
	return e
}

// Saved is an entry as it stands in a script, or the error that tells why none can do the same.
func Saved(s engine.Session, code string) string {
	texts, err := s.Scripts([]string{code})
	if err != nil {
		return err.Error()
	}
	return texts[0]
}
