package manage

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

func TestHealth(t *testing.T) {
	status, body := http.StatusOK, "ready\n"
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked for %s", r.URL)
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
	}))
	defer host.Close()
	address := strings.TrimPrefix(host.URL, "http://")
	var out bytes.Buffer
	o := &HealthOptions{io: &streams.IO{Out: &out}, addr: address}
	if err := health(t.Context(), o); err != nil || out.String() != "ready\n" {
		t.Errorf("%v: %q", err, &out)
	}
	status, body = http.StatusServiceUnavailable, "not ready: the database is away\x1b[2J\n"
	if err := health(t.Context(), o); err == nil || errors.As(err, new(*usage.Error)) || err.Error() != `not ready: the database is away\u001b[2J` {
		t.Errorf("%v", err)
	}
	host.Close()
	if err := health(t.Context(), o); err == nil || errors.As(err, new(*usage.Error)) || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("%v", err)
	}
}

func TestPageAddress(t *testing.T) {
	config := t.TempDir()
	env := func(name string) (string, bool) { return config, name == "CRISPHOST_CONFIG_DIR" }
	for addr, want := range map[string]string{
		"": "127.0.0.1:8686", "0.0.0.0:80": "127.0.0.1:80", "[::]:80": "[::1]:80", ":80": "127.0.0.1:80", "10.0.0.1:8686": "10.0.0.1:8686",
		"localhost:1": "localhost:1", "off": "", "127.0.0.1:0": "", "127.0.0.1": "",
	} {
		got, err := pageAddress(env, addr)
		var usage *usage.Error
		if got != want || (err != nil) != (want == "") || err != nil && !errors.As(err, &usage) {
			t.Errorf("%q: %q, %v", addr, got, err)
		}
	}
	if err := os.WriteFile(filepath.Join(config, "config.toml"), []byte("[serve]\naddr = \"0.0.0.0:9000\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := pageAddress(env, ""); got != "127.0.0.1:9000" || err != nil {
		t.Errorf("from the configuration: %q, %v", got, err)
	}
}
