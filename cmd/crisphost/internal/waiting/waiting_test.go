package waiting

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/testoutput"
)

func await(t *testing.T, out *testoutput.Buffer, text string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(out.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q is not shown: %q", text, out)
		}
	}
}

func TestPipe(t *testing.T) {
	out := &testoutput.Buffer{}
	s := New(out, false)
	defer s.Close()
	s.tick, s.notice = time.Millisecond, 20*time.Millisecond
	w := s.Watcher()
	w.Call("crisp.people.list")()
	for range 20 { // callers that wait for the same
		t.Cleanup(w.Call("crisp.people.get"))
		w.Wait("crisp.people.get", "after 423 quota_limit_exceeded", time.Minute)
		w.Wait("crisp.people.get", "for its turn in the rate limit", time.Millisecond)
	}
	if want := "crisphost: crisp.people.get waits after 423 quota_limit_exceeded for 1m0s (1 call so far)\n"; out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

func TestSlowCallInAPipe(t *testing.T) {
	out := &testoutput.Buffer{}
	s := New(out, false)
	defer s.Close()
	s.tick, s.notice = time.Millisecond, 20*time.Millisecond
	ended := s.Watcher().Call("crisp.people.list")
	await(t, out, "crisphost: crisp.people.list has run for ")
	ended()
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Errorf("%d lines: %q", n, out)
	}
}

func TestTerminal(t *testing.T) {
	out := &testoutput.Buffer{}
	s := New(out, true)
	s.tick, s.notice = time.Millisecond, 10*time.Millisecond
	w := s.Watcher()
	ended := w.Call("crisp.people.list")
	await(t, out, "0 calls so far · crisp.people.list runs")
	w.Wait("crisp.people.list", "after 429 rate_limited, which "+strings.Repeat("takes long ", 20), time.Hour)
	await(t, out, "of 1h0m0s · 0 calls so far · crisp.people.list waits after 429 rate_limited")
	fmt.Fprintln(s.Writer(out), "printed")
	ended()
	s.Close()
	shown := regexp.MustCompile("\x1b\\[2m([^\x1b]*)\x1b\\[0m").ReplaceAllStringFunc(out.String(), func(line string) string {
		if len([]rune(line)) > width+8 {
			t.Errorf("a line breaks: %q", line)
		}
		return "#"
	})
	for _, rest := range strings.Split(strings.ReplaceAll(shown, "#\r\x1b[K", ""), "\n") {
		if rest != "" && rest != "printed" {
			t.Errorf("the line stays: %q", shown)
		}
	}
}
