//go:build unix

package serve

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/limits"
)

// reread reads a host's flags and the configuration file again.
func reread(f *cmdutil.Factory, before *Options, given *pflag.FlagSet) (*Options, error) {
	o, cmd := newOptions(f), &cobra.Command{}
	o.dir = before.dir
	o.register(cmd)
	var failed error
	given.Visit(func(flag *pflag.Flag) {
		if flag.Changed && failed == nil {
			failed = cmd.Flags().Set(flag.Name, flag.Value.String())
		}
	})
	if failed != nil {
		return nil, failed
	}
	if err := limits.Apply(f.Env, cmd.Flags()); err != nil {
		return nil, err
	}
	return o, o.check()
}
