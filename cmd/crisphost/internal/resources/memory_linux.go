package resources

import "golang.org/x/sys/unix"

// machineMemory is how many bytes of memory the machine has, or 0 when it does not tell.
func machineMemory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return int64(uint64(info.Totalram) * uint64(info.Unit)) //nolint:unconvert // some machines count in 32 bits
}
