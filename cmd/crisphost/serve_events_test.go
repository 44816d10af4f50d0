//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/testwait"
)

// pluginSecret signs the hooks of tests.
const pluginSecret = "the secret of the plugin"

// hookFlags are the flags with which a host takes hooks that pluginSecret signed, at an address of its own.
func hookFlags(t *testing.T, home string) []string {
	t.Helper()
	file := filepath.Join(home, "secrets")
	if err := os.WriteFile(file, []byte(pluginSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--hooks-secrets", file, "--hooks-addr", "127.0.0.1:0"}
}

var hooksAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+/hooks`)

// hooksURL is where the host takes hooks.
func (s *served) hooksURL() string {
	s.t.Helper()
	address := hooksAddress.FindString(s.output.String())
	if address == "" {
		s.t.Fatalf("no address for hooks in %s", s.output)
	}
	return address
}

// post sends a hook that is signed with a secret at a time, and compares the status of the answer.
func (s *served) post(want int, secret string, at time.Time, event, data string) {
	s.t.Helper()
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	body := fmt.Appendf(nil, `{"website_id":%q,"event":%q,"data":%s,"timestamp":%s}`, sandbox.WebsiteID, event, data, stamp)
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.hooksURL(), bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(hooks.TimestampHeader, stamp)
	request.Header.Set(hooks.SignatureHeader, hooks.Sign(secret, stamp, body))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != want {
		s.t.Errorf("hook %s: status %d, want %d\n%s", body, response.StatusCode, want, s.output)
	}
}

// runLogs waits until so many runs of a script have succeeded, and returns what they printed, of the oldest first.
func (s *served) runLogs(script string, count int, flags ...string) (lines []string) {
	s.t.Helper()
	var runs []struct{ ID, State string }
	testwait.Until(s.t, fmt.Sprint(count, " runs of ", script), func() bool {
		out, err := s.crisphost(append([]string{"runs", "--json", "--script", script}, flags...)...)
		if err != nil {
			s.t.Fatal(out, err)
		}
		if err := json.Unmarshal([]byte(out), &runs); err != nil {
			s.t.Fatal(out, err)
		}
		succeeded := 0
		for _, run := range runs {
			if run.State == "succeeded" {
				succeeded++
			}
		}
		return succeeded >= count
	})
	if len(runs) != count {
		s.t.Errorf("%d runs of %s, want %d", len(runs), script, count)
	}
	for i := range runs {
		out, err := s.crisphost(append([]string{"logs", runs[len(runs)-1-i].ID}, flags...)...)
		if err != nil {
			s.t.Fatal(out, err)
		}
		lines = append(lines, out)
	}
	return lines
}

// TestServeBadHooks posts hooks that are wrong, repeated, unknown or incomplete to a host, which hears RTM as well.
func TestServeBadHooks(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	script := "-- @on message:send\n-- @key session_id\nprint('heard ' .. event.content)\n"
	if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := append(hookFlags(t, home), "--hooks-window", "10m", "--sandbox", "--addr", "off", dir)
	s := startServe(t, home, nil, flags...)
	now := time.Now()
	message := func(content string) string {
		return fmt.Sprintf(`{"website_id":%q,"session_id":"session_1","fingerprint":%d,"timestamp":%d,"content":%q}`,
			sandbox.WebsiteID, len(content), now.UnixMilli(), content)
	}
	s.post(http.StatusUnauthorized, "another secret", now, "message:send", message("forged"))
	s.await(`reason="the signature is wrong"`)
	s.post(http.StatusUnauthorized, pluginSecret, now.Add(-time.Hour), "message:send", message("old"))
	s.await(`reason="the request is too old, or a clock is wrong"`)
	s.post(http.StatusBadRequest, pluginSecret, now, "message:send", `"no object"`)
	s.await(`reason="the body has no object data"`)
	// Unknown events are delivered: a later version of the service has them.
	s.post(http.StatusOK, pluginSecret, now, "galaxy:collapsed", `{"at":1}`)
	for range 3 {
		s.post(http.StatusOK, pluginSecret, now, "message:send", message("once"))
	}
	s.post(http.StatusOK, pluginSecret, now.Add(time.Second), "message:send", message("once")) // sent again later
	s.post(http.StatusOK, pluginSecret, now, "message:send", `{"content":"keyless","fingerprint":100}`)
	s.await("an event lacks the field of @key")
	lines := s.runLogs("a", 2, "--sandbox")
	if all := strings.Join(lines, "\n"); !strings.Contains(all, "heard once") || !strings.Contains(all, "heard keyless") {
		t.Errorf("runs printed %q", lines)
	}
	s.signal(os.Interrupt)
	s.leave(exitDone)
	if strings.Contains(s.output.String(), pluginSecret) {
		t.Errorf("the secret is in the log: %s", s.output)
	}
}

// TestServeWithoutRTM has a host's credentials lead to no socket, to a socket that refuses them, and at last to one that takes them. The host
// says what is wrong, and works on by hooks.
func TestServeWithoutRTM(t *testing.T) {
	api := sandbox.New(sandbox.Config{})
	t.Cleanup(func() { _ = api.Close() })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		identifier, key, _ := r.BasicAuth()
		if key == "nowhere" && strings.HasSuffix(r.URL.Path, "/connect/endpoints") {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"error":false,"reason":"resolved","data":{"socket":{}}}`)
			return
		}
		if key != "" { // the socket has the key in a frame, which is left as it is
			r.SetBasicAuth(identifier, sandbox.Key)
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	home, dir := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.js"), []byte("// @on message:send\nconsole.log('heard', event.content);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(home, "key")
	setKey := func(text string) {
		t.Helper()
		if err := os.WriteFile(key, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	setKey("nowhere")
	env := []string{"CRISP_API_URL=" + server.URL + "/v1/", connect.EnvKey + "=", hostdb.EnvDatabase + "=sqlite:" + filepath.Join(home, "host.db")}
	s := startServe(t, home, env, append(hookFlags(t, home), "--addr", "off", "--identifier", sandbox.Identifier, "--key-file", key,
		"--website", sandbox.WebsiteID, dir)...)
	hear := func(n int) {
		t.Helper()
		s.post(http.StatusOK, pluginSecret, time.Now(), "message:send", fmt.Sprintf(`{"session_id":"session_1","fingerprint":%d,"content":"hook %d"}`, n, n))
		if lines := s.runLogs("a", n); !strings.Contains(lines[n-1], fmt.Sprint("hook ", n)) {
			t.Errorf("runs printed %q", lines)
		}
	}
	s.await("names no address in data.socket.app")
	hear(1)
	setKey("refused")
	s.signal(syscall.SIGHUP)
	s.await("the service refused the credentials")
	hear(2)
	setKey(sandbox.Key)
	s.signal(syscall.SIGHUP)
	s.await("connected connection=")
	if err := api.Emit(sandbox.WebsiteID, "message:send", json.RawMessage(`{"content":"rtm 3"}`)); err != nil {
		t.Fatal(err)
	}
	if lines := s.runLogs("a", 3); !strings.Contains(lines[2], "rtm 3") {
		t.Errorf("runs printed %q", lines)
	}
	s.signal(os.Interrupt)
	s.leave(exitDone)
}
