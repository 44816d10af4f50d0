//go:build unix

// Package guest is a worker's side of the connection to its host. It runs the programs that the host sends, one after
// the other, watches their memory, and asks the host for their calls of Crisp's API and of stores.
package guest

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

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// The exit codes of a worker that ends by itself.
const (
	exitDone   = 0
	exitBroken = 1
	exitMemory = 9
)

// maxFiles is how many files and connections a worker may have open.
const maxFiles = 1024

// Serve runs the programs that the host sends until the host closes the connection. It returns the exit code of the process.
func Serve(makeEngine func() (*engine.Engine, error)) int {
	complain := func(err error) int {
		fmt.Fprintln(os.Stderr, "worker:", err)
		return exitBroken
	}
	conn, err := hostConnection()
	if err != nil {
		return complain(fmt.Errorf("%s is set, but no host has started this process (%w): unset it", wire.EnvWorker, err))
	}
	// A host that shuts down lets scripts end first. Its terminal and its service manager signal all processes.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	// A core dump would hold what the script has read.
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	// Other workers are processes of the same user.
	keepToItself()
	// More connections at once than a script has a use for would be at the cost of all others on the machine.
	_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: maxFiles, Max: maxFiles})
	// Most of what a run leaves is garbage of the start.
	debug.SetGCPercent(200)
	l := wire.NewLink(conn)
	if err := l.Send(wire.FrameHello, 0, wire.HelloMessage{Protocol: wire.Protocol}, nil); err != nil {
		return complain(err)
	}
	eng, err := makeEngine()
	if err != nil {
		// The host reports it.
		_ = l.Send(wire.FrameReady, 0, wire.ReadyMessage{Error: wire.Clip(err.Error(), wire.MaxMessage)}, nil)
		return complain(err)
	}
	if err := newGuest(l, eng).serve(); !errors.Is(err, io.EOF) {
		return complain(err)
	}
	return exitDone
}

func hostConnection() (net.Conn, error) {
	if _, err := unix.FcntlInt(wire.LinkFD, unix.F_GETFD, 0); err != nil {
		return nil, fmt.Errorf("descriptor %d is not open", wire.LinkFD)
	}
	if kind, err := unix.GetsockoptInt(wire.LinkFD, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_STREAM {
		return nil, fmt.Errorf("descriptor %d is no socket", wire.LinkFD)
	}
	file := os.NewFile(wire.LinkFD, "host")
	defer file.Close()
	return net.FileConn(file)
}
