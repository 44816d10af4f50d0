package lua_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/testrequire"
)

// TestReference runs scripts here and in Lua 5.1 itself, and compares what they print.
func TestReference(t *testing.T) {
	reference, err := exec.LookPath("lua5.1")
	if err != nil {
		testrequire.Missing(t, "lua5.1", "lua5.1 is not installed: apt-get install lua5.1")
	}
	eng, err := engine.New(lua.Language)
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("testdata/reference/*.lua")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		t.Run(filepath.Base(path), func(t *testing.T) {
			want, err := exec.CommandContext(t.Context(), reference, path).CombinedOutput()
			if err != nil {
				t.Fatalf("lua5.1: %v\n%s", err, want)
			}
			code, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			program, err := eng.Compile(t.Context(), engine.Source{Name: path, Code: code, Language: engine.Lua})
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if _, err := eng.Run(t.Context(), program, engine.WithStdout(&got)); err != nil {
				t.Fatal(err)
			}
			ours, theirs := bytes.Split(got.Bytes(), []byte("\n")), bytes.Split(want, []byte("\n"))
			for i := range min(len(ours), len(theirs)) {
				if !bytes.Equal(ours[i], theirs[i]) {
					t.Errorf("line %d of the output\nis    %s\nin 5.1 %s", i+1, ours[i], theirs[i])
				}
			}
			if len(ours) != len(theirs) {
				t.Errorf("printed %d lines, and Lua 5.1 %d", len(ours), len(theirs))
			}
		})
	}
}
