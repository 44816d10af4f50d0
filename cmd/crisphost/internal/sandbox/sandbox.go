// Package sandbox is the command that serves demo data like the API.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/discovery"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/sandbox"
)

// Options are what `crisphost sandbox` takes.
type Options struct {
	io     *streams.IO
	env    settings.Env
	demo   connect.SandboxOptions
	addr   string
	public bool
}

// NewCmdSandbox returns the command sandbox. A run that is not nil takes the place of what the command does, for tests.
func NewCmdSandbox(f *cmdutil.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = serveSandbox
	}
	o := &Options{io: f.IO, env: f.Env}
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve demo data like the Crisp API",
		Long: `Serves a local copy of the Crisp API, filled with demo data, until Ctrl-C. The lines to export are printed on standard output.

--latency, --fail and --quota simulate faults, to see how a script handles them. With --live, visitors come, write, browse, rate and leave by themselves, and operators answer some of them.`,
		Example: `  crisphost sandbox
  crisphost sandbox --conversations 100000 --fail 429=0.1,500=0.05
  crisphost sandbox --live 30`,
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.addr, "addr", "127.0.0.1:8787", "`address` to listen on; port 0 is any free one")
	cmd.Flags().BoolVar(&o.public, "public", false, "allow an address that other machines reach; the sandbox's key is known to everybody")
	o.demo.Register(cmd)
	return cmd
}

func serveSandbox(ctx context.Context, o *Options) error {
	config, err := o.demo.Config()
	if err != nil {
		return err
	}
	if err := checkListenAddress(o.addr, o.public); err != nil {
		return err
	}
	config.Log = streams.Logger(o.io.Err, slog.LevelWarn) // it tells of events that it had to drop
	server, err := sandbox.Start(ctx, o.addr, config)
	if err != nil {
		return usage.Listen(o.addr, err)
	}
	if withdraw, err := discovery.Announce(o.env, server.URL(), "sandbox"); err != nil {
		fmt.Fprintf(o.io.Err, "crisphost: emit and listen --sandbox will not find this sandbox: %v\n", err)
	} else {
		defer withdraw()
	}
	lines := []string{
		"export CRISP_API_URL=" + server.URL(),
		"export " + connect.EnvIdentifier + "=" + sandbox.Identifier,
		"export " + connect.EnvKey + "=" + sandbox.Key,
		"export " + connect.EnvWebsite + "=" + sandbox.WebsiteID,
		"export " + connect.EnvTier + "=website",
	}
	if _, err := fmt.Fprintln(o.io.Out, strings.Join(lines, "\n")); err != nil {
		return errors.Join(err, server.Close())
	}
	fmt.Fprintln(o.io.Err, "crisphost: the sandbox is running; set these variables in another shell. Ctrl-C ends it.")
	select {
	case <-ctx.Done():
	case <-server.Done():
	}
	return server.Close()
}

// checkListenAddress keeps the sandbox on this machine unless it is meant to be seen.
func checkListenAddress(addr string, public bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return &usage.Error{Problem: fmt.Sprintf("--addr %q is not an address", addr), Hint: "write host and port, such as 127.0.0.1:8787", Err: err}
	}
	ip := net.ParseIP(host)
	if loopback := host == "" || host == "localhost" || ip != nil && ip.IsLoopback(); !loopback && !public {
		return &usage.Error{
			Problem: fmt.Sprintf("--addr %s can be reached from other machines", addr),
			Hint:    "the sandbox's key is known to everybody: add --public if that is what you want, or listen on 127.0.0.1",
		}
	}
	return nil
}
