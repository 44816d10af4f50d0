//go:build unix

package connect

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

func TestModesOfOthers(t *testing.T) {
	t.Chdir("/")
	for _, c := range []struct {
		credentials, path string
		want              os.FileMode
	}{
		{"", "/home/ann/key", 0o077},
		{"", "/run/secrets/key", 0},
		{"", "run/secrets/a/key", 0},
		{"", "/var/run/secrets/key", 0},
		{"", "/run/secretskey", 0o077},
		{"", "/run/secrets/../key", 0o077},
		{"/run/credentials/x", "/run/credentials/x/key", 0o037},
		{"/run/credentials/x", "/run/credentials/y/key", 0o077},
		{".", "/home/ann/key", 0o077},
	} {
		env := func(name string) (string, bool) { return c.credentials, name == "CREDENTIALS_DIRECTORY" }
		if got := modesOfOthers(env, c.path); got != c.want {
			t.Errorf("%s with %q: %04o, want %04o", c.path, c.credentials, got, c.want)
		}
	}
}

// Others may not read a key, except where modes say nothing of that: systemd grants the service by an access list, which shows as the
// group's permission, and container platforms mount secrets for everybody in the container, which is one.
func TestKeyFileModes(t *testing.T) {
	dir := t.TempDir()
	other := t.TempDir()
	for _, c := range []struct {
		dir  string
		mode os.FileMode
		fine bool
	}{
		{dir, 0o440, true}, {dir, 0o400, true}, {dir, 0o444, false}, {other, 0o440, false}, {other, 0o600, true},
	} {
		env := func(name string) (string, bool) { return dir, name == "CREDENTIALS_DIRECTORY" }
		path := filepath.Join(c.dir, "key")
		if err := os.WriteFile(path, []byte("secret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		key, err := ReadKeyFile(env, path)
		var usage *usage.Error
		if (err == nil) != c.fine || c.fine && key != "secret" || err != nil && !errors.As(err, &usage) {
			t.Errorf("%v in %s: %q, %v", c.mode, c.dir, key, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
