//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/crisphost/crisphost/scripts/state"
)

// status asks for a page, or posts a form, and returns the status.
func status(t *testing.T, address, bearer string, form url.Values) (int, http.Header) {
	t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	return w.StatusCode, w.Header
}

// TestServeAsksForItsOwnToken starts a host without any settings: other users of the machine see nothing and start nothing.
func TestServeAsksForItsOwnToken(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hello.lua"), []byte("print('hello')"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, home, nil, "--sandbox", "--addr", "127.0.0.1:0", dir)
	file := filepath.Join(home, "console-token")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	account, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	name, token, _ := strings.Cut(strings.TrimSpace(string(text)), ":")
	if name != account.Username || len(token) < 20 {
		t.Errorf("the file is %q", text)
	}
	if strings.Contains(s.output.String(), token) {
		t.Error("the token is in the log")
	}
	page := s.page()
	for target, want := range map[string]int{"/": 401, "/metrics": 401, "/runs": 401, "/healthz": 200, "/readyz": 200} {
		if code, _ := status(t, page+target, "", nil); code != want {
			t.Errorf("%s: %d, want %d", target, code, want)
		}
	}
	form := url.Values{"script": {"hello"}}
	if code, _ := status(t, page+"/script/trigger", "", form); code != http.StatusUnauthorized {
		t.Errorf("anybody triggers: %d", code)
	}
	// The address in the log, and further ones, work once each.
	logged := regexp.MustCompile(`login=(http://\S+)`).FindStringSubmatch(s.output.String())
	if logged == nil {
		t.Fatalf("no address in %s", s.output)
	}
	address := strings.TrimPrefix(page, "http://")
	opened, err := s.crisphost("open", "--addr", address)
	if err != nil {
		t.Fatalf("%v: %s", err, opened)
	}
	for _, link := range []string{logged[1], strings.TrimSpace(opened)} {
		code, header := status(t, link, "", nil)
		if code != http.StatusSeeOther || header.Get("Set-Cookie") == "" {
			t.Errorf("%s: %d", link, code)
		}
		if code, header := status(t, link, "", nil); code != http.StatusUnauthorized || header.Get("Set-Cookie") != "" {
			t.Errorf("%s again: %d", link, code)
		}
	}
	if code, _ := status(t, page+"/script/trigger", token, form); code != http.StatusSeeOther {
		t.Errorf("the owner does not trigger: %d", code)
	}
	out, err := s.crisphost("runs", "--sandbox", "--json")
	var runs []state.Run
	if err != nil || json.Unmarshal([]byte(out), &runs) != nil || len(runs) != 1 || runs[0].Trigger.By != account.Username {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := s.crisphost("open", "--addr", address, "--as", "eve"); err == nil || !strings.Contains(out, `no token is named "eve"`) {
		t.Errorf("%v: %s", err, out)
	}
	s.signal(syscall.SIGTERM)
	s.leave(exitDone)

	// The next start keeps the token, and --no-login does without.
	s = startServe(t, home, nil, "--sandbox", "--addr", "127.0.0.1:0", dir)
	if again, err := os.ReadFile(file); err != nil || string(again) != string(text) {
		t.Errorf("%q, %v", again, err)
	}
	if code, _ := status(t, s.page()+"/", token, nil); code != http.StatusOK {
		t.Errorf("the token after a restart: %d", code)
	}
	s.signal(syscall.SIGTERM)
	s.leave(exitDone)
	s = startServe(t, home, nil, "--sandbox", "--addr", "127.0.0.1:0", "--no-login", dir)
	if code, _ := status(t, s.page()+"/", "", nil); code != http.StatusOK || strings.Contains(s.output.String(), "login=") {
		t.Errorf("without a login: %d", code)
	}
}

// TestServeReadsNewTokens replaces the file of tokens under a running host.
func TestServeReadsNewTokens(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(home, "tokens")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const ada, bob = "the-token-of-ada-0001", "the-token-of-bob-0001"
	write("ada:" + ada + "\n")
	s := startServe(t, home, nil, "--sandbox", "--addr", "127.0.0.1:0", "--token-file", file, dir)
	if strings.Contains(s.output.String(), "login=") {
		t.Error("who reads the log may log in with a token that was chosen")
	}
	code := func(token string) int {
		code, _ := status(t, s.page()+"/metrics", token, nil)
		return code
	}
	if code(ada) != http.StatusOK || code(bob) != http.StatusUnauthorized {
		t.Errorf("%d, %d", code(ada), code(bob))
	}
	write("bob:" + bob + ":read\n")
	s.signal(syscall.SIGHUP)
	s.await("the configuration was read again")
	if code(ada) != http.StatusUnauthorized || code(bob) != http.StatusOK {
		t.Errorf("after a change: %d, %d", code(ada), code(bob))
	}
	write("bob:short\n")
	s.signal(syscall.SIGHUP)
	s.await("the configuration is wrong, nothing was changed")
	if code(bob) != http.StatusOK {
		t.Errorf("after a wrong change: %d", code(bob))
	}
}
