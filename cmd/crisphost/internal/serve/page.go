//go:build unix

package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/limits"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/host"
)

// page is the web page of a host.
type page struct {
	options console.Options
	listen  net.Listener // nil when there is none
	server  *http.Server
	console *console.Console
	// failed tells why the page is no longer served.
	failed chan error
}

// newPage opens the address of the web page, so that what is wrong with it shows before anything runs.
func (s *server) newPage(ctx context.Context) (*page, error) {
	o := s.options
	p := &page{failed: make(chan error, 1)}
	if o.addr == "off" || o.addr == "" {
		return p, nil
	}
	if _, _, err := net.SplitHostPort(o.addr); err != nil {
		return nil, &usage.Error{Problem: fmt.Sprintf("--addr %q is not an address", o.addr), Hint: "write host and port, such as 127.0.0.1:8686, or off", Err: err}
	}
	token, err := consoleToken(o.env, o.tokenFile)
	if err != nil {
		return nil, err
	}
	p.options = console.Options{Addr: o.addr, Token: token, Logger: s.log}
	if err := p.options.Check(); err != nil {
		return nil, &usage.Error{Problem: err.Error(), Hint: "--token-file names a file with the token, $" + limits.EnvToken + " holds it", Err: err}
	}
	if p.listen, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.addr); err != nil {
		return nil, usage.Listen(o.addr, err)
	}
	return p, nil
}

// start serves the page.
func (p *page) start(h *host.Host) (err error) {
	if p.listen == nil {
		return nil
	}
	p.options.Directory, p.options.Ready, p.options.Notes = h.Directory(), h.Ready, h.Notes
	if p.console, err = console.New(h, p.options); err != nil {
		return err
	}
	p.server = &http.Server{
		Handler: p.console, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(p.options.Logger.Handler(), slog.LevelDebug),
	}
	p.server.RegisterOnShutdown(p.console.Close)
	go func() { p.failed <- p.server.Serve(p.listen) }()
	return nil
}

// close stops serving. Pages that are being read may be read to their end, for a moment.
func (p *page) close() {
	switch {
	case p.server != nil:
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if p.server.Shutdown(ctx) != nil {
			_ = p.server.Close() // somebody reads slowly
		}
	case p.listen != nil:
		_ = p.listen.Close()
	}
}

// url is where the page is to be found, from this machine at least.
func (p *page) url() string {
	if p.listen == nil {
		return "off"
	}
	address := p.listen.Addr().String()
	if tcp, ok := p.listen.Addr().(*net.TCPAddr); ok && tcp.IP.IsUnspecified() { // that is none to go to
		address = net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
	}
	return "http://" + address
}

// consoleToken reads the token that people log in with, or "".
func consoleToken(env settings.Env, file string) (string, error) {
	if file == "" {
		return strings.TrimSpace(env.Get(limits.EnvToken)), nil
	}
	return connect.ReadKeyFile(env, file)
}
