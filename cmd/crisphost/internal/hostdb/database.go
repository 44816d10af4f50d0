// Package hostdb finds and opens the database of a host, and warns when no host works on it.
package hostdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/scripts/state"
)

// EnvDatabase names the database of the host for all commands that use it.
const EnvDatabase = "CRISPHOST_DB"

// addressHint tells how addresses of databases are written.
const addressHint = "write sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME"

// address is the address of the host's database: that of the flag, of the environment, of the configuration, or of a file in
// the state directory. A SQLite file's path is absolute in it.
func address(env settings.Env, flag string) (string, error) {
	config, err := settings.Load(env)
	if err != nil {
		return "", err
	}
	setting, _ := config.Serve("db")
	for _, choice := range []struct{ from, address, base string }{
		{"--db", flag, "."}, {"$" + EnvDatabase, env.Get(EnvDatabase), "."}, {config.Path() + ": serve.db", setting, config.Dir},
	} {
		if choice.address != "" {
			return parseAddress(choice.from, choice.address, choice.base)
		}
	}
	dir, err := settings.StateDir(env)
	if err != nil {
		return "", err
	}
	return parseAddress("the state directory", "sqlite:"+filepath.Join(dir, "host.db"), ".")
}

// Default tells which database it is without --db.
const Default = "(default $" + EnvDatabase + ", the configuration's serve.db, then a file in the state directory; with --sandbox always a file of its own there)"

// Options are the flags by which commands find the database of a host.
type Options struct {
	Env     settings.Env
	Address string
	Sandbox bool
}

// Register adds the flags to a command.
func (o *Options) Register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.Address, "db", "", "`address` of the host's database, sqlite:PATH or postgres://... "+Default)
	cmd.Flags().BoolVar(&o.Sandbox, "sandbox", false, "the database of a host that serves demo data")
	_ = cmd.RegisterFlagCompletionFunc("db", cobra.FixedCompletions([]string{"sqlite:", "postgres://"}, cobra.ShellCompDirectiveNoSpace|cobra.ShellCompDirectiveNoFileComp))
}

// Resolve is the address of the database of a host with these flags. Demo data has a database of its own: what a script
// remembers of it means nothing elsewhere.
func (o *Options) Resolve() (string, error) {
	if !o.Sandbox || o.Address != "" {
		return address(o.Env, o.Address)
	}
	dir, err := settings.StateDir(o.Env)
	if err != nil {
		return "", err
	}
	return parseAddress("the state directory", "sqlite:"+filepath.Join(dir, "sandbox.db"), ".")
}

// LeftAlone is what names a database that these flags leave alone, or "".
func (o *Options) LeftAlone() string {
	if !o.Sandbox || o.Address != "" {
		return ""
	}
	if o.Env.Get(EnvDatabase) != "" {
		return "$" + EnvDatabase
	}
	if config, err := settings.Load(o.Env); err == nil {
		if setting, _ := config.Serve("db"); setting != "" {
			return config.Path() + ": serve.db"
		}
	}
	return ""
}

// parseAddress checks an address. From tells where it stands, and base is the directory that a file's path starts from.
func parseAddress(from, address, base string) (string, error) {
	wrong := func(problem, hint string) error {
		return &usage.Error{Problem: from + problem, Hint: hint}
	}
	scheme, rest, ok := strings.Cut(address, ":")
	switch {
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		if !strings.HasPrefix(rest, "//") {
			return "", wrong(" is not the address of a database", addressHint)
		}
		return address, nil
	case !ok || scheme != "sqlite":
		if !ok || filepath.IsAbs(address) || len(scheme) == 1 { // one letter is a drive
			return "", wrong(fmt.Sprintf(" %q is not the address of a database", address), fmt.Sprintf("a file is written sqlite:%s, a server postgres://USER:PASSWORD@HOST/NAME", address))
		}
		return "", wrong(fmt.Sprintf(" names an unknown kind of database, %q", scheme), addressHint)
	}
	if path, ok := strings.CutPrefix(rest, "//"); ok && !strings.HasPrefix(path, "/") {
		return "", wrong(fmt.Sprintf(" %q names no file", address), "a path follows sqlite: without slashes of its own: sqlite:"+path)
	}
	// No shell expands it behind a colon.
	if below, ok := strings.CutPrefix(rest, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", wrong(fmt.Sprintf(" %q names no file: %v", address, err), "write the whole path")
		}
		rest = filepath.Join(home, below)
	}
	if rest == "" {
		return "", wrong(" sqlite: names no file", "write sqlite:PATH")
	}
	if !filepath.IsAbs(rest) {
		rest = filepath.Join(base, rest)
	}
	path, err := filepath.Abs(rest)
	if err != nil {
		return "", err
	}
	return "sqlite:" + path, nil
}

