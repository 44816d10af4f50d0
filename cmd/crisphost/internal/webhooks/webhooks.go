// Package webhooks receives the web hooks of a host: its flags, its secrets, and the server of --hooks-addr.
package webhooks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/time/rate"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/hooks"
)

// Path is where hooks are received, on the page's address and on that of --hooks-addr.
const Path = "/hooks"

// Options are the flags.
type Options struct {
	// Addr is an address for hooks alone, or empty.
	Addr string
	// SecretsFile names the file of secrets. Without it, no hooks are received.
	SecretsFile string
	// Window refuses older requests. Zero is no check.
	Window time.Duration
}

// Register adds the flags.
func (o *Options) Register(flags *pflag.FlagSet) {
	flags.StringVar(&o.SecretsFile, "hooks-secrets", "", "`file` with the secrets of web hooks, which are then received at /hooks: each line is a signing secret, or /SECRET for one in the URL; WEBSITE_ID: before it limits it")
	flags.StringVar(&o.Addr, "hooks-addr", "", "further `address` to receive web hooks on, such as :8687, without the web page")
	flags.DurationVar(&o.Window, "hooks-window", 0, "refuse signed web hooks whose time is further from now, such as 10m; 0 checks no time")
}

// Check refuses what cannot be meant.
func (o *Options) Check() error {
	switch {
	case o.SecretsFile == "" && (o.Addr != "" || o.Window != 0):
		return &usage.Error{Problem: "web hooks need secrets: without them, anybody could send some", Hint: "add --hooks-secrets FILE"}
	case o.Window < 0:
		return &usage.Error{Problem: fmt.Sprintf("--hooks-window %s is below zero", o.Window)}
	case o.Addr != "":
		if _, _, err := net.SplitHostPort(o.Addr); err != nil {
			return &usage.Error{Problem: fmt.Sprintf("--hooks-addr %q is not an address", o.Addr), Hint: "write host and port, such as :8687", Err: err}
		}
	}
	return nil
}

// Receiver receives the hooks of a host.
type Receiver struct {
	env     settings.Env
	options Options
	log     *slog.Logger
	handler *hooks.Handler

	listener net.Listener // nil without --hooks-addr
	server   *http.Server
	failed   chan error

	// What was refused is logged now and then, with how often: anybody can send what will be.
	calm    rate.Sometimes
	refused atomic.Int64
}

// Open reads the secrets and opens the address. It returns nil when no hooks are to be received. What store takes is acknowledged.
func Open(ctx context.Context, env settings.Env, o Options, log *slog.Logger, store func(context.Context, *hooks.Delivery) error) (*Receiver, error) {
	if err := o.Check(); err != nil || o.SecretsFile == "" {
		return nil, err
	}
	secrets, err := readSecrets(env, o.SecretsFile)
	if err != nil {
		return nil, err
	}
	r := &Receiver{env: env, options: o, log: log, failed: make(chan error, 1), calm: rate.Sometimes{First: 5, Interval: 10 * time.Second}}
	r.handler, err = hooks.New(hooks.Options{Secrets: secrets, Store: store, Window: o.Window, Refused: r.logRefused})
	if err != nil || o.Addr == "" {
		return r, err
	}
	if r.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.Addr); err != nil {
		return nil, listenError(o.Addr, err)
	}
	mux := http.NewServeMux()
	mux.Handle(Path, r.Handler())
	mux.Handle(Path+"/", r.Handler())
	r.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() { r.failed <- r.server.Serve(r.listener) }()
	return r, nil
}

func listenError(addr string, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return &usage.Error{Problem: fmt.Sprintf("cannot listen on %s for web hooks: %v", addr, op.Err), Hint: "choose another address with --hooks-addr", Err: err}
	}
	return err
}

// Handler receives hooks at Path and below it. It asks for no login: the secrets let them in.
func (r *Receiver) Handler() http.Handler { return http.StripPrefix(Path, r.handler) }

// URL is the address of the server of --hooks-addr, or empty.
func (r *Receiver) URL() string {
	if r.listener == nil {
		return ""
	}
	return "http://" + r.listener.Addr().String() + Path
}

// Failed yields the error that ended the server of --hooks-addr. A nil Receiver never fails.
func (r *Receiver) Failed() <-chan error {
	if r == nil {
		return nil
	}
	return r.failed
}

// Reload reads the secrets again. When it fails, the old ones stay valid.
func (r *Receiver) Reload() error {
	secrets, err := readSecrets(r.env, r.options.SecretsFile)
	if err != nil {
		return err
	}
	return r.handler.SetSecrets(secrets)
}

// Close ends the server of --hooks-addr. Deliveries that are being stored have a moment.
func (r *Receiver) Close() {
	if r == nil || r.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if r.server.Shutdown(ctx) != nil {
		_ = r.server.Close()
	}
}

func (r *Receiver) logRefused(req *http.Request, status int, reason error) {
	r.refused.Add(1)
	r.calm.Do(func() {
		r.log.Warn("web hook refused", slog.Int("status", status), slog.String("reason", reason.Error()),
			slog.String("from", req.RemoteAddr), slog.Int64("refused", r.refused.Swap(0)))
	})
}
