// Netshell serves a shell over the network: each client that connects gets a session of its own, in JavaScript or Lua, with a
// module of this program's.
//
//	go run ./engine/examples/netshell 127.0.0.1:7070
//	nc 127.0.0.1 7070
//
// There is no login: whoever reaches the address can call what the module offers. Listen on the loopback only, or put
// authentication in front of it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/repl"
)

func main() {
	address := "127.0.0.1:7070"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, address, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "netshell:", err)
		os.Exit(1)
	}
}

// run serves shells until the context ends.
func run(ctx context.Context, address string, log io.Writer) error {
	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(seats(&hall{})))
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	fmt.Fprintln(log, "listening on", listener.Addr())
	var clients sync.WaitGroup
	defer clients.Wait()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		clients.Go(func() { serve(ctx, eng, conn, log) })
	}
}

// serve runs the shell of a client. Its session ends with the connection.
func serve(ctx context.Context, eng *engine.Engine, conn net.Conn, log io.Writer) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	in := newInput(conn, cancel)
	defer in.shell.Close()
	err := repl.Run(ctx, repl.Config{
		Engine:    eng,
		In:        in.shell,
		Out:       conn,
		Err:       conn,
		Interrupt: in.interrupt,
		Terminal:  repl.Terminal{Interactive: true, Width: func() int { return 80 }},
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(log, conn.RemoteAddr(), err)
	}
}
