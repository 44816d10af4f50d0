//go:build unix && !linux

package worker

// boundProcess does nothing: only Linux bounds what matters here.
func boundProcess(int64) {}
