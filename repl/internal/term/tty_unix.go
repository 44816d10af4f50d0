//go:build linux || darwin || freebsd || netbsd || openbsd

package term

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// withoutSignals gives the terminal of standard input the mode that a line is edited in: Ctrl-C is a key.
func withoutSignals() {
	mode, err := unix.IoctlGetTermios(unix.Stdin, getMode)
	if err != nil {
		return
	}
	mode.Lflag &^= unix.ISIG
	_ = unix.IoctlSetTermios(unix.Stdin, setMode, mode)
}

// inForeground reports whether this process may change the terminal's mode: one in the background that tries to is stopped.
func inForeground() bool {
	group, err := unix.IoctlGetInt(unix.Stdin, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// onContinue calls a function whenever the process goes on after it was stopped, until stop is called.
func onContinue(f func()) (stop func()) {
	continued, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(continued, unix.SIGCONT)
	go func() {
		defer close(ended)
		for range continued {
			f()
		}
	}()
	return func() {
		signal.Stop(continued)
		close(continued)
		<-ended
	}
}

// redraw makes liner show the line that it edits again.
func redraw() { _ = unix.Kill(unix.Getpid(), unix.SIGWINCH) }
