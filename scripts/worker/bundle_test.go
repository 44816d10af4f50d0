//go:build unix

package worker_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/scripts/worker"
)

// TestVersionsStayInTheirDirectory has versions whose files would be written elsewhere.
func TestVersionsStayInTheirDirectory(t *testing.T) {
	dir := t.TempDir()
	p := newPool(t, worker.Options{Bundles: filepath.Join(dir, "a", "bundles")})
	for _, name := range []string{"../escaped.lua", "/escaped.lua", "lib/../../escaped.lua", "", ".", "lib//escaped.lua", "nul\x00.lua"} {
		j := job(t, "main.lua", `print("ran")`, name, "print(1)")
		outcome, _ := run(t, p, j)
		if outcome.Error == nil || outcome.Error.Kind != "worker" || !strings.Contains(outcome.Error.Message, "is not below the directory") {
			t.Errorf("%q: %s, %+v", name, outcome.State, outcome.Error)
		}
		// As the entry too.
		j = job(t, "main.lua", `print("ran")`)
		j.Program.Files[name], j.Program.Entry = j.Program.Files["main.lua"], name
		if outcome, _ := run(t, p, j); outcome.Error == nil {
			t.Errorf("the entry %q ran", name)
		}
	}
	for _, hash := range []string{".", "..", "../other", "/tmp/other", "a/b"} {
		j := job(t, "main.lua", `print("ran")`)
		j.Program.Hash = hash
		if outcome, _ := run(t, p, j); outcome.Error == nil || !strings.Contains(outcome.Error.Message, "which is not a hash") {
			t.Errorf("the hash %q: %+v", hash, outcome.Error)
		}
	}
	j := job(t, "main.lua", `print("ran")`)
	j.Program.Entry = "missing.lua"
	if outcome, _ := run(t, p, j); outcome.Error == nil || !strings.Contains(outcome.Error.Message, "missing.lua is not among them") {
		t.Errorf("an entry that is not there: %+v", outcome.Error)
	}
	// What was refused leaves nothing, neither there nor elsewhere.
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s was written", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	expect(t, p, job(t, "main.lua", `print("ran")`), "ran\n")
}
