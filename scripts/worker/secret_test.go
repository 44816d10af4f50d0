//go:build linux

package worker_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// TestWorkersHaveNoSecrets looks at all that a worker has while it calls the API: its environment, its arguments and its memory.
func TestWorkersHaveNoSecrets(t *testing.T) {
	const key = "k3y-of-the-token-that-no-worker-sees"
	t.Setenv("CRISP_KEY", key)
	t.Setenv("HTTPS_PROXY", "http://user:"+key+"@proxy.example:3128")
	var authorized string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, authorized, _ = r.BasicAuth()
		_, _ = w.Write([]byte(`{"error":false,"reason":"resolved","data":{}}`))
	}))
	defer server.Close()
	client, err := crisp.New(crisp.WithBaseURL(server.URL), crisp.WithCredentials("identifier", key))
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	p := newPool(t, worker.Options{Client: client, WebsiteID: sandbox.WebsiteID})
	j := job(t, "calls.lua", `crisp.api.get("website/{website_id}") print("called") time.sleep(600000)`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	outcome := start(ctx, p, j, &record{onLine: func(worker.Line) {
		pid := p.Processes("calls")[0]
		for _, file := range []string{"environ", "cmdline"} {
			data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
			if err != nil || bytes.Contains(data, []byte(key)) {
				t.Errorf("%s of the worker: %v, %q", file, err, data)
			}
		}
		if !memoryContains(t, pid, "website/{website_id}") {
			t.Error("the memory of the worker was not found: it has the script's text")
		}
		if memoryContains(t, pid, key) {
			t.Error("the key is in the worker's memory")
		}
		cancel()
	}})
	if authorized != key {
		t.Errorf("the server was called with the key %q", authorized)
	}
	if outcome.State != state.Cancelled {
		t.Errorf("%s: %+v", outcome.State, outcome.Error)
	}
}

// TestWorkersAreBounded looks at what the kernel allows a worker that runs a script.
func TestWorkersAreBounded(t *testing.T) {
	p := newPool(t, worker.Options{})
	runUntil(t, p, job(t, "limits.lua", `print("in") while true do end`), func(pid int) {
		defer func() { _ = syscall.Kill(pid, syscall.SIGKILL) }()
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
		if err != nil {
			t.Error(err)
			return
		}
		limits := map[string]string{}
		for line := range strings.Lines(string(data)) {
			if len(line) > 47 {
				limits[strings.TrimSpace(line[:26])] = strings.TrimSpace(line[26:47])
			}
		}
		if limits["Max core file size"] != "0" || limits["Max open files"] != "1024" || limits["Max data size"] == "unlimited" {
			t.Errorf("limits %q", limits)
		}
		group, err := syscall.Getpgid(pid)
		if err != nil || group != pid {
			t.Errorf("the worker %d is in the process group %d: %v", pid, group, err)
		}
	})
}

// memoryContains looks for a text in all private memory of a process.
func memoryContains(t *testing.T, pid int, text string) bool {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Skipf("the memory of another process cannot be read here: %v", err)
	}
	defer memory.Close()
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil || !strings.HasPrefix(mode, "rw") || to-from > 1<<30 {
			continue
		}
		data := make([]byte, to-from)
		if n, _ := memory.ReadAt(data, from); bytes.Contains(data[:n], []byte(text)) {
			return true
		}
	}
	return false
}
