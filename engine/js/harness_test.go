package js

import (
	"cmp"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
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

// inTest is the script below a new directory that has its files.
func (s script) inTest(t testing.TB) enginetest.Script {
	t.Helper()
	root := t.TempDir()
	enginetest.WriteFiles(t, root, s.files)
	name := cmp.Or(s.name, "test.ts")
	src := engine.Source{Name: name, Code: []byte(s.code), Root: root, Dir: filepath.Join(root, filepath.Dir(name))}
	return enginetest.Script{Source: src, Config: s.config, Timeout: s.timeout}
}

// compile compiles the script.
func (s script) compile(t testing.TB, rt engine.Runtime) (engine.Program, error) {
	t.Helper()
	return s.inTest(t).Compile(rt)
}

// start compiles the script and makes a VM for it.
func (s script) start(t testing.TB, rt engine.Runtime) (engine.VM, engine.Program) {
	t.Helper()
	return s.inTest(t).Start(t, rt)
}

// run compiles and runs the script in a new VM.
func (s script) run(t testing.TB) outcome {
	t.Helper()
	o := s.inTest(t).Run(t, NewRuntime())
	return outcome{o.Stdout, o.Stderr, o.Result, o.Err}
}
