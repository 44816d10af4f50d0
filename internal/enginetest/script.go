package enginetest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// Script is a program for a test and the world around it. Where its language is not set, the name tells it.
type Script struct {
	engine.Source
	// Config's outputs are not used by Run.
	Config engine.Config
	// Timeout is Longest if it is zero.
	Timeout time.Duration
}

// Outcome is what a script did.
type Outcome struct {
	Stdout, Stderr string
	Result         any
	Err            error
}

// Compile compiles the script, which can load the host modules of its configuration.
func (s Script) Compile(rt engine.Runtime) (engine.Program, error) {
	if s.Language == "" {
		language, err := engine.LanguageOf(s.Name)
		if err != nil {
			return nil, err
		}
		s.Language = language
	}
	if rt, ok := rt.(interface {
		CompileFor(context.Context, engine.Source, []*engine.Module) (engine.Program, error)
	}); ok {
		return rt.CompileFor(context.Background(), s.Source, s.Config.Modules)
	}
	modules := make([]string, len(s.Config.Modules))
	for i, m := range s.Config.Modules {
		modules[i] = m.Name
	}
	return rt.Compile(context.Background(), s.Source, modules)
}

// Start compiles the script and makes a VM for it, which closes with the test.
func (s Script) Start(t testing.TB, rt engine.Runtime) (engine.VM, engine.Program) {
	t.Helper()
	p, err := s.Compile(rt)
	if err != nil {
		t.Fatal(err)
	}
	return NewVM(t, rt, s.Config), p
}

// NewVM makes a VM that closes with the test.
func NewVM(t testing.TB, rt engine.Runtime, cfg engine.Config) engine.VM {
	t.Helper()
	vm, err := rt.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := vm.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return vm
}

// Run compiles and runs the script in a VM of its own.
func (s Script) Run(t testing.TB, rt engine.Runtime) Outcome {
	t.Helper()
	p, err := s.Compile(rt)
	if err != nil {
		return Outcome{Err: err}
	}
	var stdout, stderr bytes.Buffer
	s.Config.Stdout, s.Config.Stderr = &stdout, &stderr
	vm, err := rt.New(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	if s.Timeout == 0 {
		s.Timeout = Longest
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.Timeout)
	defer cancel()
	result, err := vm.Run(ctx, p)
	if closeErr := vm.Close(); closeErr != nil {
		t.Errorf("Close: %v", closeErr)
	}
	return Outcome{stdout.String(), stderr.String(), result, err}
}

// WriteFiles writes files, by their paths with slashes, below a directory.
func WriteFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
