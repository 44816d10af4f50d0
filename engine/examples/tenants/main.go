// Tenants is a web service that runs the scripts of its tenants: JSON in, JSON out, each tenant with a pool, a deadline and
// permissions of its own.
//
//	go run ./engine/examples/tenants 127.0.0.1:8080
//	curl -d '[{"from":"Ann","text":"Hi"}]' http://127.0.0.1:8080/acme/onMessage
//	curl -d '[]' http://127.0.0.1:8080/cedar/onMessage      # loops until its deadline: 504
//	curl -d '[]' http://127.0.0.1:8080/birch/write          # has no permission: 403
//
// There is no login. A service puts authentication in front of it.
package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"
)

//go:embed scripts
var scripts embed.FS

// configured is who the service serves. A real one keeps this in a database.
var configured = []tenant{
	{name: "acme", entry: "main.ts", permissions: []string{"notes"}, timeout: 5 * time.Second, instances: 4},
	{name: "birch", entry: "main.lua", permissions: []string{"notes:read"}, timeout: 5 * time.Second, instances: 4},
	{name: "cedar", entry: "main.js", timeout: time.Second, instances: 1},
}

func main() {
	address := "127.0.0.1:8080"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, address, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tenants:", err)
		os.Exit(1)
	}
}

// run serves until the context ends. Calls in progress end with it.
func run(ctx context.Context, address string, log io.Writer) (err error) {
	files, err := fs.Sub(scripts, "scripts")
	if err != nil {
		return err
	}
	s, err := newService(ctx, files, configured)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	fmt.Fprintln(log, "listening on", listener.Addr())
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan error, 1)
	release := context.AfterFunc(ctx, func() { stopped <- server.Shutdown(context.WithoutCancel(ctx)) })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		release()
		return err
	}
	return <-stopped
}
