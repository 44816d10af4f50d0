//go:build unix

package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/limits"
)

// rereadServe reads a host's flags and the configuration file again.
func rereadServe(f *cmdutil.Factory, before *serveOptions, given *pflag.FlagSet) (*serveOptions, error) {
	o, cmd := newServeOptions(f), &cobra.Command{}
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
