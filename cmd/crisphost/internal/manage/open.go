package manage

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/limits"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/tokens"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/scripts/console"
)

// OpenOptions are what `crisphost open` takes.
type OpenOptions struct {
	io        *streams.IO
	env       settings.Env
	addr      string
	tokenFile string
	as        string
}

// NewCmdOpen returns the command open. A run that is not nil takes the place of what the command does, for tests.
func NewCmdOpen(f *cmdutil.Factory, run func(context.Context, *OpenOptions) error) *cobra.Command {
	if run == nil {
		run = openPage
	}
	o := &OpenOptions{io: f.IO, env: f.Env}
	cmd := &cobra.Command{
		Use:   "open",
		Short: "Print an address that logs in to a host's page",
		Long: `Prints the address of the page of a host on this machine that logs a browser in. It works once, within ten minutes. The token that it
stands for is that of --token-file, $CRISPHOST_TOKEN, the configuration's token_file, or the one that the host made in its state directory.`,
		Example: `  crisphost open
  xdg-open "$(crisphost open)"`,
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.addr, "addr", "", "`address` that the host serves its page on (default that of the configuration file, then "+DefaultAddr+")")
	flags.StringVar(&o.tokenFile, "token-file", "", "`file` with the host's tokens")
	flags.StringVar(&o.as, "as", "", "`name` of the token to log in with (default your user name, then the first)")
	return cmd
}

func openPage(_ context.Context, o *OpenOptions) error {
	address, err := pageAddress(o.env, o.addr)
	if err != nil {
		return err
	}
	file := o.tokenFile
	if file == "" && o.env.Get(limits.EnvToken) == "" {
		config, err := settings.Load(o.env)
		if err != nil {
			return err
		}
		file, _ = config.Serve("token_file")
	}
	set, err := tokens.Load(o.env, file)
	if err != nil {
		return err
	}
	token, err := set.Of(o.env, o.as)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(o.io.Out, "http://"+address+console.OneTimePath(token, time.Now()))
	return err
}
