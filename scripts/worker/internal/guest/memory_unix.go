//go:build unix && !linux

package guest

// boundProcess does nothing: only Linux bounds what matters here.
func boundProcess(int64) {}
