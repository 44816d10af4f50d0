//go:build unix

package interop

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

// TestGoLibraryHearsRTM has a Socket.IO library for Go listen to every event.
func TestGoLibraryHearsRTM(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	address := strings.TrimSuffix(server.URL(), "v1/") + "rtm/"
	args := append([]string{address, "website", sandbox.Identifier, sandbox.Key}, eventNames()...)
	cmd := exec.Command(buildGo(t, "client"), args...)
	stdin, err := cmd.StdinPipe() // it ends with its input
	if err != nil {
		t.Fatal(err)
	}
	l := startListener(t, nil, cmd)
	t.Cleanup(func() { _ = stdin.Close() })
	l.ready()
	emitAll(t, server)
	l.hears(expected(t, func(e *spec.Event) bool { return e.Tiers.Has(spec.TierWebsite) }))
}
