package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/nearest"
)

// credentials are what a connection to the real service needs. They are never printed whole.
type credentials struct {
	identifier, key, websiteID string
	tier                       spec.Tiers
	// source tells where they came from, and keySource where the key came from, for people.
	source, keySource string
	profile           string
}

// chosenCredentials are the values of command-line flags.
type chosenCredentials struct {
	identifier, key, keyFile, website, tier, profile string
}

// The environment variables of credentials.
const (
	envIdentifier = "CRISP_IDENTIFIER"
	envKey        = "CRISP_KEY"
	envWebsite    = "CRISP_WEBSITE_ID"
	envTier       = "CRISP_TIER"
	envProfile    = "CRISPHOST_PROFILE"
)

// errNoCredentials tells both ways to go on.
func errNoCredentials() error {
	return &usageError{
		problem: "no credentials: there is nothing to run against",
		hint: "use --sandbox to run on demo data, or\n" +
			"log in with `crisphost login`, or set " + strings.Join([]string{envIdentifier, envKey, envWebsite}, ", ") + " (and " + envTier + ")",
	}
}

// resolveCredentials looks at the flags, then at the environment, then at the profile. Identifier and key belong together and
// come from the flags and the environment, or from the profile. A profile that a flag names goes before the environment.
func (o *connectOptions) resolveCredentials() (credentials, error) {
	chosen := o.credentials
	c := credentials{identifier: chosen.identifier, key: chosen.key, websiteID: chosen.website}
	if chosen.key != "" && chosen.keyFile != "" {
		return c, &usageError{problem: "--key and --key-file are both given", hint: "keep one; --key-file is not seen by other users of this machine"}
	}
	if c.key != "" {
		c.keySource = "--key"
	}
	if chosen.keyFile != "" {
		key, err := o.keyFromFile(chosen.keyFile)
		if err != nil {
			return c, err
		}
		c.key, c.keySource = key, "--key-file"
	}
	tier := chosen.tier
	flags := c.identifier != "" || c.key != ""
	if flags && chosen.profile != "" {
		return c, &usageError{problem: "--profile is given together with --identifier or a key", hint: "keep one of them"}
	}
	if chosen.profile == "" {
		c.identifier = cmp.Or(c.identifier, o.env.get(envIdentifier))
		if c.key == "" {
			if c.key = o.env.get(envKey); c.key != "" {
				c.keySource = "the environment"
			}
		}
		c.websiteID = cmp.Or(c.websiteID, o.env.get(envWebsite))
		tier = cmp.Or(tier, o.env.get(envTier))
	}
	switch {
	case flags:
		c.source = "the command line"
	case c.identifier != "" || c.key != "":
		c.source = "the environment"
	default:
		p, err := o.fromProfile(&c, cmp.Or(chosen.profile, o.env.get(envProfile)))
		if err != nil {
			return c, err
		}
		c.websiteID = cmp.Or(c.websiteID, p.websiteID)
		tier = cmp.Or(tier, p.tier)
	}
	var err error
	if c.tier, err = parseTier(cmp.Or(tier, "website")); err != nil {
		return c, err
	}
	return c, c.check("or use --sandbox to run on demo data")
}

// fromProfile fills identifier and key from a profile. Without a name it is the default one, which need not exist.
func (o *connectOptions) fromProfile(c *credentials, name string) (profile, error) {
	config, err := loadConfig(o.env)
	if err != nil {
		return profile{}, err
	}
	p, ok := config.profile(cmp.Or(name, defaultProfile))
	if !ok && name == "" {
		return p, errNoCredentials()
	}
	if !ok {
		hint := "make it with `crisphost login --profile " + name + "`"
		if near := nearest.To(name, config.profiles()); near != "" {
			hint = fmt.Sprintf("did you mean %s? Or %s", near, hint)
		}
		return p, &usageError{problem: fmt.Sprintf("there is no profile %q in %s", name, config.path()), hint: hint}
	}
	c.profile, c.identifier, c.source = p.name, p.identifier, "profile "+p.name
	switch p.keyIn {
	case keyInFile:
		c.keySource = config.keyPath(p.name)
		c.key, err = readKeyFile(o.env, c.keySource)
	case keyInKeyring, "":
		c.keySource = "the system keyring"
		if c.key, err = o.keyring.get(p.name); err != nil {
			hint := "log in again with `crisphost login --profile " + p.name + "`"
			if !errors.Is(err, errNoSecret) {
				hint += ", with --insecure-storage where there is no keyring"
			}
			err = &usageError{problem: fmt.Sprintf("the key of profile %q cannot be read from the system keyring: %v", p.name, err), hint: hint}
		}
	default:
		err = &usageError{problem: fmt.Sprintf("%s: the key of profile %q is in %q", config.path(), p.name, p.keyIn), hint: `write key = "keyring" or key = "file"`}
	}
	return p, err
}

// keyFromFile reads the key that --key-file names.
func (o *connectOptions) keyFromFile(path string) (string, error) {
	if path != "-" {
		key, err := readKeyFile(o.env, path)
		if err == nil && key == "" {
			err = &usageError{problem: path + " is empty", hint: "it must hold the key"}
		}
		return key, err
	}
	text, err := io.ReadAll(io.LimitReader(o.io.in, 1<<16))
	if err != nil {
		return "", fmt.Errorf("cannot read the key from standard input: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// check names what is missing or cannot be right.
func (c credentials) check(hint string) error {
	var missing []string
	if c.identifier == "" {
		missing = append(missing, "the identifier ("+envIdentifier+" or --identifier)")
	}
	if c.key == "" {
		missing = append(missing, "the key ("+envKey+" or --key-file)")
	}
	if c.websiteID == "" && c.tier == spec.TierWebsite {
		missing = append(missing, "the website id ("+envWebsite+" or --website)")
	}
	if len(missing) > 0 {
		return &usageError{
			problem: "the credentials from " + c.source + " are not complete: " + strings.Join(missing, " and ") + " missing",
			hint:    hint,
		}
	}
	if c.websiteID != "" && !isUUID(c.websiteID) {
		return &usageError{problem: fmt.Sprintf("%q is not a website id", c.websiteID), hint: "it looks like 8c842203-7ed8-4e29-a608-7cf78a7d2fcc; Crisp shows it in the workspace's settings"}
	}
	return nil
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range s {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return true
}

var tierNames = [...]string{"website", "plugin", "user"}

func parseTier(name string) (spec.Tiers, error) {
	switch name {
	case "website":
		return spec.TierWebsite, nil
	case "plugin":
		return spec.TierPlugin, nil
	case "user":
		return spec.TierUser, nil
	}
	hint := "it is website, plugin or user"
	if near := nearest.To(name, tierNames[:]); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return 0, &usageError{problem: fmt.Sprintf("unknown token tier %q", name), hint: hint}
}

// tierList names the tiers of a set.
func tierList(ts spec.Tiers) string {
	var names []string
	for _, name := range tierNames {
		if t, _ := parseTier(name); ts.Has(t) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
