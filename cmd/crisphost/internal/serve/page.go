//go:build unix

package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/limits"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/tokens"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/webhooks"
	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/host"
)

// page is the web page of a host.
type page struct {
	options console.Options
	// own is the token that the host made for itself, or nil.
	own     *console.Token
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
	// Before anything is made: who asks for what cannot be leaves nothing behind.
	if err := p.configure(o, tokens.Load); err != nil {
		return nil, err
	}
	var err error
	if p.listen, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.addr); err != nil {
		return nil, usage.Listen(o.addr, err)
	}
	if err := p.configure(o, tokens.Make); err != nil {
		return nil, errors.Join(err, p.listen.Close())
	}
	p.options.Logger = s.log
	return p, nil
}

// configure sets who may see the page.
func (p *page) configure(o *Options, find tokenSource) error {
	p.options = console.Options{Addr: o.addr, TrustedProxies: o.proxies.prefixes, UserHeader: o.userHeader}
	set, err := o.tokens(find)
	if err != nil {
		return err
	}
	if set != nil {
		p.options.Tokens = set.Tokens
		if set.Own && len(set.Tokens) > 0 {
			p.own, p.options.TokenFile = &set.Tokens[0], set.File
		}
	}
	if err := p.options.Check(); err != nil {
		return &usage.Error{Problem: err.Error(), Hint: "--token-file names a file with the token, $" + limits.EnvToken + " holds it", Err: err}
	}
	return nil
}

// tokenSource is tokens.Load or tokens.Make.
type tokenSource func(settings.Env, string) (*tokens.Set, error)

// tokens are what people log in with, or nil when they need not. A page that other machines reach needs some that somebody chose.
func (o *Options) tokens(find tokenSource) (*tokens.Set, error) {
	given := o.tokenFile != "" || o.env.Get(limits.EnvToken) != ""
	switch {
	case given && o.noLogin:
		return nil, &usage.Error{Problem: "--no-login and a token exclude each other", Hint: "leave out --token-file, token_file in the configuration and $" + limits.EnvToken + ", or --no-login"}
	case o.noLogin || !given && !isLocal(o.addr):
		return nil, nil // which Check refuses for a page that others reach
	}
	return find(o.env, o.tokenFile)
}

// isLocal reports whether only this machine reaches an address.
func isLocal(address string) bool { return (&console.Options{Addr: address}).Check() == nil }

// start serves the page.
func (p *page) start(h *host.Host, hooks *webhooks.Receiver) (err error) {
	if p.listen == nil {
		return nil
	}
	p.options.Directory, p.options.Ready, p.options.Notes = h.Directory(), h.Ready, h.Notes
	if p.console, err = console.New(h, p.options); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", p.console)
	if hooks != nil { // which let nobody in but those who have a secret of theirs
		mux.Handle(webhooks.Path, hooks.Handler())
		mux.Handle(webhooks.Path+"/", hooks.Handler())
	}
	p.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
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

// attrs tell where the page is. Who sees the log of a host that made its token itself may log in, once and for some minutes.
func (p *page) attrs() []any {
	attrs := []any{slog.String("console", p.url())}
	if p.own != nil {
		attrs = append(attrs, slog.String("login", p.url()+console.OneTimePath(*p.own, time.Now())))
	}
	return attrs
}
