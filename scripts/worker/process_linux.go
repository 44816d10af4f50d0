package worker

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ownExecutable is the file that this process runs, also when another has taken its place.
func ownExecutable() (string, error) { return "/proc/self/exe", nil }

// attributes puts a worker into a process group of its own, so that Ctrl-C in the host's terminal is the host's alone, and lets
// the kernel end it with its host.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// residentBytes is what a process has in memory, or 0 when that is not known.
func residentBytes(pid int) int64 {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
