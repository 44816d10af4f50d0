//go:build unix

package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// rereadServe reads a host's flags and the configuration file again.
func (a *app) rereadServe(before *serveOptions, given *pflag.FlagSet) (*serveOptions, error) {
	o, cmd := &serveOptions{dir: before.dir}, &cobra.Command{}
	o.register(a, cmd)
	var failed error
	given.Visit(func(f *pflag.Flag) {
		if f.Changed && failed == nil {
			failed = cmd.Flags().Set(f.Name, f.Value.String())
		}
	})
	if failed != nil {
		return nil, failed
	}
	if err := a.applySettings(cmd.Flags()); err != nil {
		return nil, err
	}
	return o, o.check()
}