// Make opens the database at an address, and makes it when it is missing.
func Make(ctx context.Context, env settings.Env, address string) (*state.DB, error) {
	// No directory but our own is made: another one may be a mistyped path.
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		if dir, err := settings.StateDir(env); err == nil && filepath.Dir(path) == filepath.Clean(dir) {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return nil, Explain(address, err)
			}
		}
	}
	return openDatabase(ctx, state.Open, address)
}

func openDatabase(ctx context.Context, open func(context.Context, string) (*state.DB, error), address string) (*state.DB, error) {
	db, err := open(ctx, address)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, Explain(address, err)
	}
	return db, nil
}

// Open opens the database of a host that has run before, whether it runs now or not. It is neither made nor changed.
func (o *Options) Open(ctx context.Context) (*state.DB, error) {
	address, err := o.Resolve()
	if err != nil {
		return nil, err
	}
	db, err := openDatabase(ctx, state.OpenExisting, address)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, o.noHost(address, "there is no database "+ShowAddress(address), err)
	case errors.Is(err, state.ErrMissing):
		return nil, o.noHost(address, ShowAddress(address)+" holds none of its tables", err)
	case err != nil:
		return nil, err
	}
	if err := db.ReadClock(ctx); err != nil {
		return nil, errors.Join(Explain(address, err), db.Close())
	}
	return db, nil
}

// noHost is the error that no host has used a database.
func (o *Options) noHost(address, detail string, err error) error {
	hint := o.otherDatabase(strings.TrimPrefix(address, "sqlite:")) + "start a host with `crisphost serve DIR`, or name the database of another one with --db or $" + EnvDatabase
	if left := o.LeftAlone(); left != "" {
		hint = "--sandbox leaves the database of " + left + " alone: start a host with `crisphost serve --sandbox DIR`, or name the database with --db"
	}
	return &usage.Error{Problem: "no host has run here yet: " + detail, Hint: hint, Err: err}
}

// otherDatabase is a hint at the database of demo data for somebody who started a host with --sandbox and asks without.
func (o *Options) otherDatabase(path string) string {
	demo, err := (&Options{Env: o.Env, Sandbox: true}).Resolve()
	if demo = strings.TrimPrefix(demo, "sqlite:"); err != nil || o.Sandbox || filepath.Dir(path) != filepath.Dir(demo) {
		return ""
	}
	if _, err := os.Stat(demo); err != nil {
		return ""
	}
	return "add --sandbox for the host on demo data; or "
}

// Explain tells what a user can do about an error of the database at an address.
func Explain(address string, err error) error {
	text := state.OneLine(err.Error()) // a server that has several addresses fails on several lines
	e := &usage.Error{Problem: ShowAddress(address) + ": " + text, Err: err}
	for _, known := range []struct {
		err           error
		problem, hint string
	}{
		{state.ErrOlder, "the database was made by an older crisphost", "use the version of its host, or start a host of this one, which brings the database up to date"},
		{state.ErrNewer, "the database was made by a newer crisphost", "update this one, or name another database with --db"},
		{state.ErrLocked, "the database is locked by another process", "end it, or wait until it has finished"},
		{state.ErrFull, "there is no space left for the database", "free some, then run again"},
		{state.ErrDamaged, "the file is not a sound SQLite database", "name another file with --db, restore this one from a copy, or move it away to begin anew"},
		{state.ErrConnections, "the database server takes no more connections", state.ConnectionsHint},
		{state.ErrUnreachable, "the database server does not answer", "see that it runs and that the address is right"},
	} {
		if errors.Is(err, known.err) {
			details := strings.TrimPrefix(text, known.err.Error())
			e.Problem, e.Hint = fmt.Sprintf("%s: %s%s", ShowAddress(address), known.problem, details), known.hint
			return e
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(address, "sqlite:"):
		dir := filepath.Dir(ShowAddress(address))
		e.Problem, e.Hint = fmt.Sprintf("%s: the directory %s does not exist", ShowAddress(address), dir), "see that the path is right, or make the directory first"
	case errors.Is(err, fs.ErrPermission):
		e.Hint = "run as the user that the host runs as, or name another database with --db"
	case !strings.HasPrefix(address, "sqlite:"):
		e.Hint = "see that the address is right: the user, the password, the name of the database and the parameters"
	}
	return e
}

// ShowAddress is an address without its password.
func ShowAddress(address string) string {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return path
	}
	u, err := url.Parse(address)
	if err != nil {
		return "the database"
	}
	// A password may stand among the parameters, too.
	u.RawQuery = ""
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}
