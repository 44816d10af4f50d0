package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Running is a sandbox that listens.
type Running struct {
	*Server
	listener net.Listener
	http     *http.Server
	done     chan struct{}
	err      error
}

// Start makes a sandbox and serves it on an address such as "127.0.0.1:8787". An address without a host is bound to the
// loopback interface, and port 0 takes a free one. The server ends with the context or with Close, which cut the
// answers in flight.
func Start(ctx context.Context, addr string, cfg Config) (*Running, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox address %q: %w; write it as host:port, for example 127.0.0.1:8787", addr, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("sandbox cannot listen on %s: %w; choose another address, or port 0 for a free one",
			addr, err)
	}
	server := New(cfg)
	if server.unfit != nil {
		return nil, errors.Join(server.unfit, listener.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &Running{Server: server, listener: listener, done: make(chan struct{}), http: &http.Server{
		Handler: server, ReadHeaderTimeout: 10 * time.Second,
		// Requests end with the server, so that none sleeps on after Close.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}}
	stop := context.AfterFunc(ctx, func() { _ = r.http.Close() })
	var living sync.WaitGroup
	if server.cfg.Live > 0 {
		living.Go(func() { server.live(ctx) })
	}
	go func() {
		defer close(r.done)
		defer stop()
		if err := r.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			r.err = fmt.Errorf("sandbox stopped: %w", err)
		}
		cancel()
		living.Wait() // what happens last is told before the sockets end
		_ = server.Close()
	}()
	return r, nil
}

// URL is the base of the API, with its slash at the end: "http://127.0.0.1:8787/v1/".
func (r *Running) URL() string { return "http://" + r.listener.Addr().String() + "/v1/" }

// Done is closed when the server has ended.
func (r *Running) Done() <-chan struct{} { return r.done }

// Close ends the server and waits until it has stopped listening. It returns the error that stopped it earlier, if any.
func (r *Running) Close() error {
	err := r.http.Close()
	<-r.done
	return errors.Join(r.err, err)
}
