package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"github.com/crisphost/crisphost/internal/nearest"
)

// configFile is the file of profiles and of a host's settings:
//
//	[profiles.default]
//	identifier = "..."
//	tier = "website"
//	website_id = "..."
//	key = "keyring" # or "file", for keys/default beside this file
//
//	[serve]
//	db = "postgres://..."
//	keep_age = "90d"
type configFile struct {
	dir  string
	tree *koanf.Koanf
}

// profile is one set of credentials without its key.
type profile struct {
	name, identifier, tier, websiteID string
	// keyIn is keyInKeyring or keyInFile.
	keyIn string
}

const (
	keyInKeyring = "keyring"
	keyInFile    = "file"
)

const defaultProfile = "default"

// loadConfig reads the configuration. A file that is not there is an empty one.
func loadConfig(env env) (*configFile, error) {
	dir, err := configDir(env)
	if err != nil {
		return nil, err
	}
	c := &configFile{dir: dir, tree: koanf.New(".")}
	err = c.tree.Load(file.Provider(c.path()), toml.Parser())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &usageError{problem: fmt.Sprintf("%s: %v", c.path(), err), hint: "mend the file, or remove it and log in again", err: err}
	}
	return c, c.check()
}

func (c *configFile) path() string { return filepath.Join(c.dir, "config.toml") }

func (c *configFile) keyPath(profile string) string { return filepath.Join(c.dir, "keys", profile) }

// The settings of the file. Those of a host are the flags of serve, with _ for -.
var (
	profileFields = []string{"identifier", "tier", "website_id", "key"}
	serveFields   = []string{
		"addr", "db", "drain", "keep_age", "keep_runs", "log_format", "log_level", "name", "rate", "timeout", "token_file", "workers",
	}
)

// check refuses what a typing mistake would silently leave out.
func (c *configFile) check() error {
	for _, key := range c.tree.Keys() {
		parts := strings.Split(key, ".")
		fields, holds := profileFields, "a profile holds "
		if parts[0] == "serve" {
			fields, holds = serveFields, "[serve] holds "
		}
		last := parts[len(parts)-1]
		if (len(parts) == 3 && parts[0] == "profiles" || len(parts) == 2 && parts[0] == "serve") && slices.Contains(fields, last) {
			continue
		}
		hint := holds + strings.Join(fields, ", ")
		if near := nearest.To(last, fields); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return &usageError{problem: fmt.Sprintf("%s: unknown setting %s", c.path(), key), hint: hint}
	}
	return nil
}

// serve is a host's setting as text, and whether it is there.
func (c *configFile) serve(field string) (string, bool) {
	at := "serve." + field
	return c.tree.String(at), c.tree.Exists(at)
}

// profiles lists the names in alphabetical order.
func (c *configFile) profiles() []string { return c.tree.MapKeys("profiles") }

func (c *configFile) profile(name string) (profile, bool) {
	at := "profiles." + name
	p := profile{
		name:       name,
		identifier: c.tree.String(at + ".identifier"),
		tier:       c.tree.String(at + ".tier"),
		websiteID:  c.tree.String(at + ".website_id"),
		keyIn:      c.tree.String(at + ".key"),
	}
	return p, c.tree.Exists(at)
}

// save writes a profile to the file.
func (c *configFile) save(p profile) error {
	values := map[string]any{"identifier": p.identifier, "tier": p.tier, "key": p.keyIn}
	if p.websiteID != "" {
		values["website_id"] = p.websiteID
	}
	c.tree.Delete("profiles." + p.name)
	if err := c.tree.Set("profiles."+p.name, values); err != nil {
		return err
	}
	return c.write()
}

func (c *configFile) remove(name string) error {
	c.tree.Delete("profiles." + name)
	return c.write()
}

func (c *configFile) write() error {
	text, err := c.tree.Marshal(toml.Parser())
	if err != nil {
		return err
	}
	return writePrivate(c.path(), text)
}

// writePrivate writes a file that only its owner can read, whole or not at all.
func writePrivate(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return cannotWrite(path, err)
	}
	// CreateTemp makes files of mode 0600.
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return cannotWrite(path, err)
	}
	defer os.Remove(f.Name()) // fails after the rename, as it should
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

func cannotWrite(path string, err error) error {
	return &usageError{problem: fmt.Sprintf("cannot write %s: %v", path, err), hint: "choose another directory with CRISPHOST_CONFIG_DIR", err: err}
}

// checkProfileName keeps names usable as a file's name and as a TOML key.
func checkProfileName(name string) error {
	ok := name != ""
	for _, c := range name {
		ok = ok && (c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
	}
	if !ok {
		return &usageError{problem: fmt.Sprintf("%q cannot be the name of a profile", name), hint: "use letters, digits, - and _"}
	}
	return nil
}
