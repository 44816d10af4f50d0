package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
)

// connectOptions are the flags of every command that calls the API.
type connectOptions struct {
	io      *stdio
	env     env
	keyring secretStore

	credentials chosenCredentials
	// sandbox asks for a local server of demo data, of the given size.
	sandbox bool
	demo    demoOptions
	verbose bool
	// impatient asks for an answer now instead of repeats.
	impatient bool
	// extra are further options of the client.
	extra []crisp.Option
}

// demoOptions are the flags of the sandbox.
type demoOptions struct {
	seed                            uint64
	conversations, people, visitors int
	latency                         time.Duration
	fail                            string
	quota                           int
}

// newConnectOptions returns options without values of flags.
func newConnectOptions(f *factory) connectOptions {
	return connectOptions{io: f.io, env: f.env, keyring: f.keyring}
}

// register adds the flags to a command.
func (o *connectOptions) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&o.sandbox, "sandbox", false, "run against demo data on a local server")
	o.demo.register(cmd)
	o.credentials.register(o.env, cmd)
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "log each API request, and the debug lines of scripts, on standard error")
}

func (c *chosenCredentials) register(env env, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.identifier, "identifier", "", "token identifier (default $"+envIdentifier+")")
	flags.StringVar(&c.key, "key", "", "token key; other users of the machine can see it, so prefer --key-file or $"+envKey)
	flags.StringVar(&c.keyFile, "key-file", "", "`file` that holds the token key, or - for standard input")
	flags.StringVar(&c.website, "website", "", "website `id` (default $"+envWebsite+")")
	flags.StringVar(&c.tier, "tier", "", "token tier: website, plugin or user (default $"+envTier+", then website)")
	registerProfile(env, cmd, &c.profile)
	_ = cmd.RegisterFlagCompletionFunc("tier", cobra.FixedCompletions(tierNames[:], cobra.ShellCompDirectiveNoFileComp))
}

func registerProfile(env env, cmd *cobra.Command, profile *string) {
	cmd.Flags().StringVar(profile, "profile", "", "stored credentials to use (default $"+envProfile+", then "+defaultProfile+")")
	_ = cmd.RegisterFlagCompletionFunc("profile", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		config, err := loadConfig(env)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return config.profiles(), cobra.ShellCompDirectiveNoFileComp
	})
}

func (o *demoOptions) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Uint64Var(&o.seed, "seed", 1, "what the sandbox's data is made from; the same number gives the same data")
	flags.IntVar(&o.conversations, "conversations", 240, "conversations in the sandbox")
	flags.IntVar(&o.people, "people", 160, "people profiles in the sandbox")
	flags.IntVar(&o.visitors, "visitors", 24, "visitors on the sandbox's website")
	flags.DurationVar(&o.latency, "latency", 0, "delay of each answer of the sandbox")
	flags.StringVar(&o.fail, "fail", "", "`shares` of answers that fail, by status: 429=0.1,500=0.05; cut=0.1 cuts connections")
	flags.IntVar(&o.quota, "quota", 0, "requests until the sandbox's quota is used up (default no quota)")
}

var demoFlags = [...]string{"seed", "conversations", "people", "visitors", "latency", "fail", "quota"}

// config checks the flags.
func (o *demoOptions) config() (sandbox.Config, error) {
	fail, err := sandbox.ParseFail(o.fail)
	if err != nil {
		return sandbox.Config{}, &usageError{problem: "--fail: " + err.Error(), hint: "write it like --fail 429=0.1,500=0.05", err: err}
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"conversations", o.conversations}, {"people", o.people}, {"visitors", o.visitors}, {"quota", o.quota}} {
		if n.value < 0 {
			return sandbox.Config{}, &usageError{problem: fmt.Sprintf("--%s %d is below zero", n.flag, n.value)}
		}
	}
	if o.latency < 0 {
		return sandbox.Config{}, &usageError{problem: fmt.Sprintf("--latency %s is below zero", o.latency)}
	}
	return sandbox.Config{
		Seed: o.seed, Conversations: size(o.conversations), People: size(o.people), Visitors: size(o.visitors),
		Latency: o.latency, Fail: fail, Quota: o.quota,
	}, nil
}

// size is a size as sandbox.Config takes it, where 0 stands for the default and less for none.
func size(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

// checkFlags refuses flags that would have no effect.
func (o *connectOptions) checkFlags(cmd *cobra.Command) error {
	if o.sandbox {
		for _, name := range []string{"identifier", "key", "key-file", "profile"} {
			if cmd.Flags().Changed(name) {
				return &usageError{problem: fmt.Sprintf("--sandbox and --%s exclude each other", name), hint: "the sandbox has credentials of its own"}
			}
		}
		return nil
	}
	for _, name := range demoFlags {
		if cmd.Flags().Changed(name) {
			return &usageError{problem: fmt.Sprintf("--%s has no effect without --sandbox", name), hint: "add --sandbox, or remove it"}
		}
	}
	return nil
}

// connection is a client and what belongs to it.
type connection struct {
	client      *crisp.Client
	credentials credentials
	server      *sandbox.Running
	// verbose asks for debug lines.
	verbose bool
}

// connect makes a client of the flags, the environment and the profile. Nothing is sent yet.
func (o *connectOptions) connect(ctx context.Context) (*connection, error) {
	options := []crisp.Option{crisp.WithUserAgent("crisphost/" + currentVersion())}
	if o.verbose {
		options = append(options, crisp.WithLogger(logger(o.io.err, slog.LevelDebug)))
	}
	if o.impatient {
		options = append(options, crisp.WithRetry(crisp.RetryPolicy{MaxAttempts: 1}))
	}
	options = append(options, o.extra...)
	if o.sandbox {
		return o.connectSandbox(ctx, options)
	}
	c, err := o.resolveCredentials()
	if err != nil {
		return nil, err
	}
	client, err := crisp.New(append(options, crisp.WithCredentials(c.identifier, c.key), crisp.WithTier(c.tier))...)
	if err != nil {
		return nil, &usageError{problem: strings.TrimPrefix(err.Error(), "crisp: "), err: err}
	}
	return &connection{client: client, credentials: c, verbose: o.verbose}, nil
}

func (o *connectOptions) connectSandbox(ctx context.Context, options []crisp.Option) (*connection, error) {
	config, err := o.demo.config()
	if err != nil {
		return nil, err
	}
	c := credentials{
		identifier: sandbox.Identifier, key: sandbox.Key, keySource: "the sandbox", source: "the sandbox",
		websiteID: cmp.Or(o.credentials.website, sandbox.WebsiteID),
	}
	if c.tier, err = parseTier(cmp.Or(o.credentials.tier, "website")); err != nil {
		return nil, err
	}
	// The server must outlive an interrupted context until the script has ended, or its last calls would fail strangely.
	server, err := sandbox.Start(context.WithoutCancel(ctx), "127.0.0.1:0", config)
	if err != nil {
		return nil, fmt.Errorf("cannot start the sandbox: %w", err)
	}
	client, err := crisp.New(append(options, crisp.WithCredentials(c.identifier, c.key), crisp.WithTier(c.tier), crisp.WithBaseURL(server.URL()))...)
	if err != nil {
		server.Close()
		return nil, err
	}
	return &connection{client: client, credentials: c, server: server, verbose: o.verbose}, nil
}

// close ends what connect started.
func (c *connection) close() {
	c.client.CloseIdleConnections()
	if c.server != nil {
		c.server.Close()
	}
}
