package worker

import (
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
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

// boundProcess makes the kernel refuse a process memory beyond twice a run's limit and what Go's runtime sets aside. The bound counts
// private writable memory, used or not; address space, which Go reserves generously, does not count.
func boundProcess(pid int, limit int64) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return
	}
	_, rest, found := strings.Cut(string(data), "VmData:")
	text, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kib, err := strconv.ParseInt(text, 10, 64)
	if !found || err != nil {
		return
	}
	bound := uint64(kib<<10 + 2*limit + wire.MemoryReserve)
	var now unix.Rlimit
	if unix.Prlimit(pid, unix.RLIMIT_DATA, nil, &now) != nil || now.Cur <= bound {
		return // somebody has set a lower one
	}
	// Without it the worker's own watch and the host's are left.
	_ = unix.Prlimit(pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: bound, Max: bound}, nil)
}
