package term

import "golang.org/x/sys/unix"

const getMode, setMode = unix.TCGETS, unix.TCSETS

// flushKeys drops what was typed at the terminal and not read, and reports whether there was something.
func flushKeys(fd int) bool {
	waiting, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	_ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH)
	return err == nil && waiting > 0
}
