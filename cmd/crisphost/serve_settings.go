//go:build unix

package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/timetext"
)

// applySettings fills flags that were not given from the configuration file. Environment variables go before it.
func applySettings(env settings.Env, flags *pflag.FlagSet) error {
	config, err := settings.Load(env)
	if err != nil {
		return err
	}
	for _, field := range settings.ServeFields {
		name := strings.ReplaceAll(field, "_", "-")
		value, ok := config.Serve(field)
		if !ok || flags.Changed(name) || field == "db" || field == "token_file" && env.Get(envToken) != "" {
			continue // databaseAddress knows the order for db
		}
		if err := flags.Set(name, value); err != nil {
			return &usage.Error{Problem: fmt.Sprintf("%s: serve.%s: %v", config.Path(), field, err), Hint: "see --" + name + " in crisphost serve --help", Err: err}
		}
		// A setting is no flag that was given, so that reading the file again can change it.
		flags.Lookup(name).Changed = false
	}
	return nil
}

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
	if err := applySettings(f.Env, cmd.Flags()); err != nil {
		return nil, err
	}
	return o, o.check()
}

// age is a duration that may be written in days.
type age time.Duration

func (d *age) String() string { return strings.TrimSuffix(time.Duration(*d).String(), "0m0s") }
func (d *age) Type() string   { return "age" }

func (d *age) Set(text string) error {
	value, ok := timetext.ParseDuration(text)
	if !ok {
		return errors.New("write it like 30d or 12h")
	}
	*d = age(value)
	return nil
}
