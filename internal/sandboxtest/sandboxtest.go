// Package sandboxtest gives tests sandboxes, and clients of them.
package sandboxtest

import (
	"context"
	"testing"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
)

// Start starts a sandbox on a free port of loopback, which runs until the test ends.
func Start(t testing.TB, config sandbox.Config) *sandbox.Running {
	t.Helper()
	server, err := sandbox.Start(context.WithoutCancel(t.Context()), "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// Connect makes a client that knows the sandbox's credentials, of the service at a base URL. Options come after those two.
func Connect(t testing.TB, url string, options ...crisp.Option) *crisp.Client {
	t.Helper()
	options = append([]crisp.Option{crisp.WithBaseURL(url), crisp.WithCredentials(sandbox.Identifier, sandbox.Key)}, options...)
	client, err := crisp.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// Client makes a client of a sandbox of its own.
func Client(t testing.TB, config sandbox.Config, options ...crisp.Option) *crisp.Client {
	t.Helper()
	return Connect(t, Start(t, config).URL(), options...)
}
