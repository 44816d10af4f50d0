package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/testoutput"
)

// linkProgram gives the test binary a name by which TestMain runs a program, and returns its path.
func linkProgram(t testing.TB, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	return program
}

// process is a command that runs beside the test. It is killed when the test ends, if it still runs then.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	// output is what it has written so far, of which failures tell.
	output *testoutput.Buffer
	ended  chan struct{}
}

// startProcess starts a command that writes to output.
func startProcess(t *testing.T, cmd *exec.Cmd, output *testoutput.Buffer) *process {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: cmd, output: output, ended: make(chan struct{})}
	go func() { defer close(p.ended); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-p.ended
	})
	return p
}

func (p *process) signal(signal os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
}

// leave waits for the end and compares the exit code.
func (p *process) leave(code int) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(3 * time.Minute):
		p.t.Fatalf("%s does not end:\n%s", p.cmd, plainText(p.output.String()))
	}
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Errorf("%s: exit code %d, want %d:\n%s", p.cmd, got, code, plainText(p.output.String()))
	}
}
