//go:build !linux

package resources

// machineMemory is how many bytes of memory the machine has, or 0 when it does not tell.
func machineMemory() int64 { return 0 }
