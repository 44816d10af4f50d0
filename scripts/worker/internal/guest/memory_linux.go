package guest

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// boundProcess makes the kernel refuse memory beyond twice a run's limit and what Go's runtime sets aside. The bound counts
// private writable memory, used or not; address space, which Go reserves generously, does not count.
func boundProcess(limit int64) {
	data, err := os.ReadFile("/proc/self/status")
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
	if unix.Getrlimit(unix.RLIMIT_DATA, &now) != nil || now.Cur <= bound {
		return // somebody has set a lower one
	}
	// Without it the other two steps are left.
	_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: bound, Max: bound})
}
