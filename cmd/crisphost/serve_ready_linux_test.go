package main

import (
	"database/sql"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/internal/statetest"
)

// ready asks a host without a login whether it is, and compares the metric with the answer.
func (s *served) ready() (code int, text string) {
	s.t.Helper()
	resp, err := http.Get(s.page() + "/readyz")
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// awaitReady waits until a host is ready, or is not, and the metric says the same.
func (s *served) awaitReady(when string, want int, reason string) {
	s.t.Helper()
	up := map[int]string{http.StatusOK: "crisphost_database_up 1\n", http.StatusServiceUnavailable: "crisphost_database_up 0\n"}[want]
	var code int
	var text, metrics string
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if code, text = s.ready(); code != want || !strings.Contains(text, reason) {
			continue
		}
		if metrics = s.get("/metrics"); strings.Contains(metrics, up) {
			return
		}
	}
	s.t.Fatalf("%s: never %d with %q; the last was %d %s, %v\n%s", when, want, reason, code, text, strings.Contains(metrics, up), s.output)
}

// TestReadyTellsTheTruth takes the database of a host away in several ways. Each time the host says so, and recovers.
func TestReadyTellsTheTruth(t *testing.T) {
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=6m"); err != nil {
		t.Skip("cannot mount: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(small, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	script := "-- @schedule * * * * * *\nprint(('x'):rep(20000))\n"
	if err := os.WriteFile(filepath.Join(dir, "talk.lua"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(small, "host.db")
	s := startServe(t, t.TempDir(), []string{hostdb.EnvDatabase + "="}, "--sandbox", "--addr", "127.0.0.1:0", "--no-login", "--db", "sqlite:"+path, dir)
	s.awaitReady("at the start", http.StatusOK, "ready")

	// The disk is full.
	ballast := filepath.Join(small, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	_ = f.Close()
	s.awaitReady("on a full disk", http.StatusServiceUnavailable, "no space left")
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s.awaitReady("when there is room again", http.StatusOK, "ready")

	// Another process holds it.
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	hold, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.ExecContext(t.Context(), "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	s.awaitReady("while another process holds the file", http.StatusServiceUnavailable, "heartbeat")
	if _, err := hold.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := hold.Close(); err != nil {
		t.Fatal(err)
	}
	s.awaitReady("when the file is free", http.StatusOK, "ready")

	// Somebody makes it read-only.
	if err := syscall.Mount("", small, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err == nil {
		s.awaitReady("on a read-only disk", http.StatusServiceUnavailable, "")
		if err := syscall.Mount("", small, "", syscall.MS_REMOUNT, "size=6m"); err != nil {
			t.Fatal(err)
		}
		s.awaitReady("when it can be written again", http.StatusOK, "ready")
	} else {
		t.Log("a read-only disk is not tried: ", err)
	}

	// The file goes.
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	s.awaitReady("without its file", http.StatusServiceUnavailable, "deleted or replaced")
}

// TestReadyOnPostgres takes the server away, and lets it take nothing.
func TestReadyOnPostgres(t *testing.T) {
	server := statetest.New(t)
	address := server.Database(t)
	s := startServe(t, t.TempDir(), []string{hostdb.EnvDatabase + "="}, "--sandbox", "--addr", "127.0.0.1:0", "--no-login", "--db", address, t.TempDir())
	s.awaitReady("at the start", http.StatusOK, "ready")
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	s.awaitReady("without a server", http.StatusServiceUnavailable, "heartbeat")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	s.awaitReady("when it is back", http.StatusOK, "ready")
	// One thing is wrong: few lines say so, in words of this program.
	out := s.output.String()
	for _, word := range []string{"producer", "Producer", "Elector", "river", "the job queue"} {
		if strings.Contains(out, word) {
			t.Errorf("the log has %q: %s", word, out)
		}
	}
	if n := strings.Count(out, "level=ERROR"); n < 1 || n > 4 {
		t.Errorf("%d errors: %s", n, out)
	}
	db := statetest.Open(t, address)
	set := func(statement string) {
		t.Helper()
		for _, query := range []string{"SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", statement, "SELECT pg_reload_conf()"} {
			if _, err := db.SQL().ExecContext(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
	}
	set("ALTER SYSTEM SET default_transaction_read_only = on")
	s.awaitReady("on a standby", http.StatusServiceUnavailable, "read-only")
	set("ALTER SYSTEM RESET default_transaction_read_only")
	s.awaitReady("when it takes writes again", http.StatusOK, "ready")
}
