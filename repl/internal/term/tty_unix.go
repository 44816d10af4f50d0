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

// onStop calls paused before the process is stopped by Ctrl-Z, and resumed whenever it goes on, until stop is called.
func onStop(paused, resumed func()) (stop func()) {
	signals, ended := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, unix.SIGTSTP, unix.SIGCONT)
	go func() {
		defer close(ended)
		for s := range signals {
			if s == unix.SIGCONT {
				resumed()
				continue
			}
			paused()
			_ = unix.Kill(unix.Getpid(), unix.SIGSTOP)
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
		<-ended
	}
}

// redraw makes liner show the line that it edits again. It reports whether it can.
func redraw() bool { return unix.Kill(unix.Getpid(), unix.SIGWINCH) == nil }
