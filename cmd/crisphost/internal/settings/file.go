// Package settings reads and writes the configuration file, and finds the directories of the configuration and of the state.
package settings

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

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/nearest"
)

// File is the file of profiles and of a host's settings:
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
//	max_memory = "512MiB"
//	allow_env = ["SLACK_URL", "CRM_*"]
type File struct {
	Dir  string
	tree *koanf.Koanf
}

// Profile is one set of credentials without its key.
type Profile struct {
	Name, Identifier, Tier, WebsiteID string
	// KeyIn is KeyInKeyring or KeyInFile.
	KeyIn string
}

// Where a key is.
const (
	KeyInKeyring = "keyring"
	KeyInFile    = "file"
)

// DefaultProfile is the profile that is used unless another one is named.
const DefaultProfile = "default"

// Load reads the configuration. A file that is not there is an empty one.
func Load(env Env) (*File, error) {
	dir, err := ConfigDir(env)
	if err != nil {
		return nil, err
	}
	c := &File{Dir: dir, tree: koanf.New(".")}
	err = c.tree.Load(file.Provider(c.Path()), toml.Parser())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &usage.Error{Problem: fmt.Sprintf("%s: %v", c.Path(), err), Hint: "mend the file, or remove it and log in again", Err: err}
	}
	return c, c.check()
}

// Path returns where the file is.
func (c *File) Path() string { return filepath.Join(c.Dir, "config.toml") }

// KeyPath returns where the key of a profile is kept without a keyring.
func (c *File) KeyPath(profile string) string { return filepath.Join(c.Dir, "keys", profile) }

// The settings of the file. Those of a host are the flags of serve, with _ for -.
var (
	profileFields = []string{"identifier", "tier", "website_id", "key"}
	ServeFields   = []string{
		"addr", "allow_env", "answer_size", "db", "drain", "files_size", "follow_symlinks", "keep_age", "keep_runs", "log_format", "log_level",
		"log_lines", "log_rate", "log_size", "max_db_size", "max_memory", "max_timeout", "name", "no_login", "permissions", "rate", "store_keys",
		"store_size", "timeout", "token_file", "trusted_proxy", "user_header", "workers",
	}
)

// check refuses what a typo would silently leave out.
func (c *File) check() error {
	for _, key := range c.tree.Keys() {
		parts := strings.Split(key, ".")
		fields, holds := profileFields, "a profile holds "
		if parts[0] == "serve" {
			fields, holds = ServeFields, "[serve] holds "
		}
		last := parts[len(parts)-1]
		if (len(parts) == 3 && parts[0] == "profiles" || len(parts) == 2 && parts[0] == "serve") && slices.Contains(fields, last) {
			continue
		}
		hint := holds + strings.Join(fields, ", ")
		if near := nearest.To(last, fields); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return &usage.Error{Problem: fmt.Sprintf("%s: unknown setting %s", c.Path(), key), Hint: hint}
	}
	return nil
}

// Serve returns a host's setting as text, and whether it is there. The items of a list have blanks between them.
func (c *File) Serve(field string) (string, bool) {
	at := "serve." + field
	if _, isList := c.tree.Get(at).([]any); isList && slices.Contains([]string{"allow_env", "permissions", "trusted_proxy"}, field) {
		return strings.Join(c.tree.Strings(at), " "), true
	}
	return c.tree.String(at), c.tree.Exists(at)
}

// Profiles lists the names in alphabetical order.
func (c *File) Profiles() []string { return c.tree.MapKeys("profiles") }

// Profile returns the profile of a name, and whether there is one.
func (c *File) Profile(name string) (Profile, bool) {
	at := "profiles." + name
	p := Profile{
		Name:       name,
		Identifier: c.tree.String(at + ".identifier"),
		Tier:       c.tree.String(at + ".tier"),
		WebsiteID:  c.tree.String(at + ".website_id"),
		KeyIn:      c.tree.String(at + ".key"),
	}
	return p, c.tree.Exists(at)
}

// Save writes a profile to the file.
func (c *File) Save(p Profile) error {
	values := map[string]any{"identifier": p.Identifier, "tier": p.Tier, "key": p.KeyIn}
	if p.WebsiteID != "" {
		values["website_id"] = p.WebsiteID
	}
	c.tree.Delete("profiles." + p.Name)
	if err := c.tree.Set("profiles."+p.Name, values); err != nil {
		return err
	}
	return c.write()
}

// Remove removes a profile from the file.
func (c *File) Remove(name string) error {
	c.tree.Delete("profiles." + name)
	return c.write()
}

func (c *File) write() error {
	text, err := c.tree.Marshal(toml.Parser())
	if err != nil {
		return err
	}
	return WritePrivate(c.Path(), text)
}

// WritePrivate writes a file that only its owner can read, whole or not at all.
func WritePrivate(path string, text []byte) error {
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
	return &usage.Error{Problem: fmt.Sprintf("cannot write %s: %v", path, err), Hint: "choose another directory with CRISPHOST_CONFIG_DIR", Err: err}
}

// CheckProfileName keeps names usable as a file's name and as a TOML key.
func CheckProfileName(name string) error {
	ok := name != ""
	for _, c := range name {
		ok = ok && (c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
	}
	if !ok {
		return &usage.Error{Problem: fmt.Sprintf("%q cannot be the name of a profile", name), Hint: "use letters, digits, - and _"}
	}
	return nil
}
