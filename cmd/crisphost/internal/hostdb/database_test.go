package hostdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestDatabaseAddress(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Chdir(home)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, flag, env, setting, want, problem, hint string }{
		{name: "flag", flag: "sqlite:/a/b.db", env: "sqlite:/c", want: "sqlite:/a/b.db"},
		{name: "environment", env: "postgres://u:p@h/n", want: "postgres://u:p@h/n"},
		{name: "default", want: "sqlite:" + filepath.Join(home, "state", "host.db")},
		{name: "configuration", setting: "postgres://h/n", want: "postgres://h/n"},
		{name: "environment before configuration", env: "sqlite:/a", setting: "postgres://h/n", want: "sqlite:/a"},
		{name: "beside the configuration", setting: "sqlite:b.db", want: "sqlite:" + filepath.Join(home, "config", "b.db")},
		{name: "wrong configuration", setting: "b.db", problem: `config.toml: serve.db "b.db" is not`, hint: "sqlite:b.db"},
		{name: "relative", flag: "sqlite:b.db", want: "sqlite:" + filepath.Join(here, "b.db")},
		{name: "URL", flag: "sqlite:///a/b.db", want: "sqlite:/a/b.db"},
		{name: "home", flag: "sqlite:~/b.db", want: "sqlite:" + filepath.Join(home, "b.db")},
		{name: "other name", flag: "postgresql://h/n", want: "postgresql://h/n"},
		{name: "path", flag: "b.db", problem: `--db "b.db" is not`, hint: "sqlite:b.db"},
		{name: "absolute path", env: "/a/b.db", problem: `$CRISPHOST_DB "/a/b.db" is not`, hint: "sqlite:/a/b.db"},
		{name: "two slashes", flag: "sqlite://b.db", problem: "names no file", hint: "sqlite:b.db"},
		{name: "no path", flag: "sqlite:", problem: "names no file", hint: "sqlite:PATH"},
		{name: "other kind", flag: "mysql://u:secret@h/n", problem: `unknown kind of database, "mysql"`, hint: "postgres://"},
		{name: "no slashes", flag: "postgres:u:secret@h/n", problem: "--db is not", hint: "postgres://"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := filepath.Join(home, "config")
			if err := settings.WritePrivate(filepath.Join(config, "config.toml"), fmt.Appendf(nil, "[serve]\ndb = %q\n", test.setting)); err != nil {
				t.Fatal(err)
			}
			env := func(name string) (string, bool) {
				value, ok := map[string]string{EnvDatabase: test.env, "CRISPHOST_STATE_DIR": filepath.Join(home, "state"), "CRISPHOST_CONFIG_DIR": config}[name]
				return value, ok
			}
			got, err := address(env, test.flag)
			var usage *usage.Error
			switch {
			case test.problem == "" && (err != nil || got != test.want):
				t.Fatalf("%q, %v; want %q", got, err, test.want)
			case test.problem != "" && !errors.As(err, &usage):
				t.Fatalf("%q, %v; want a usage error", got, err)
			case usage != nil && (!strings.Contains(usage.Problem, test.problem) || !strings.Contains(usage.Hint, test.hint)):
				t.Fatalf("%q, hint %q", usage.Problem, usage.Hint)
			case usage != nil && strings.Contains(usage.Problem+usage.Hint, "secret"):
				t.Fatalf("the password is shown: %q, hint %q", usage.Problem, usage.Hint)
			}
		})
	}
}

func TestOpenHost(t *testing.T) {
	dir := t.TempDir()
	environment := map[string]string{}
	env := func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	newer := filepath.Join(dir, "newer.db")
	demo := filepath.Join(dir, "sandbox.db")
	for _, path := range []string{newer, demo} {
		db, err := Make(t.Context(), env, "sqlite:"+path)
		if err != nil {
			t.Fatal(err)
		}
		if path == newer {
			_, err = db.SQL().ExecContext(t.Context(), "UPDATE crisphost_schema SET version = 99, compatible_from = 99")
		}
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, address, problem, hint string
		is                           error
	}{
		{"missing", "sqlite:" + filepath.Join(dir, "no", "host.db"), "no host has run here yet", "crisphost serve", os.ErrNotExist},
		{"empty", "sqlite:" + write("empty.db", ""), "no host has run here yet", "crisphost serve", state.ErrMissing},
		{"directory", "sqlite:" + dir, "is a directory", "", nil},
		{"other file", "sqlite:" + write("text.db", strings.Repeat("This is no database. ", 100)), "not a sound SQLite database", "--db", state.ErrDamaged},
		{"newer", "sqlite:" + newer, "made by a newer crisphost", "update", state.ErrNewer},
		{"no server", "postgres://u:secret@127.0.0.1:1/n?password=secret", "does not answer", "see that it runs", state.ErrUnreachable},
		{"no port", "postgres://u:secret@127.0.0.1:port/n", "cannot parse", "see that the address is right", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db, err := (&Options{Env: env, Address: test.address}).Open(t.Context())
			if err == nil {
				_ = db.Close()
			}
			var usage *usage.Error
			if !errors.As(err, &usage) || !strings.Contains(usage.Problem, test.problem) || !strings.Contains(usage.Hint, test.hint) || test.is != nil && !errors.Is(err, test.is) {
				t.Fatalf("%#v", err)
			}
			if strings.Contains(usage.Problem+usage.Hint, "secret") {
				t.Errorf("the password is shown: %s", usage.Problem)
			}
			if strings.Contains(usage.Problem, "\n") {
				t.Errorf("more than a line: %q", usage.Problem)
			}
		})
	}
	// Demo data is apart, and told of where it is all there is.
	environment["CRISPHOST_STATE_DIR"], environment["CRISPHOST_CONFIG_DIR"] = dir, dir
	var usage *usage.Error
	if _, err := (&Options{Env: env}).Open(t.Context()); !errors.As(err, &usage) || !strings.HasPrefix(usage.Hint, "add --sandbox") {
		t.Errorf("%#v", err)
	}
	environment[EnvDatabase] = "sqlite:" + filepath.Join(dir, "other.db")
	db, err := (&Options{Env: env, Sandbox: true}).Open(t.Context())
	if err != nil || db.Path() != demo || db.Close() != nil {
		t.Errorf("%v", err)
	}
	if err := os.Remove(demo); err != nil {
		t.Fatal(err)
	}
	if _, err := (&Options{Env: env, Sandbox: true}).Open(t.Context()); !errors.As(err, &usage) || !strings.Contains(usage.Hint, "leaves the database of $"+EnvDatabase+" alone") {
		t.Errorf("%#v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "no")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the missing database was made: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "empty.db")); err != nil || info.Size() != 0 {
		t.Errorf("the empty file was filled: %v, %v", info, err)
	}
}

// TestMakeDatabase makes the state directory, and no other one: that may be a mistyped path.
func TestMakeDatabase(t *testing.T) {
	home := t.TempDir()
	own := filepath.Join(home, "deep", "state")
	env := func(name string) (string, bool) { return own, name == "CRISPHOST_STATE_DIR" }
	db, err := Make(t.Context(), env, "sqlite:"+filepath.Join(own, "host.db"))
	if err != nil || db.Close() != nil {
		t.Fatal(err)
	}
	other := filepath.Join(home, "other")
	var usage *usage.Error
	if _, err := Make(t.Context(), env, "sqlite:"+filepath.Join(other, "a.db")); !errors.As(err, &usage) || !strings.Contains(usage.Problem, "the directory "+other+" does not exist") || usage.Hint == "" {
		t.Errorf("%#v", err)
	}
	if _, err := os.Stat(other); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
}
