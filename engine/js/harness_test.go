package js

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/engine"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The clock of regular expressions with look-around stops by itself some time after the last match.
		goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

// script is one program for a test and the world around it.
type script struct {
	name    string
	code    string
	files   map[string]string
	config  engine.Config
	timeout time.Duration
}

// outcome is what a script did.
type outcome struct {
	stdout, stderr string
	result         any
	err            error
}

// compile writes the script's files to a new directory and compiles it.
func (s script) compile(t testing.TB, rt engine.Runtime) (engine.Program, error) {
	t.Helper()
	root := t.TempDir()
	for name, text := range s.files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	name := s.name
	if name == "" {
		name = "test.ts"
	}
	language, err := engine.LanguageOf(name)
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, m := range s.config.Modules {
		modules = append(modules, m.Name)
	}
	return rt.Compile(context.Background(), engine.Source{Name: name, Code: []byte(s.code), Language: language, Root: root, Dir: filepath.Join(root, filepath.Dir(name))}, modules)
}

// run compiles and runs the script in a new VM.
func (s script) run(t testing.TB) outcome {
	t.Helper()
	rt := NewRuntime()
	p, err := s.compile(t, rt)
	if err != nil {
		return outcome{err: err}
	}
	var stdout, stderr bytes.Buffer
	s.config.Stdout, s.config.Stderr = &stdout, &stderr
	vm, err := rt.New(s.config)
	if err != nil {
		t.Fatal(err)
	}
	timeout := s.timeout
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	result, err := vm.Run(ctx, p)
	if closeErr := vm.Close(); closeErr != nil {
		t.Errorf("Close: %v", closeErr)
	}
	return outcome{stdout: stdout.String(), stderr: stderr.String(), result: result, err: err}
}
