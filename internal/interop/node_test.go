package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/testrequire"
)

// requireNode skips the test on a machine without node or without the packages, or fails it where they must be there.
func requireNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		testrequire.Missing(t, "node", "node 18 or later is not installed")
	}
	if _, err := os.Stat("node/node_modules/crisp-api/package.json"); err != nil {
		testrequire.Missing(t, "node", "the official client is not installed: run npm ci in internal/interop/node")
	}
}

// node runs a script of the folder node with JSON on its standard input, and answers the lines that it printed, each of
// them one JSON value. The script sees no CRISP_ variables but those given.
func node(t *testing.T, script string, input any, env ...string) []json.RawMessage {
	t.Helper()
	requireNode(t)
	stdin, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "node", script)
	cmd.Dir = "node"
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CRISP_") }), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("node %s: %v\n%s%s", script, err, stderr.Bytes(), stdout.Bytes())
	}
	var lines []json.RawMessage
	scanner := bufio.NewScanner(&stdout)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		line := bytes.Clone(scanner.Bytes())
		if !json.Valid(line) {
			t.Fatalf("node %s printed a line that is not JSON: %s", script, line)
		}
		lines = append(lines, line)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}
