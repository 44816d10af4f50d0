//go:build unix && !linux

package worker

import (
	"os"
	"syscall"
)

func ownExecutable() (string, error) { return os.Executable() }

// attributes puts a worker into a process group of its own, so that Ctrl-C in the host's terminal is the host's alone.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// residentBytes is not known.
func residentBytes(int) int64 { return 0 }

// boundProcess does nothing: only Linux bounds what matters here.
func boundProcess(int, int64) {}
