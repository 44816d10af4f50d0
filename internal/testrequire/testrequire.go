// Package testrequire ends tests that need more than Go.
package testrequire

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Variable lists the tools whose absence is a failure, parted by commas or spaces.
const Variable = "CRISPHOST_TEST_REQUIRE"

// Missing ends a test that lacks a tool: it skips it, or fails it where the tool must be there. The message tells what is
// missing and how to get it.
func Missing(t testing.TB, tool, message string) {
	t.Helper()
	required := strings.FieldsFunc(os.Getenv(Variable), func(r rune) bool { return r == ',' || r == ' ' })
	if slices.Contains(required, tool) {
		t.Fatalf("%s (%s names %s)", message, Variable, tool)
	}
	t.Skip(message)
}
