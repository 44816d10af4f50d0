//go:build unix

package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crisphost/crisphost/internal/timetext"
)

// applySettings fills flags that were not given from the configuration file. Environment variables go before it.
func applySettings(env env, flags *pflag.FlagSet) error {
	config, err := loadConfig(env)
	if err != nil {
		return err
	}
	for _, field := range serveFields {
		name := strings.ReplaceAll(field, "_", "-")
		value, ok := config.serve(field)
		if !ok || flags.Changed(name) || field == "db" || field == "token_file" && env.get(envToken) != "" {
			continue // databaseAddress knows the order for db
		}
		if err := flags.Set(name, value); err != nil {
			return &usageError{problem: fmt.Sprintf("%s: serve.%s: %v", config.path(), field, err), hint: "see --" + name + " in crisphost serve --help", err: err}
		}
		// A setting is no flag that was given, so that reading the file again can change it.
		flags.Lookup(name).Changed = false
	}
	return nil
}

// rereadServe reads a host's flags and the configuration file again.
func rereadServe(f *factory, before *serveOptions, given *pflag.FlagSet) (*serveOptions, error) {
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
	if err := applySettings(f.env, cmd.Flags()); err != nil {
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
