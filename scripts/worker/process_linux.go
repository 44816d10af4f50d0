package worker

import "syscall"

// ownExecutable is the file that this process runs, also when another has taken its place.
func ownExecutable() (string, error) { return "/proc/self/exe", nil }

// attributes puts a worker into a process group of its own, so that Ctrl-C in the host's terminal is the host's alone, and lets
// the kernel end it with its host.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
