package spec_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestTableCostsNothingAtStart runs this test binary anew and looks at what its packages do before main: the table must
// be data, not code that fills it.
func TestTableCostsNothingAtStart(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "init runtime @") {
		t.Fatalf("no trace of the start: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "init github.com/crisphost/crisphost/crisp/spec @") {
			t.Errorf("package spec runs code at start: %s", line)
		}
	}
}
