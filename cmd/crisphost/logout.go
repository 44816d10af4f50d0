package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/internal/nearest"
)

// logoutOptions are what `crisphost logout` takes.
type logoutOptions struct {
	io      *stdio
	env     env
	keyring secretStore
	profile string
}

func newLogoutCommand(f *factory, run func(context.Context, *logoutOptions) error) *cobra.Command {
	if run == nil {
		run = logout
	}
	o := &logoutOptions{io: f.io, env: f.env, keyring: f.keyring}
	cmd := &cobra.Command{
		Use:               "logout",
		Short:             "Remove stored credentials",
		Long:              "Removes a profile and its key from this machine. The token stays valid: revoke it in Crisp if it must not be used any more.",
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	registerProfile(f.env, cmd, &o.profile)
	return cmd
}

func logout(_ context.Context, o *logoutOptions) error {
	config, err := loadConfig(o.env)
	if err != nil {
		return err
	}
	name := cmp.Or(o.profile, o.env.get(envProfile), defaultProfile)
	p, ok := config.profile(name)
	if !ok {
		hint := "nobody is logged in"
		if names := config.profiles(); len(names) > 0 {
			hint = fmt.Sprintf("profiles are %v", names)
			if near := nearest.To(name, names); near != "" {
				hint = fmt.Sprintf("did you mean %s?", near)
			}
		}
		return &usageError{problem: fmt.Sprintf("there is no profile %q in %s", name, config.path()), hint: hint}
	}
	// The key goes first: a profile without key can be removed again, a key without profile would be forgotten.
	if p.keyIn == keyInFile {
		err = os.Remove(config.keyPath(name))
	} else {
		err = o.keyring.delete(name)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, errNoSecret) {
		return fmt.Errorf("the key of profile %q cannot be removed: %w", name, err)
	}
	if err := config.remove(name); err != nil {
		return err
	}
	fmt.Fprintf(o.io.err, "Logged out of profile %q.\n", name)
	return nil
}
