package webhooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/internal/testoutput"
)

const website = "11111111-1111-4111-8111-111111111111"

func TestParseSecrets(t *testing.T) {
	list, err := parseSecrets("# of the plugin\nsigning\n\n  /a-secret-of-the-URL  \r\n" +
		"11111111-1111-4111-8111-11111111111A:one\n11111111-1111-4111-8111-111111111111:/another-secret-of-it\n")
	if err != nil {
		t.Fatal(err)
	}
	want := "[{signing  false} {a-secret-of-the-URL  true} {one 11111111-1111-4111-8111-11111111111a false} " +
		"{another-secret-of-it 11111111-1111-4111-8111-111111111111 true}]"
	if got := fmt.Sprint(list); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for text, want := range map[string]string{
		"":                 "there is no secret",
		"# none\n":         "there is no secret",
		"a\nb:hidden\n":    "line 2: what stands before the colon is not a website id",
		"/hidden":          "line 1: a secret in a URL has 6 characters; use at least 16",
		website + ":":      "line 1: a secret is empty or has blanks around it",
		website + ": b":    "line 1: a secret is empty or has blanks around it",
		"/hidden/hidden/x": "line 1: a secret in a URL has 15 characters; use at least 16",
	} {
		if _, err := parseSecrets(text); err == nil || err.Error() != want || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		want    string
		options Options
	}{
		{"", Options{}},
		{"", Options{Addr: ":0", SecretsFile: "f", Window: time.Minute}},
		{"web hooks need secrets", Options{Addr: ":0"}},
		{"web hooks need secrets", Options{Window: time.Minute}},
		{"is not an address", Options{Addr: "nowhere", SecretsFile: "f"}},
		{"is below zero", Options{SecretsFile: "f", Window: -1}},
	} {
		if err := c.options.Check(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.options, err, c.want)
		}
	}
}

func TestReceiver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secrets")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("old secret\n")
	var log testoutput.Buffer
	stored := make(chan string, 10)
	env := func(string) (string, bool) { return "", false }
	r, err := Open(t.Context(), env, Options{Addr: "127.0.0.1:0", SecretsFile: file}, slog.New(slog.NewTextHandler(&log, nil)),
		func(_ context.Context, d *hooks.Delivery) error { stored <- d.Name; return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	post := func(path, secret string) int {
		t.Helper()
		body := []byte(`{"website_id":"` + website + `","event":"message:send","data":{}}`)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, strings.TrimSuffix(r.URL(), Path)+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(hooks.TimestampHeader, "1")
		req.Header.Set(hooks.SignatureHeader, hooks.Sign(secret, "1", body))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for _, c := range []struct {
		path, secret string
		status       int
	}{
		{"/hooks", "old secret", 200}, {"/hooks/", "old secret", 200}, {"/hooks", "new secret", 401},
		{"/", "old secret", 404}, {"/hook", "old secret", 404}, {"/hooks/a-secret-of-the-URL", "", 401},
	} {
		if got := post(c.path, c.secret); got != c.status {
			t.Errorf("%s with %q: %d, want %d", c.path, c.secret, got, c.status)
		}
	}
	write("new secret\nold secret\n/a-secret-of-the-URL\n")
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	for path, secret := range map[string]string{"/hooks": "new secret", "/hooks/": "old secret", "/hooks/a-secret-of-the-URL": ""} {
		if got := post(path, secret); got != 200 {
			t.Errorf("after reloading, %s with %q: %d", path, secret, got)
		}
	}
	write("\n")
	if err := r.Reload(); err == nil {
		t.Error("a file without secrets was taken")
	}
	if got := post("/hooks", "new secret"); got != 200 {
		t.Errorf("after a failed reload: %d", got)
	}
	if got := len(stored); got != 6 {
		t.Errorf("stored %d times", got)
	}
	if text := log.String(); !strings.Contains(text, `msg="web hook refused" status=401`) || strings.Contains(text, "secret\"") {
		t.Errorf("log: %s", text)
	}
	r.Close()
	if err := <-r.Failed(); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("ended with %v", err)
	}
}
