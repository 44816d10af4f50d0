// Package connect makes clients of the API from the flags, the environment and the stored profiles, or of a sandbox.
package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/discovery"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/keyring"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/version"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
)

// Options are the flags of every command that calls the API.
type Options struct {
	io      *streams.IO
	env     settings.Env
	keyring keyring.Store

	chosen credentialFlags
	// Sandbox asks for a local server of demo data, of the given size.
	Sandbox bool
	Demo    SandboxOptions
	Verbose bool
	// Impatient asks for an answer now instead of repeats.
	Impatient bool
	// Extra are further options of the client.
	Extra []crisp.Option
	// SandboxTier is the tier that --sandbox stands for without --tier. The default is website.
	SandboxTier string
	// command is the name of the command, for those who look for its sandbox.
	command string
}

// New returns options without values of flags.
func New(f *cmdutil.Factory) Options {
	return Options{io: f.IO, env: f.Env, keyring: f.Keyring}
}

// Watch has a watcher told of the calls, and the log of the client written to other streams.
func (o *Options) Watch(io *streams.IO, w crisp.Watcher) {
	o.io = io
	o.Extra = append(o.Extra, crisp.WithWatcher(w))
}

// Register adds the flags to a command.
func (o *Options) Register(cmd *cobra.Command) {
	o.command = cmd.Name()
	flags := cmd.Flags()
	flags.BoolVar(&o.Sandbox, "sandbox", false, "run against demo data on a local server")
	o.Demo.Register(cmd)
	o.chosen.register(o.env, cmd)
	flags.BoolVarP(&o.Verbose, "verbose", "v", false, "log each API request, and the debug lines of scripts, on standard error")
}

func (c *credentialFlags) register(env settings.Env, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.identifier, "identifier", "", "token identifier (default $"+EnvIdentifier+")")
	flags.StringVar(&c.key, "key", "", "token key; other users of the machine can see it, so prefer --key-file or $"+EnvKey)
	flags.StringVar(&c.keyFile, "key-file", "", "`file` that holds the token key, or - for standard input")
	flags.StringVar(&c.website, "website", "", "website `id` (default $"+EnvWebsite+")")
	flags.StringVar(&c.tier, "tier", "", "token tier: website, plugin or user (default $"+EnvTier+", then website)")
	RegisterProfile(env, cmd, &c.profile)
	_ = cmd.RegisterFlagCompletionFunc("tier", cobra.FixedCompletions(TierNames[:], cobra.ShellCompDirectiveNoFileComp))
}

// RegisterProfile adds the flag that names a profile.
func RegisterProfile(env settings.Env, cmd *cobra.Command, profile *string) {
	cmd.Flags().StringVar(profile, "profile", "", "stored credentials to use (default $"+EnvProfile+", then "+settings.DefaultProfile+")")
	_ = cmd.RegisterFlagCompletionFunc("profile", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		config, err := settings.Load(env)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return config.Profiles(), cobra.ShellCompDirectiveNoFileComp
	})
}

// CheckFlags refuses flags that would have no effect.
func (o *Options) CheckFlags(cmd *cobra.Command) error {
	if o.Sandbox {
		for _, name := range []string{"identifier", "key", "key-file", "profile"} {
			if cmd.Flags().Changed(name) {
				return &usage.Error{Problem: fmt.Sprintf("--sandbox and --%s exclude each other", name), Hint: "the sandbox has credentials of its own"}
			}
		}
		return nil
	}
	for _, name := range demoFlags {
		if cmd.Flags().Changed(name) {
			return &usage.Error{Problem: fmt.Sprintf("--%s has no effect without --sandbox", name), Hint: "add --sandbox, or remove it"}
		}
	}
	return nil
}

// Connection is a client and what belongs to it.
type Connection struct {
	Client      *crisp.Client
	Credentials Credentials
	// Missing is why there is no client, where ConnectOnUse found no credentials.
	Missing error
	server  *sandbox.Running
	// withdraw ends the announcement of server. It is nil where there is none.
	withdraw func()
	events   *events
	// Verbose asks for debug lines.
	Verbose bool
}

// Connect makes a client of the flags, the environment and the profile. Nothing is sent yet.
func (o *Options) Connect(ctx context.Context) (*Connection, error) {
	options := o.clientOptions()
	if o.Sandbox {
		return o.startSandbox(ctx, options)
	}
	c, err := o.resolveCredentials()
	if err != nil {
		return nil, err
	}
	client, err := crisp.New(append(options, crisp.WithCredentials(c.Identifier, c.Key), crisp.WithTier(c.Tier))...)
	if err != nil {
		return nil, &usage.Error{Problem: strings.TrimPrefix(err.Error(), "crisp: "), Err: err}
	}
	return (&Connection{Client: client, Credentials: c, Verbose: o.Verbose}).listensWith(o), nil
}

