//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd

package term

// A terminal of another kind keeps its mode while a process is stopped, and what was typed ahead of a question cannot be dropped
// but for what liner has read.

func flushKeys(int) bool { return false }

func withoutSignals() {}

func inForeground() bool { return true }

func onStop(_, _ func()) (stop func()) { return func() {} }

func redraw() bool { return false }
