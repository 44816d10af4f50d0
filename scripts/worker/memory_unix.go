//go:build unix && !linux

package worker

// residentBytes is not known.
func residentBytes(int) int64 { return 0 }

// boundProcess does nothing: only Linux bounds what matters here.
func boundProcess(int64) {}
