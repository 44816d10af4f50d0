//go:build darwin || freebsd || netbsd || openbsd

package term

import "golang.org/x/sys/unix"

const getMode, setMode = unix.TIOCGETA, unix.TIOCSETA

// flushKeys drops what was typed at the terminal and not read, and reports whether there was something, where that can be known.
func flushKeys(fd int) bool {
	const read = 1
	_ = unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, read)
	return false
}
