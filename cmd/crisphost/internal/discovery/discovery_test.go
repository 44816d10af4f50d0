package discovery

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFind(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "of", "this")
	env := func(name string) (string, bool) { return dir, name == "CRISPHOST_STATE_DIR" }
	urls := func() (urls []string) {
		t.Helper()
		found, err := Find(env)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found {
			urls = append(urls, s.URL+" "+s.Command)
		}
		return urls
	}
	if got := urls(); got != nil {
		t.Errorf("in an empty directory: %q", got)
	}
	older, err := Announce(env, "http://127.0.0.1:1/v1/", "serve")
	if err != nil {
		t.Fatal(err)
	}
	newer, err := Announce(env, "http://127.0.0.1:2/v1/", "repl")
	if err != nil {
		t.Fatal(err)
	}
	// A process that was killed leaves a file that nobody locks.
	left := filepath.Join(dir, "sandboxes", "1-1.json")
	if err := os.WriteFile(left, []byte(`{"url":"http://127.0.0.1:3/v1/"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := urls(); len(got) != 2 || got[0] != "http://127.0.0.1:2/v1/ repl" || got[1] != "http://127.0.0.1:1/v1/ serve" {
		t.Errorf("found %q", got)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("what was left over is still there: %v", err)
	}
	newer()
	if got := urls(); len(got) != 1 || got[0] != "http://127.0.0.1:1/v1/ serve" {
		t.Errorf("after one has ended: %q", got)
	}
	older()
	if left, err := os.ReadDir(filepath.Dir(filepath.Dir(filepath.Dir(dir)))); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
