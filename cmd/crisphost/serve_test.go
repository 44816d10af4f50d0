//go:build unix

package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/testoutput"
)

// served is `crisphost serve` in a process of its own.
type served struct{ *process }

func startServe(t *testing.T, home string, env []string, args ...string) *served {
	t.Helper()
	cmd, output := exec.Command(linkProgram(t, "crisphost"), append([]string{"serve"}, args...)...), &testoutput.Buffer{}
	cmd.Env = append(append(os.Environ(), "CRISPHOST_CONFIG_DIR="+home, "CRISPHOST_STATE_DIR="+home), env...)
	cmd.Stdout, cmd.Stderr = output, output
	s := &served{startProcess(t, cmd, output)}
	s.await("the host is ready")
	return s
}

// await waits for a text in the log.
func (s *served) await(text string) {
	s.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !strings.Contains(s.output.String(), text); {
		select {
		case <-s.ended:
			s.t.Fatalf("the host ended before it logged %q:\n%s", text, s.output)
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the host never logged %q:\n%s", text, s.output)
		}
	}
}

// page is the address of the web page.
func (s *served) page() string {
	s.t.Helper()
	match := regexp.MustCompile(`console=(http://\S+)`).FindStringSubmatch(s.output.String())
	if match == nil {
		s.t.Fatalf("no page in %s", s.output)
	}
	return match[1]
}

// get reads a page.
func (s *served) get(path string) string {
	s.t.Helper()
	resp, err := http.Get(s.page() + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(body)
}

// crisphost runs another command on the host's database.
func (s *served) crisphost(args ...string) (string, error) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), s.cmd.Path, args...)
	cmd.Env = s.cmd.Env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestServeTakesNewCredentials changes the key of a running host: a refused one changes nothing.
func TestServeTakesNewCredentials(t *testing.T) {
	api := sandbox.New(sandbox.Config{})
	var mu sync.Mutex
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		identifier, key, _ := r.BasicAuth()
		mu.Lock()
		seen[key]++
		mu.Unlock()
		if key == "old" || key == "new" {
			r.SetBasicAuth(identifier, sandbox.Key)
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	home, dir := t.TempDir(), t.TempDir()
	key := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(home, "key"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte("print(crisp.visitors.count().count)"), 0o600); err != nil {
		t.Fatal(err)
	}
	key("old")
	s := startServe(t, home, []string{"CRISP_API_URL=" + server.URL + "/v1/", "CRISP_KEY="}, "--addr", "127.0.0.1:0", "--no-login",
		"--identifier", sandbox.Identifier, "--key-file", filepath.Join(home, "key"), "--website", sandbox.WebsiteID, dir)
	run := func() {
		t.Helper()
		if out, err := s.crisphost("trigger", "--wait", "a"); err != nil || !strings.Contains(out, "24") {
			t.Fatalf("%v: %s\n%s", err, out, s.output)
		}
	}
	used := func(key string) int { mu.Lock(); defer mu.Unlock(); return seen[key] }
	run()
	key("new")
	s.signal(syscall.SIGHUP)
	s.await("the configuration was read again")
	before := used("old")
	run()
	if used("new") < 2 || used("old") != before {
		t.Errorf("keys that were used: %v", seen)
	}
	key("refused")
	s.signal(syscall.SIGHUP)
	s.await("the configuration is wrong, nothing was changed")
	run()
	if strings.Contains(s.output.String(), "refused\n") {
		t.Errorf("a key is in the log: %s", s.output)
	}

	// What programs ask of a host.
	for path, want := range map[string]string{
		"/healthz": "ok\n", "/readyz": "ready\n",
		"/metrics": `crisphost_api_calls_total{operation="website.visitors.count",status="200"} 3` + "\n",
	} {
		if body := s.get(path); !strings.Contains(body, want) {
			t.Errorf("%s: no %q in %s", path, want, body)
		}
	}
	s.signal(syscall.SIGTERM)
	s.leave(exitDone)
	if !strings.Contains(s.output.String(), "the host has ended") {
		t.Errorf("the end is not logged: %s", s.output)
	}
}

// TestServeTraces has a collector receive a run and its calls.
func TestServeLimits(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{
		filepath.Join(home, "config.toml"): "[serve]\nmax_memory = \"512MiB\"\nallow_env = [\"CRM_*\"]\npermissions = [\"conversations:read\"]\n",
		filepath.Join(dir, "above.lua"):    "-- @memory 2GiB\n",
		filepath.Join(dir, "env.lua"):      "-- @env OTHER_URL\nprint(env.OTHER_URL)",
		filepath.Join(dir, "words.lua"):    "-- @permissions people:read\ncrisp.people.list()",
		filepath.Join(dir, "good.lua"):     "-- @env CRM_URL\nprint(env.CRM_URL, pcall(crisp.people.list))",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := startServe(t, home, []string{"CRM_URL=https://crm.example", "OTHER_URL=https://other.example"}, "--sandbox", "--addr", "off", dir)
	out, err := s.crisphost("scripts", "--sandbox", "--json")
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{
		"@memory 2GiB is above max_memory 512MiB of the configuration", "@env OTHER_URL is not in allow_env of the configuration",
		"@permissions people:read is more than the host's configuration grants",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	out, err = s.crisphost("trigger", "--sandbox", "--wait", "good")
	if err != nil || !strings.Contains(out, "https://crm.example") || !strings.Contains(out, "people:read") {
		t.Errorf("%v: %s\n%s", err, out, s.output)
	}
	config := "[serve]\nmax_memory = \"1GiB\"\nallow_env = [\"CRM_*\"]\npermissions = [\"conversations:read\"]\n"
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.signal(syscall.SIGHUP)
	s.await("a changed setting needs a restart")
	if strings.Contains(s.output.String(), "https://other.example") {
		t.Errorf("a variable that nobody allowed is in the log: %s", s.output)
	}
}

func TestServeTraces(t *testing.T) {
	received := make(chan string, 16)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Content-Type")
	}))
	t.Cleanup(collector.Close)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte("print(crisp.visitors.count().count)"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, t.TempDir(), []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "OTEL_BSP_SCHEDULE_DELAY=50"}, "--sandbox", "--addr", "off", dir)
	if out, err := s.crisphost("trigger", "--sandbox", "--wait", "a"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	select {
	case got := <-received:
		if got != "POST /v1/traces application/x-protobuf" {
			t.Error(got)
		}
	case <-time.After(3 * time.Minute):
		t.Fatal("no traces come")
	}
	s.signal(os.Interrupt)
	s.leave(exitDone)
}

// TestServeLogsJSON reads every line of a host's log as a program does.
func TestServeLogsJSON(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte("error('no\\nline')"), 0o600); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	other := filepath.Join(home, "other.db")
	s := startServe(t, home, []string{hostdb.EnvDatabase + "=sqlite:" + other}, "--sandbox", "--addr", "off", "--log-format", "json", "--log-level", "debug", dir)
	s.await(`"not_used":"$CRISPHOST_DB"`)
	if out, err := s.crisphost("trigger", "--sandbox", "--wait", "a"); err == nil {
		t.Errorf("a run that fails: %s", out)
	}
	if _, err := os.Stat(other); !os.IsNotExist(err) {
		t.Errorf("the database of the workspace: %v", err)
	}
	s.await("run failed")
	s.signal(os.Interrupt)
	s.leave(exitDone)
	for line := range strings.Lines(s.output.String()) {
		var record struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Time == "" || record.Level == "" || record.Msg == "" {
			t.Errorf("%q: %v", line, err)
		}
	}
}
