// Package tokens finds the tokens of a host's page: those that its operator gave, or one that the first host made.
package tokens

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/limits"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/scripts/console"
)

// Set is the tokens of a page.
type Set struct {
	Tokens []console.Token
	// File has them, or is empty.
	File string
	// Own tells that nobody gave them: they are those of the file in the state directory.
	Own bool
}

// Load reads the tokens of a file, of the environment when there is none, or else of the file in the state directory, which need not be
// there.
func Load(env settings.Env, file string) (*Set, error) {
	if file == "" {
		if text := env.Get(limits.EnvToken); strings.TrimSpace(text) != "" {
			return parse(&Set{}, "$"+limits.EnvToken, text)
		}
		own, err := ownFile(env)
		if err != nil {
			return nil, err
		}
		s := &Set{File: own, Own: true}
		text, err := connect.ReadKeyFile(env, own)
		if errors.Is(err, fs.ErrNotExist) {
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		return parse(s, own, text)
	}
	text, err := connect.ReadKeyFile(env, file)
	if err != nil {
		return nil, err
	}
	return parse(&Set{File: file}, file, text)
}

func parse(s *Set, from, text string) (*Set, error) {
	var err error
	if s.Tokens, err = console.ParseTokens(text); err == nil && len(s.Tokens) == 0 {
		err = errors.New("there is no token")
	}
	if err != nil {
		return nil, &usage.Error{Problem: from + ": " + err.Error(), Hint: "each line is a token, name:token, or name:token:read for one that changes nothing", Err: err}
	}
	return s, nil
}

func ownFile(env settings.Env) (string, error) {
	dir, err := settings.StateDir(env)
	return filepath.Join(dir, "console-token"), err
}

// Make is Load, and makes the file in the state directory when it is wanted and not there. Hosts that do so at the same time agree.
func Make(env settings.Env, file string) (*Set, error) {
	s, err := Load(env, file)
	if err != nil || len(s.Tokens) > 0 {
		return s, err
	}
	dir := filepath.Dir(s.File)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, cannotMake(s.File, err)
	}
	// CreateTemp makes files of mode 0600.
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return nil, cannotMake(s.File, err)
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "%s:%s\n", userName(env), rand.Text())
	if err = errors.Join(err, f.Close()); err == nil {
		// Unlike a rename, it fails when another host was faster.
		if err = os.Link(f.Name(), s.File); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	if err != nil {
		return nil, cannotMake(s.File, err)
	}
	return Load(env, file)
}

func cannotMake(path string, err error) error {
	return &usage.Error{
		Problem: fmt.Sprintf("cannot make %s, the token of the page: %v", path, err),
		Hint:    "choose another directory with CRISPHOST_STATE_DIR, name a file with --token-file, or let everybody on this machine in with --no-login", Err: err,
	}
}

// userName is the system's user, as the name of a token.
func userName(env settings.Env) string {
	name := cmp.Or(env.Get("USER"), env.Get("USERNAME"))
	if account, err := user.Current(); err == nil && account.Username != "" {
		name = account.Username
	}
	name = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == ':' || r == '#' {
			return '-'
		}
		return r
	}, name)
	return cmp.Or(name, "owner")
}

// Of returns the token of a name. Without one it is the system's user's, or else the first.
func (s *Set) Of(env settings.Env, name string) (console.Token, error) {
	if len(s.Tokens) == 0 {
		return console.Token{}, &usage.Error{Problem: fmt.Sprintf("there is no %s: no host has made it yet", s.File), Hint: "start one with `crisphost serve DIR`; or name the host's tokens with --token-file or $" + limits.EnvToken}
	}
	names := make([]string, len(s.Tokens))
	for i, t := range s.Tokens {
		names[i] = t.Name
		if t.Name == cmp.Or(name, userName(env)) {
			return t, nil
		}
	}
	if name != "" {
		return console.Token{}, &usage.Error{Problem: fmt.Sprintf("no token is named %q", name), Hint: "there are " + strings.Join(names, ", ")}
	}
	return s.Tokens[0], nil
}