func (o *Options) clientOptions() []crisp.Option {
	options := []crisp.Option{crisp.WithUserAgent("crisphost/" + version.Current())}
	logger := streams.Logger(o.io.Err, slog.LevelInfo)
	if o.Verbose {
		logger = streams.Logger(o.io.Err, slog.LevelDebug)
		options = append(options, crisp.WithLogger(logger))
	}
	streams.CatchLog(logger, slog.LevelDebug)
	if o.Impatient {
		options = append(options, crisp.WithRetry(crisp.RetryPolicy{MaxAttempts: 1}))
	}
	return append(options, o.Extra...)
}

// ConnectOnUse is Connect for code that may need no connection: without credentials there is no client, and what is missing is the error
// of the first call.
func (o *Options) ConnectOnUse(ctx context.Context) (*Connection, error) {
	conn, err := o.Connect(ctx)
	if errors.Is(err, errMissing) {
		return &Connection{Missing: err, Verbose: o.Verbose}, nil
	}
	return conn, err
}

// Scope names what a connection is to, as a part of a file's name: the sandbox, a website, or nothing.
func (c *Connection) Scope() string {
	id := c.Credentials.WebsiteID // which was checked: it is a UUID
	switch {
	case c.server != nil && id == sandbox.WebsiteID:
		return "sandbox"
	case c.server != nil:
		return "sandbox-" + id
	case id == "":
		return "no-website"
	}
	return id
}

// IsSandbox reports whether the connection is to a sandbox that it started.
func (c *Connection) IsSandbox() bool { return c.server != nil }

// Bindings is the connection as scripts have it.
func (c *Connection) Bindings() bindings.Connection {
	b := bindings.NewConnection(c.Client, c.Credentials.WebsiteID)
	if missing := (*usage.Error)(nil); errors.As(c.Missing, &missing) {
		b.Missing = &engine.HostError{Message: missing.Problem, Hint: missing.Hint, Err: missing}
	}
	return b
}

func (o *Options) startSandbox(ctx context.Context, options []crisp.Option) (*Connection, error) {
	config, err := o.Demo.Config()
	if err != nil {
		return nil, err
	}
	config.Log = streams.Logger(o.io.Err, slog.LevelWarn) // it tells of events that it had to drop
	// The server must outlive an interrupted context until the script has ended, or its last calls would fail strangely.
	server, err := sandbox.Start(context.WithoutCancel(ctx), "127.0.0.1:0", config)
	if err != nil {
		return nil, fmt.Errorf("cannot start the sandbox: %w", err)
	}
	conn, err := o.toSandbox(server.URL(), options)
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	conn.server = server
	if conn.withdraw, err = discovery.Announce(o.env, server.URL(), o.command); err != nil {
		slog.Debug("other commands do not find the sandbox", "error", err)
	}
	return conn, nil
}

// ConnectSandbox makes a client of a sandbox that another process serves.
func (o *Options) ConnectSandbox(url string) (*Connection, error) {
	return o.toSandbox(url, o.clientOptions())
}

func (o *Options) toSandbox(url string, options []crisp.Option) (*Connection, error) {
	c := Credentials{
		Identifier: sandbox.Identifier, Key: sandbox.Key, KeySource: "the sandbox", Source: "the sandbox",
		WebsiteID: cmp.Or(o.chosen.website, sandbox.WebsiteID),
	}
	var err error
	if c.Tier, err = ParseTier(cmp.Or(o.chosen.tier, o.SandboxTier, "website")); err != nil {
		return nil, err
	}
	options = append(options, crisp.WithCredentials(c.Identifier, c.Key), crisp.WithTier(c.Tier), crisp.WithBaseURL(url))
	client, err := crisp.New(options...)
	if err != nil {
		return nil, err
	}
	return (&Connection{Client: client, Credentials: c, Verbose: o.Verbose}).listensWith(o), nil
}

// Close ends what connect started.
func (c *Connection) Close() {
	c.events.close()
	if c.Client != nil {
		c.Client.CloseIdleConnections()
	}
	if c.withdraw != nil {
		c.withdraw()
	}
	if c.server != nil {
		c.server.Close()
	}
}
