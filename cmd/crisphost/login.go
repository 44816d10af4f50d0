package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// loginOptions are what `crisphost login` takes.
type loginOptions struct {
	profile, identifier, website, tier string
	withKey, insecure, noCheck         bool
}

func newLoginCommand(a *app, run func(context.Context, *loginOptions) error) *cobra.Command {
	o := &loginOptions{}
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
	registerProfile(a, cmd, &o.profile)
	flags.StringVar(&o.identifier, "identifier", "", "token identifier")
	flags.StringVar(&o.website, "website", "", "website `id`")
	flags.StringVar(&o.tier, "tier", "", "token tier: website, plugin or user")
	flags.BoolVar(&o.withKey, "with-key", false, "read the key from standard input")
	flags.BoolVar(&o.insecure, "insecure-storage", false, "store the key in a file that only you can read, not in the keyring")
	flags.BoolVar(&o.noCheck, "no-check", false, "store the credentials without a call to the API")
	_ = cmd.RegisterFlagCompletionFunc("tier", cobra.FixedCompletions(tierNames[:], cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) login(ctx context.Context, o *loginOptions) error {
	name := firstOf(o.profile, firstOf(a.getenv(envProfile), defaultProfile))
	if err := checkProfileName(name); err != nil {
		return err
	}
	// A broken file is told before anything is asked.
	config, err := a.loadConfig()
	if err != nil {
		return err
	}
	c, err := a.askCredentials(ctx, o)
	if err != nil {
		return err
	}
	who := "the workspace"
	if !o.noCheck {
		website, err := a.check(ctx, c)
		if err != nil {
			return &loginError{err}
		}
		who = website
	}
	p := profile{name: name, identifier: c.identifier, tier: tierList(c.tier), websiteID: c.websiteID}
	where, err := a.storeKey(config, &p, c.key, o.insecure)
	if err != nil {
		return err
	}
	if err := config.save(p); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "Logged in to %s as profile %q; the key is in %s.\n", who, name, where)
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
func (a *app) askCredentials(ctx context.Context, o *loginOptions) (credentials, error) {
	c := credentials{identifier: o.identifier, websiteID: o.website, source: "the command line"}
	tier := o.tier
	switch {
	case o.withKey:
		text, err := readAll(ctx, a.in, 1<<16)
		if err != nil {
			return c, fmt.Errorf("cannot read the key from standard input: %w", err)
		}
		if c.key = strings.TrimSpace(string(text)); c.key == "" {
			return c, &usageError{problem: "the key on standard input is empty", hint: "write the key alone, for example: crisphost login --with-key ... < key.txt"}
		}
	case !a.terminal.interactive():
		return c, &usageError{
			problem: "login asks questions, and standard input is not a terminal",
			hint:    "give the key on standard input: crisphost login --with-key --identifier ... --website ... < key.txt",
		}
	default:
		var err error
		if c, tier, err = a.askPerson(ctx, c, tier); err != nil {
			return c, err
		}
	}
	var err error
	if c.tier, err = parseTier(firstOf(tier, "website")); err != nil {
		return c, err
	}
	return c, c.check("give what is missing as a flag; in a terminal, crisphost login without --with-key asks for it")
}

func (a *app) askPerson(ctx context.Context, c credentials, tier string) (credentials, string, error) {
	c.source = "your answers"
	p := a.prompter()
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

// check makes one call with the credentials and returns the name of what they open.
func (a *app) check(ctx context.Context, c credentials) (string, error) {
	client, err := crisp.New(crisp.WithCredentials(c.identifier, c.key), crisp.WithTier(c.tier), crisp.WithUserAgent("crisphost/"+currentVersion()))
	if err != nil {
		return "", &usageError{problem: strings.TrimPrefix(err.Error(), "crisp: "), err: err}
	}
	defer client.CloseIdleConnections()
	found, err := checkConnection(ctx, client, c)
	return found.label(), err
}

// storeKey stores the key and tells where.
func (a *app) storeKey(config *configFile, p *profile, key string, insecure bool) (where string, err error) {
	if !insecure {
		err := a.keyring.set(p.name, key)
		if err == nil {
			p.keyIn = keyInKeyring
			// An older copy would outlive a later logout.
			if err := os.Remove(config.keyPath(p.name)); err != nil && !os.IsNotExist(err) {
				return "", err
			}
			return "the system keyring", nil
		}
		fmt.Fprintf(a.err, "crisphost: there is no system keyring (%v); the key goes to a file that only you can read.\n", err)
	}
	p.keyIn = keyInFile
	path := config.keyPath(p.name)
	return path, writePrivate(path, []byte(key+"\n"))
}

// reach is what a checked token opens.
type reach struct {
	// websiteName is empty when no website was asked for.
	websiteName, websiteID string
	// quota is what the API said about the token's quota, or empty.
	quota string
}

func (r reach) label() string {
	switch {
	case r.websiteName != "":
		return r.websiteName
	case r.websiteID != "":
		return "website " + r.websiteID
	}
	return "Crisp"
}

// checkConnection makes one reading call that every token of the tier may make.
func checkConnection(ctx context.Context, client *crisp.Client, c credentials) (reach, error) {
	if c.websiteID != "" {
		found := reach{websiteID: c.websiteID}
		res, err := client.Do(ctx, spec.ByCall("websites.get"), &crisp.Request{Path: map[string]string{"website_id": c.websiteID}})
		if err != nil {
			return found, err
		}
		var website struct {
			Name string `json:"name"`
		}
		found.quota = quotaSeen(res.Header)
		err = res.Decode(&website)
		found.websiteName = website.Name
		return found, err
	}
	path := "plugin/connect/account"
	if c.tier == spec.TierUser {
		path = "user/connect/endpoints"
	}
	res, err := client.Call(ctx, "GET", path, nil)
	if err != nil {
		return reach{}, err
	}
	return reach{quota: quotaSeen(res.Header)}, nil
}
