//go:build unix

package serve

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/limits"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
)

// TestSettings compares the configuration's settings with the flags.
func TestSettings(t *testing.T) {
	flags := NewCmdServe(&cmdutil.Factory{}, nil).Flags()
	for _, field := range settings.ServeFields {
		if flags.Lookup(limits.FlagOf(field)) == nil {
			t.Errorf("serve.%s sets no flag", field)
		}
	}
}

func TestSettingsOrder(t *testing.T) {
	config := t.TempDir()
	if err := os.WriteFile(filepath.Join(config, "config.toml"), []byte("[serve]\nworkers = 3\nkeep_age = \"90d\"\ntimeout = \"5m\"\nrate = 2.5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &cmdutil.Factory{}
	f.Env = func(name string) (string, bool) { return config, name == "CRISPHOST_CONFIG_DIR" }
	o, cmd := newOptions(f), &cobra.Command{}
	o.register(cmd)
	if err := cmd.ParseFlags([]string{"--workers", "5"}); err != nil {
		t.Fatal(err)
	}
	if err := limits.Apply(f.Env, cmd.Flags()); err != nil {
		t.Fatal(err)
	}
	if o.workers != 5 || o.keepAge != limits.Age(90*24*time.Hour) || o.timeout != 5*time.Minute || o.rate != 2.5 || o.keepRuns != 1000 {
		t.Errorf("%+v", o)
	}
	if err := os.WriteFile(filepath.Join(config, "config.toml"), []byte("[serve]\nworkers = 4\nkeep_age = \"1h\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := reread(f, o, cmd.Flags())
	if err != nil || again.workers != 5 || again.keepAge != limits.Age(time.Hour) || again.timeout != time.Hour {
		t.Errorf("read again: %+v, %v", again, err)
	}
	for _, wrong := range []string{"keep_age = \"a while\"", "workers = 0", "adr = \"x\"", "db = 3 4"} {
		if err := os.WriteFile(filepath.Join(config, "config.toml"), []byte("[serve]\n"+wrong+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := reread(f, o, NewCmdServe(f, nil).Flags()); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

// TestFlagsAreReadAgain has flags keep their values when the configuration is read again.
func TestFlagsAreReadAgain(t *testing.T) {
	config := t.TempDir()
	f := &cmdutil.Factory{}
	f.Env = func(name string) (string, bool) { return config, name == "CRISPHOST_CONFIG_DIR" }
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(config, "config.toml"), []byte("[serve]\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("max_timeout = \"1h\"\nallow_env = [\"LISTED\"]\n")
	o, cmd := newOptions(f), &cobra.Command{}
	o.register(cmd)
	if err := cmd.ParseFlags([]string{"--keep-age", "90m", "--max-memory", "1536MiB", "--env", "A,B_*", "--env", "C", "--permissions", ""}); err != nil {
		t.Fatal(err)
	}
	if err := limits.Apply(f.Env, cmd.Flags()); err != nil {
		t.Fatal(err)
	}
	again, err := reread(f, o, cmd.Flags())
	if err != nil {
		t.Fatal(err)
	}
	if !again.limits.Same(&o.limits) {
		t.Errorf("%+v, and before %+v", again.limits, o.limits)
	}
	bounds := again.limits.Limits()
	if again.keepAge != limits.Age(90*time.Minute) || bounds.MaxMemory != 1536<<20 || bounds.MaxTimeout != time.Hour ||
		strings.Join(bounds.AllowEnv, " ") != "A B_* C" || bounds.Permissions == nil || len(bounds.Permissions) != 0 {
		t.Errorf("%+v, %+v", again, bounds)
	}
	write("max_timeout = \"2h\"\n")
	if again, err = reread(f, o, cmd.Flags()); err != nil || again.limits.Same(&o.limits) || time.Duration(again.limits.MaxTimeout) != 2*time.Hour {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestPageURL is an address that a browser can open.
func TestPageURL(t *testing.T) {
	for address, want := range map[string]string{"127.0.0.1:0": "http://127.0.0.1:", "0.0.0.0:0": "http://localhost:", ":0": "http://localhost:"} {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		p := &page{listen: listener}
		if url := p.url(); !strings.HasPrefix(url, want) || strings.HasSuffix(url, ":0") {
			t.Errorf("%s: %s", address, url)
		}
		p.close()
	}
}
