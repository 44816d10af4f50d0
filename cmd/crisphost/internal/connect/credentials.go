package connect

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/keyring"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/uuid"
)

// Credentials are what a connection to the real service needs. They are never printed whole.
type Credentials struct {
	Identifier, Key, WebsiteID string
	Tier                       spec.Tiers
	// Source tells where they came from, and keySource where the key came from, for people.
	Source, KeySource string
	Profile           string
}

// credentialFlags are the values of command-line flags.
type credentialFlags struct {
	identifier, key, keyFile, website, tier, profile string
}

// The environment variables of credentials.
const (
	EnvIdentifier = "CRISP_IDENTIFIER"
	EnvKey        = "CRISP_KEY"
	EnvWebsite    = "CRISP_WEBSITE_ID"
	EnvTier       = "CRISP_TIER"
	EnvProfile    = "CRISPHOST_PROFILE"
)

// errMissing is behind the errors of credentials that are not there, and of no other fault.
var errMissing = errors.New("credentials are missing")

// errNoCredentials tells both ways to go on.
func errNoCredentials() error {
	return &usage.Error{
		Problem: "no credentials: there is nothing to run against",
		Hint: "use --sandbox to run on demo data, or\n" +
			"log in with `crisphost login`, or set " + strings.Join([]string{EnvIdentifier, EnvKey, EnvWebsite}, ", ") + " (and " + EnvTier + ")",
		Err: errMissing,
	}
}

// resolveCredentials looks at the flags, then at the environment, then at the profile. Identifier and key belong together and
// come from the flags and the environment, or from the profile. A profile that a flag names goes before the environment.
func (o *Options) resolveCredentials() (Credentials, error) {
	chosen := o.chosen
	c := Credentials{Identifier: chosen.identifier, Key: chosen.key, WebsiteID: chosen.website}
	if chosen.key != "" && chosen.keyFile != "" {
		return c, &usage.Error{Problem: "--key and --key-file are both given", Hint: "keep one; --key-file is not seen by other users of this machine"}
	}
	if c.Key != "" {
		c.KeySource = "--key"
	}
	if chosen.keyFile != "" {
		key, err := o.keyFromFile(chosen.keyFile)
		if err != nil {
			return c, err
		}
		c.Key, c.KeySource = key, "--key-file"
	}
	tier := chosen.tier
	flags := c.Identifier != "" || c.Key != ""
	if flags && chosen.profile != "" {
		return c, &usage.Error{Problem: "--profile is given together with --identifier or a key", Hint: "keep one of them"}
	}
	if chosen.profile == "" {
		c.Identifier = cmp.Or(c.Identifier, o.env.Get(EnvIdentifier))
		if c.Key == "" {
			if c.Key = o.env.Get(EnvKey); c.Key != "" {
				c.KeySource = "the environment"
			}
		}
		c.WebsiteID = cmp.Or(c.WebsiteID, o.env.Get(EnvWebsite))
		tier = cmp.Or(tier, o.env.Get(EnvTier))
	}
	switch {
	case flags:
		c.Source = "the command line"
	case c.Identifier != "" || c.Key != "":
		c.Source = "the environment"
	default:
		p, err := o.fromProfile(&c, cmp.Or(chosen.profile, o.env.Get(EnvProfile)))
		if err != nil {
			return c, err
		}
		c.WebsiteID = cmp.Or(c.WebsiteID, p.WebsiteID)
		tier = cmp.Or(tier, p.Tier)
	}
	var err error
	if c.Tier, err = ParseTier(cmp.Or(tier, "website")); err != nil {
		return c, err
	}
	return c, c.Check("or use --sandbox to run on demo data")
}

// fromProfile fills identifier and key from a profile. Without a name it is the default one, which need not exist.
func (o *Options) fromProfile(c *Credentials, name string) (settings.Profile, error) {
	config, err := settings.Load(o.env)
	if err != nil {
		return settings.Profile{}, err
	}
	p, ok := config.Profile(cmp.Or(name, settings.DefaultProfile))
	if !ok && name == "" {
		return p, errNoCredentials()
	}
	if !ok {
		hint := "make it with `crisphost login --profile " + name + "`"
		if near := nearest.To(name, config.Profiles()); near != "" {
			hint = fmt.Sprintf("did you mean %s? Or %s", near, hint)
		}
		return p, &usage.Error{Problem: fmt.Sprintf("there is no profile %q in %s", name, config.Path()), Hint: hint}
	}
	c.Profile, c.Identifier, c.Source = p.Name, p.Identifier, "profile "+p.Name
	switch p.KeyIn {
	case settings.KeyInFile:
		c.KeySource = config.KeyPath(p.Name)
		c.Key, err = ReadKeyFile(o.env, c.KeySource)
	case settings.KeyInKeyring, "":
		c.KeySource = "the system keyring"
		if c.Key, err = o.keyring.Get(p.Name); err != nil {
			hint := "log in again with `crisphost login --profile " + p.Name + "`"
			if !errors.Is(err, keyring.ErrNotFound) {
				hint += ", with --insecure-storage where there is no keyring"
			}
			err = &usage.Error{Problem: fmt.Sprintf("the key of profile %q cannot be read from the system keyring: %v", p.Name, err), Hint: hint}
		}
	default:
		err = &usage.Error{Problem: fmt.Sprintf("%s: the key of profile %q is in %q", config.Path(), p.Name, p.KeyIn), Hint: `write key = "keyring" or key = "file"`}
	}
	return p, err
}

// keyFromFile reads the key that --key-file names.
func (o *Options) keyFromFile(path string) (string, error) {
	if path != "-" {
		key, err := ReadKeyFile(o.env, path)
		if err == nil && key == "" {
			err = &usage.Error{Problem: path + " is empty", Hint: "it must hold the key"}
		}
		return key, err
	}
	text, err := io.ReadAll(io.LimitReader(o.io.In, 1<<16))
	if err != nil {
		return "", fmt.Errorf("cannot read the key from standard input: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// Check names what is missing or cannot be right.
func (c Credentials) Check(hint string) error {
	var missing []string
	if c.Identifier == "" {
		missing = append(missing, "the identifier ("+EnvIdentifier+" or --identifier)")
	}
	if c.Key == "" {
		missing = append(missing, "the key ("+EnvKey+" or --key-file)")
	}
	if c.WebsiteID == "" && c.Tier == spec.TierWebsite {
		missing = append(missing, "the website id ("+EnvWebsite+" or --website)")
	}
	if len(missing) > 0 {
		return &usage.Error{
			Problem: "the credentials from " + c.Source + " are not complete: " + strings.Join(missing, " and ") + " missing",
			Hint:    hint,
			Err:     errMissing,
		}
	}
	if c.WebsiteID != "" && !uuid.Is(c.WebsiteID) {
		return &usage.Error{Problem: fmt.Sprintf("%q is not a website id", c.WebsiteID), Hint: "it looks like 8c842203-7ed8-4e29-a608-7cf78a7d2fcc; Crisp shows it in the workspace's settings"}
	}
	return nil
}

// TierNames are the tiers of tokens.
var TierNames = [...]string{"website", "plugin", "user"}

// ParseTier returns the tier of a name.
func ParseTier(name string) (spec.Tiers, error) {
	switch name {
	case "website":
		return spec.TierWebsite, nil
	case "plugin":
		return spec.TierPlugin, nil
	case "user":
		return spec.TierUser, nil
	}
	hint := "it is website, plugin or user"
	if near := nearest.To(name, TierNames[:]); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return 0, &usage.Error{Problem: fmt.Sprintf("unknown token tier %q", name), Hint: hint}
}
