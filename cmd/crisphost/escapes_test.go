package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingCommandsTheTerminal has texts of scripts, of those who write to them, and names of files try to. Colours of console.error stay.
func TestNothingCommandsTheTerminal(t *testing.T) {
	dir := t.TempDir()
	const bad = "\x1b]0;owned\a\x1b[2J"
	files := map[string]string{
		"throw.js":           `throw new Error("a\u001b]0;owned\u0007\u001b[2Jb")`,
		"cause.js":           `throw new Error("a", {cause: new Error("\u001b]0;owned\u0007")})`,
		"reject.js":          `Promise.reject(new Error("\u001b]0;owned\u0007")); await new Promise(r => setTimeout(r, 1000))`,
		"console.js":         `console.error("\u001b]0;owned\u0007"); console.warn("\u001b[2Jb")`,
		"log.lua":            `log.warn("\27]0;owned\7", {["\27[2J"] = "\27[2J"})`,
		"error.lua":          `error("a\27]0;owned\7\27[2Jb")`,
		"header.js":          "// @schedule " + bad + "\n1",
		"source.js":          `let a = "` + bad + `" + ;`,
		"source.lua":         `local x = "` + bad + `" = 3`,
		"na" + bad + "me.js": `throw new Error("z")`,
	}
	run := func(want string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), linkProgram(t, "crisphost"), args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CRISPHOST_CONFIG_DIR="+dir+"/config", "CRISPHOST_STATE_DIR="+dir+"/state")
		out, _ := cmd.CombinedOutput() // most fail
		if strings.ContainsAny(string(out), "\x1b\a") || !strings.Contains(string(out), want) {
			t.Errorf("%q: %q", args, out)
		}
	}
	for name, code := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"log.lua": `\x1b]0;owned`, "header.js": "\ufffd", "source.js": "\ufffd", "source.lua": "\ufffd"}[name]
		if want == "" {
			want = `\u001b`
		}
		run(want, "run", "--sandbox", "--", name)
	}
	run("\ufffd", "check", ".")
	run(`\u001b`, "eval", `throw new Error("a\u001b]0;owned\u0007")`)
	run(`\u001b`, "run", "no"+bad+"file.js")
	run("owned", "run", "--no"+bad+"flag")
	run("owned", "no"+bad+"command")
	run(`\u001b`, "serve", "--addr", "off", "--sandbox", "no"+bad+"dir")
	run(`\u001b`, "runs", "--db", "sqlite:no"+bad+".db")
}
