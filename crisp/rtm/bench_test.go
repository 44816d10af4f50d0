package rtm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/internal/socketio"
	"github.com/crisphost/crisphost/internal/testrequire"
)

// messageOfConversation is the frame of a message as long as usual ones.
func messageOfConversation(n int) []byte {
	payload := fmt.Sprintf(`{"website_id":%q,"session_id":"session_00000000-0000-4000-8000-%012d","inbox_id":null,"type":"text",`+
		`"from":"user","origin":"chat","content":"Hello, I ordered two weeks ago and have heard nothing since. Can you help?",`+
		`"fingerprint":%d,"timestamp":1790000000000,"user":{"user_id":"session_00000000-0000-4000-8000-%012d",`+
		`"nickname":"visitor%d"},"mentions":[],"stamped":true}`, testWebsite, n, n+1, n, n)
	return socketio.NewEvent(messageSend, json.RawMessage(payload)).Frame()
}

// BenchmarkEvents measures the way of a message from the socket to the loop of a listener.
func BenchmarkEvents(b *testing.B) {
	s := newService(b)
	frame := messageOfConversation(1)
	begin := make(chan struct{})
	s.serve = func(p *peer) {
		p.welcome()
		go p.idle()
		<-begin
		for range b.N {
			p.write(websocket.MessageText, frame)
		}
	}
	client := s.client(Options{MaxEvents: b.N + 1, MaxBytes: 1 << 40})
	n := -1
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for event, err := range client.Listen(b.Context(), []string{messageSend, Connected}) {
		if err != nil {
			b.Fatal(err)
		}
		if event.Name == Connected {
			b.ResetTimer()
			close(begin)
		}
		if n++; n == b.N {
			break
		}
	}
}

const (
	idleConversations = 10_000
	idleVariable      = "CRISPHOST_TEST_RTM_IDLE" // the address for idle
)

// idleMemory is what an idle process takes.
type idleMemory struct {
	Heap, Anonymous, Resident int64
}

// TestIdleMemory measures a process that has heard of 10,000 conversations and waits for more.
func TestIdleMemory(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector takes memory of its own")
	}
	s := newService(t)
	s.rest = http.NotFoundHandler()
	s.serve = func(p *peer) {
		p.welcome()
		for n := range idleConversations {
			p.write(websocket.MessageText, messageOfConversation(n))
		}
		p.idle()
	}
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), idleVariable+"="+s.URL+"/v1/")
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got idleMemory
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	t.Logf("an idle listener has %d KiB on its heap, its process %d KiB of its own and %d KiB with the pages of the program",
		got.Heap>>10, got.Anonymous>>10, got.Resident>>10)
	const limit = 20 << 20
	if got.Heap == 0 || got.Heap > limit || got.Anonymous > limit {
		t.Errorf("more than %d KiB", limit>>10)
	}
}

// idle is the process that TestIdleMemory measures.
func idle(address string) error {
	api, err := crisp.New(crisp.WithBaseURL(address), crisp.WithCredentials(testIdentifier, testKey))
	if err != nil {
		return err
	}
	client, err := New(api, Options{CatchUp: true, Websites: []string{testWebsite}, HandshakeTimeout: time.Minute})
	if err != nil {
		return err
	}
	defer client.Close()
	n := 0
	for _, err := range client.Listen(context.Background(), nil) {
		if err != nil {
			return err
		}
		if n++; n == idleConversations {
			return reportMemory()
		}
	}
	return io.ErrUnexpectedEOF
}

func reportMemory() error {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	memory := idleMemory{Heap: int64(stats.HeapAlloc)}
	if status, err := os.ReadFile("/proc/self/status"); err == nil { // Linux
		for lines := bufio.NewScanner(bytes.NewReader(status)); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ":")
			var kib int64
			_, _ = fmt.Sscan(value, &kib)
			switch name {
			case "RssAnon":
				memory.Anonymous = kib << 10
			case "VmRSS":
				memory.Resident = kib << 10
			}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(memory)
}
