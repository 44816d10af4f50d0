package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/internal/nearest"
)

type logoutOptions struct{ profile string }

func newLogoutCommand(a *app, run func(context.Context, *logoutOptions) error) *cobra.Command {
	o := &logoutOptions{}
	cmd := &cobra.Command{
		Use:               "logout",
		Short:             "Remove stored credentials",
		Long:              "Removes a profile and its key from this machine. The token stays valid: revoke it in Crisp if it must not be used any more.",
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	registerProfile(a, cmd, &o.profile)
	return cmd
}

func (a *app) logout(_ context.Context, o *logoutOptions) error {
	config, err := a.loadConfig()
	if err != nil {
		return err
	}
	name := firstOf(o.profile, firstOf(a.getenv(envProfile), defaultProfile))
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
		err = a.keyring.delete(name)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, errNoSecret) {
		return fmt.Errorf("the key of profile %q cannot be removed: %w", name, err)
	}
	if err := config.remove(name); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "Logged out of profile %q.\n", name)
	return nil
}
