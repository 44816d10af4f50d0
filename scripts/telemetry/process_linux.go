package telemetry

import (
	"fmt"
	"os"
)

// writeProc writes what /proc tells.
func writeProc(e *exposition) {
	if dir, err := os.Open("/proc/self/fd"); err == nil {
		if names, err := dir.Readdirnames(-1); err == nil {
			e.single("process_open_fds", "gauge", "Files that the process has open.", float64(len(names)-1)) // without dir
		}
		_ = dir.Close()
	}
	var virtual, resident int64
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if _, err := fmt.Sscan(string(text), &virtual, &resident); err == nil {
			page := int64(os.Getpagesize())
			e.single("process_virtual_memory_bytes", "gauge", "Virtual memory of the process.", float64(virtual*page))
			e.single("process_resident_memory_bytes", "gauge", "Memory of the process.", float64(resident*page))
		}
	}
}
