// Package account is the commands for stored credentials: login, status and logout.
package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/input"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/keyring"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/version"
	"github.com/crisphost/crisphost/crisp"
)

// LoginOptions are what `crisphost login` takes.
type LoginOptions struct {
	io      *streams.IO
	env     settings.Env
	keyring keyring.Store

	profile, identifier, website, tier string
	withKey, insecure, noCheck         bool
}

// NewCmdLogin returns the command login. A run that is not nil takes the place of what the command does, for tests.
func NewCmdLogin(f *cmdutil.Factory, run func(context.Context, *LoginOptions) error) *cobra.Command {
	if run == nil {
		run = login
	}
	o := &LoginOptions{io: f.IO, env: f.Env, keyring: f.Keyring}
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Store the credentials of a workspace",
		Long: `Asks for the credentials of a workspace, checks them with one call and stores them as a profile: the key in the system keyring, the
rest in the configuration file.

A website token is made in Crisp's dashboard by an owner, in the advanced settings of the workspace.`,
		Example: `  crisphost login
  crisphost login --with-key --identifier 7c3ef21c-... --website 8c842203-... < key.txt`,
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	connect.RegisterProfile(f.Env, cmd, &o.profile)
	flags.StringVar(&o.identifier, "identifier", "", "token identifier")
	flags.StringVar(&o.website, "website", "", "website `id`")
	flags.StringVar(&o.tier, "tier", "", "token tier: website, plugin or user")
	flags.BoolVar(&o.withKey, "with-key", false, "read the key from standard input")
	flags.BoolVar(&o.insecure, "insecure-storage", false, "store the key in a file that only you can read, not in the keyring")
	flags.BoolVar(&o.noCheck, "no-check", false, "store the credentials without a call to the API")
	_ = cmd.RegisterFlagCompletionFunc("tier", cobra.FixedCompletions(connect.TierNames[:], cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func login(ctx context.Context, o *LoginOptions) error {
	name := cmp.Or(o.profile, o.env.Get(connect.EnvProfile), settings.DefaultProfile)
	if err := settings.CheckProfileName(name); err != nil {
		return err
	}
	// A broken file is told before anything is asked.
	config, err := settings.Load(o.env)
	if err != nil {
		return err
	}
	c, err := o.askCredentials(ctx)
	if err != nil {
		return err
	}
	who := "the workspace"
	if !o.noCheck {
		website, err := tryCredentials(ctx, c)
		if err != nil {
			return &LoginError{err}
		}
		who = website
	}
	p := settings.Profile{Name: name, Identifier: c.Identifier, Tier: c.Tier.String(), WebsiteID: c.WebsiteID}
	where, err := o.storeKey(config, &p, c.Key)
	if err != nil {
		return err
	}
	if err := config.Save(p); err != nil {
		return err
	}
	fmt.Fprintf(o.io.Err, "Logged in to %s as profile %q; the key is in %s.\n", who, name, where)
	return nil
}

// LoginError is a login whose credentials could not be checked.
type LoginError struct{ err error }

func (e *LoginError) Error() string { return "nothing was stored: " + e.err.Error() }
func (e *LoginError) Unwrap() error { return e.err }

// Hint tells what to do next. The API's own hint names a command that is about stored credentials.
func (e *LoginError) Hint() string {
	switch api := (*crisp.Error)(nil); {
	case !errors.As(e.err, &api):
		return ""
	case api.Unauthorized():
		return "check the identifier, the key and the tier, and log in again"
	default:
		return api.Hint()
	}
}

// askCredentials takes what the flags say and asks for the rest.
func (o *LoginOptions) askCredentials(ctx context.Context) (connect.Credentials, error) {
	c := connect.Credentials{Identifier: o.identifier, WebsiteID: o.website, Source: "the command line"}
	tier := o.tier
	switch {
	case o.withKey:
		text, err := input.ReadAll(ctx, o.io.In, 1<<16)
		if err != nil {
			return c, fmt.Errorf("cannot read the key from standard input: %w", err)
		}
		if c.Key = strings.TrimSpace(string(text)); c.Key == "" {
			return c, &usage.Error{Problem: "the key on standard input is empty", Hint: "write the key alone, for example: crisphost login --with-key ... < key.txt"}
		}
	case !o.io.Keyboard.Interactive():
		return c, &usage.Error{
			Problem: "login asks questions, and standard input is not a terminal",
			Hint:    "give the key on standard input: crisphost login --with-key --identifier ... --website ... < key.txt",
		}
	default:
		var err error
		if c, tier, err = o.askPerson(ctx, c, tier); err != nil {
			return c, err
		}
	}
	var err error
	if c.Tier, err = connect.ParseTier(cmp.Or(tier, "website")); err != nil {
		return c, err
	}
	return c, c.Check("give what is missing as a flag; in a terminal, crisphost login without --with-key asks for it")
}

func (o *LoginOptions) askPerson(ctx context.Context, c connect.Credentials, tier string) (connect.Credentials, string, error) {
	c.Source = "your answers"
	p := o.io.Prompter()
	var err error
	if tier == "" {
		if tier, err = p.Ask(ctx, "Token tier (website, plugin, user)", "website"); err != nil {
			return c, tier, err
		}
		// A wrong answer is told before the next question.
		if _, err := connect.ParseTier(tier); err != nil {
			return c, tier, err
		}
	}
	if c.Identifier == "" {
		if c.Identifier, err = p.Ask(ctx, "Identifier", ""); err != nil {
			return c, tier, err
		}
	}
	if c.Key, err = p.AskSecret(ctx, "Key (not shown)"); err != nil {
		return c, tier, err
	}
	if c.WebsiteID == "" {
		c.WebsiteID, err = p.Ask(ctx, "Website id", "")
	}
	return c, tier, err
}

// tryCredentials makes one call with the credentials and returns the name of what they open.
func tryCredentials(ctx context.Context, c connect.Credentials) (string, error) {
	client, err := crisp.New(crisp.WithCredentials(c.Identifier, c.Key), crisp.WithTier(c.Tier), crisp.WithUserAgent("crisphost/"+version.Current()))
	if err != nil {
		return "", &usage.Error{Problem: strings.TrimPrefix(err.Error(), "crisp: "), Err: err}
	}
	defer client.CloseIdleConnections()
	found, err := connect.Check(ctx, client, c)
	return found.Label(), err
}

// storeKey stores the key and tells where.
func (o *LoginOptions) storeKey(config *settings.File, p *settings.Profile, key string) (where string, err error) {
	if !o.insecure {
		err := o.keyring.Set(p.Name, key)
		if err == nil {
			p.KeyIn = settings.KeyInKeyring
			// An older copy would outlive a later logout.
			if err := os.Remove(config.KeyPath(p.Name)); err != nil && !os.IsNotExist(err) {
				return "", err
			}
			return "the system keyring", nil
		}
		fmt.Fprintf(o.io.Err, "crisphost: there is no system keyring (%v); the key goes to a file that only you can read.\n", err)
	}
	p.KeyIn = settings.KeyInFile
	path := config.KeyPath(p.Name)
	return path, settings.WritePrivate(path, []byte(key+"\n"))
}
