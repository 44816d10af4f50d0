package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/keyring"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/nearest"
)

// LogoutOptions are what `crisphost logout` takes.
type LogoutOptions struct {
	io      *streams.IO
	env     settings.Env
	keyring keyring.Store
	profile string
}

// NewCmdLogout returns the command logout. A run that is not nil takes the place of what the command does, for tests.
func NewCmdLogout(f *cmdutil.Factory, run func(context.Context, *LogoutOptions) error) *cobra.Command {
	if run == nil {
		run = logout
	}
	o := &LogoutOptions{io: f.IO, env: f.Env, keyring: f.Keyring}
	cmd := &cobra.Command{
		Use:               "logout",
		Short:             "Remove stored credentials",
		Long:              "Removes a profile and its key from this machine. The token stays valid: revoke it in Crisp if it should no longer work.",
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	connect.RegisterProfile(f.Env, cmd, &o.profile)
	return cmd
}

func logout(_ context.Context, o *LogoutOptions) error {
	config, err := settings.Load(o.env)
	if err != nil {
		return err
	}
	name := cmp.Or(o.profile, o.env.Get(connect.EnvProfile), settings.DefaultProfile)
	p, ok := config.Profile(name)
	if !ok {
		hint := "nobody is logged in"
		if names := config.Profiles(); len(names) > 0 {
			hint = fmt.Sprintf("profiles are %v", names)
			if near := nearest.To(name, names); near != "" {
				hint = fmt.Sprintf("did you mean %s?", near)
			}
		}
		return &usage.Error{Problem: fmt.Sprintf("there is no profile %q in %s", name, config.Path()), Hint: hint}
	}
	// The key goes first: a profile without key can be removed again, a key without profile would be forgotten.
	if p.KeyIn == settings.KeyInFile {
		err = os.Remove(config.KeyPath(name))
	} else {
		err = o.keyring.Delete(name)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, keyring.ErrNotFound) {
		return fmt.Errorf("the key of profile %q cannot be removed: %w", name, err)
	}
	if err := config.Remove(name); err != nil {
		return err
	}
	fmt.Fprintf(o.io.Err, "Logged out of profile %q.\n", name)
	return nil
}
