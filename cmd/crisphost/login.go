package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/crisp"
)

// loginOptions are what `crisphost login` takes.
type loginOptions struct {
	io      *stdio
	env     env
	keyring secretStore

	profile, identifier, website, tier string
	withKey, insecure, noCheck         bool
}

func newLoginCommand(f *factory, run func(context.Context, *loginOptions) error) *cobra.Command {
	if run == nil {
		run = login
	}
	o := &loginOptions{io: f.io, env: f.env, keyring: f.keyring}
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Store the credentials of a workspace",
		Long: `Asks for the credentials of a workspace, checks them with one call and stores them as a profile: the key in the system keyring, the
rest in the configuration file.

A website token is made in Crisp's dashboard by an owner, in the advanced settings of the workspace.`,
		Example: `  crisphost login
  crisphost login --with-key --identifier 7c3ef21c-... --website 8c842203-... < key.txt`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	registerProfile(f.env, cmd, &o.profile)
	flags.StringVar(&o.identifier, "identifier", "", "token identifier")
	flags.StringVar(&o.website, "website", "", "website `id`")
	flags.StringVar(&o.tier, "tier", "", "token tier: website, plugin or user")
	flags.BoolVar(&o.withKey, "with-key", false, "read the key from standard input")
	flags.BoolVar(&o.insecure, "insecure-storage", false, "store the key in a file that only you can read, not in the keyring")
	flags.BoolVar(&o.noCheck, "no-check", false, "store the credentials without a call to the API")
	_ = cmd.RegisterFlagCompletionFunc("tier", cobra.FixedCompletions(tierNames[:], cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func login(ctx context.Context, o *loginOptions) error {
	name := cmp.Or(o.profile, o.env.get(envProfile), defaultProfile)
	if err := checkProfileName(name); err != nil {
		return err
	}
	// A broken file is told before anything is asked.
	config, err := loadConfig(o.env)
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
			return &loginError{err}
		}
		who = website
	}
	p := profile{name: name, identifier: c.identifier, tier: tierList(c.tier), websiteID: c.websiteID}
	where, err := o.storeKey(config, &p, c.key)
	if err != nil {
		return err
	}
	if err := config.save(p); err != nil {
		return err
	}
	fmt.Fprintf(o.io.err, "Logged in to %s as profile %q; the key is in %s.\n", who, name, where)
	return nil
}

// loginError is a login whose credentials could not be checked.
type loginError struct{ err error }

func (e *loginError) Error() string { return "nothing was stored: " + e.err.Error() }
func (e *loginError) Unwrap() error { return e.err }

// hint tells what to do next. The API's own hint names a command that is about stored credentials.
func (e *loginError) hint() string {
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
func (o *loginOptions) askCredentials(ctx context.Context) (credentials, error) {
	c := credentials{identifier: o.identifier, websiteID: o.website, source: "the command line"}
	tier := o.tier
	switch {
	case o.withKey:
		text, err := readAll(ctx, o.io.in, 1<<16)
		if err != nil {
			return c, fmt.Errorf("cannot read the key from standard input: %w", err)
		}
		if c.key = strings.TrimSpace(string(text)); c.key == "" {
			return c, &usageError{problem: "the key on standard input is empty", hint: "write the key alone, for example: crisphost login --with-key ... < key.txt"}
		}
	case !o.io.keyboard.interactive():
		return c, &usageError{
			problem: "login asks questions, and standard input is not a terminal",
			hint:    "give the key on standard input: crisphost login --with-key --identifier ... --website ... < key.txt",
		}
	default:
		var err error
		if c, tier, err = o.askPerson(ctx, c, tier); err != nil {
			return c, err
		}
	}
	var err error
	if c.tier, err = parseTier(cmp.Or(tier, "website")); err != nil {
		return c, err
	}
	return c, c.check("give what is missing as a flag; in a terminal, crisphost login without --with-key asks for it")
}

func (o *loginOptions) askPerson(ctx context.Context, c credentials, tier string) (credentials, string, error) {
	c.source = "your answers"
	p := o.io.prompter()
	var err error
	if tier == "" {
		if tier, err = p.ask(ctx, "Token tier (website, plugin, user)", "website"); err != nil {
			return c, tier, err
		}
		// A wrong answer is told before the next question.
		if _, err := parseTier(tier); err != nil {
			return c, tier, err
		}
	}
	if c.identifier == "" {
		if c.identifier, err = p.ask(ctx, "Identifier", ""); err != nil {
			return c, tier, err
		}
	}
	if c.key, err = p.askSecret(ctx, "Key (not shown)"); err != nil {
		return c, tier, err
	}
	if c.websiteID == "" {
		c.websiteID, err = p.ask(ctx, "Website id", "")
	}
	return c, tier, err
}

// tryCredentials makes one call with the credentials and returns the name of what they open.
func tryCredentials(ctx context.Context, c credentials) (string, error) {
	client, err := crisp.New(crisp.WithCredentials(c.identifier, c.key), crisp.WithTier(c.tier), crisp.WithUserAgent("crisphost/"+currentVersion()))
	if err != nil {
		return "", &usageError{problem: strings.TrimPrefix(err.Error(), "crisp: "), err: err}
	}
	defer client.CloseIdleConnections()
	found, err := checkConnection(ctx, client, c)
	return found.label(), err
}

// storeKey stores the key and tells where.
func (o *loginOptions) storeKey(config *configFile, p *profile, key string) (where string, err error) {
	if !o.insecure {
		err := o.keyring.set(p.name, key)
		if err == nil {
			p.keyIn = keyInKeyring
			// An older copy would outlive a later logout.
			if err := os.Remove(config.keyPath(p.name)); err != nil && !os.IsNotExist(err) {
				return "", err
			}
			return "the system keyring", nil
		}
		fmt.Fprintf(o.io.err, "crisphost: there is no system keyring (%v); the key goes to a file that only you can read.\n", err)
	}
	p.keyIn = keyInFile
	path := config.keyPath(p.name)
	return path, writePrivate(path, []byte(key+"\n"))
}
