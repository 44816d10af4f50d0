//go:build unix

package worker

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"
)

// The exit codes of a worker that ends by itself.
const (
	exitDone   = 0
	exitBroken = 1
	exitMemory = 9
)

// maxFiles is how many files and connections a worker may have open.
const maxFiles = 1024

// ErrNoHost tells that a worker was not started by a Pool.
var ErrNoHost = errors.New("a worker is started by a host, not by hand")

// Main is the life of a worker process that a Pool has started: it runs what its host sends until the connection ends, and
// does not return then. Otherwise it returns an error that wraps ErrNoHost.
func Main() error {
	conn, err := hostConnection()
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrNoHost, err)
	}
	// A host that shuts down lets scripts end first. Its terminal and its service manager signal all processes.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	// A core dump would hold what the script has read.
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	// More connections at once than a script has a use for would be at the cost of all others on the machine.
	_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: maxFiles, Max: maxFiles})
	// Most of what a run leaves is garbage of the start.
	debug.SetGCPercent(200)
	w := newGuest(newLink(conn))
	if err := w.serve(); !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(exitBroken)
	}
	os.Exit(exitDone)
	return nil
}

func hostConnection() (net.Conn, error) {
	if _, err := unix.FcntlInt(linkFD, unix.F_GETFD, 0); err != nil {
		return nil, fmt.Errorf("descriptor %d is not open", linkFD)
	}
	if kind, err := unix.GetsockoptInt(linkFD, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_STREAM {
		return nil, fmt.Errorf("descriptor %d is no socket", linkFD)
	}
	file := os.NewFile(linkFD, "host")
	defer file.Close()
	return net.FileConn(file)
}
