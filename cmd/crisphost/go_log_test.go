package main

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
)

// TestGoLogsNothingByItself has a server send what nobody asked for: the words of Go's packages come with -v, as lines of the log.
func TestGoLogsNothingByItself(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			const body = `{"error":false,"reason":"x","data":{}}`
			buffer := make([]byte, 4096)
			if _, err := conn.Read(buffer); err == nil {
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
				_, _ = io.WriteString(conn, "HTTP/1.1 500 unasked\x1b]0;owned\a\r\n\r\n")
			}
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	run := func(flags ...string) string {
		t.Helper()
		// It waits until the connection is idle, and what comes on it was looked at.
		args := append([]string{"eval", "--language", "js"}, flags...)
		cmd := exec.CommandContext(t.Context(), linkProgram(t, "crisphost"), append(args, `await crisp.api.get("website/11111111-1111-4111-8111-111111111111"); await new Promise(r => setTimeout(r, 300)); 1`)...)
		cmd.Env = append(cmd.Environ(), "CRISP_API_URL=http://"+listener.Addr().String()+"/v1/", "CRISP_IDENTIFIER=a", "CRISP_KEY=b", "CRISP_WEBSITE_ID=11111111-1111-4111-8111-111111111111", "CRISPHOST_CONFIG_DIR="+t.TempDir(), "CRISPHOST_STATE_DIR="+t.TempDir())
		out, _ := cmd.CombinedOutput() // whether the answer is taken does not matter
		return string(out)
	}
	if out := run(); strings.Contains(out, "nsolicited") || strings.Contains(out, "\x1b") {
		t.Errorf("without -v: %q", out)
	}
	if out := run("-v"); !strings.Contains(out, `level=DEBUG msg="Unsolicited response`) || strings.Contains(out, "\x1b") {
		t.Errorf("with -v: %q", out)
	}
}
