package term

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/internal/testoutput"
)

func TestReadWhole(t *testing.T) {
	long := strings.Repeat("x", 300_000)
	in := bufio.NewReaderSize(strings.NewReader("a\r\n\n"+long+"\nlast"), 16)
	for _, want := range []string{"a", "", long, "last"} {
		if got, err := readWhole(in); err != nil || got != want {
			t.Fatalf("%.20q %v", got, err)
		}
	}
	if _, err := readWhole(in); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestPlainReaderAtATerminal(t *testing.T) {
	in, keyboard := io.Pipe()
	interrupts := make(chan struct{}, 1)
	var prompts testoutput.Buffer
	r := NewPlain(t.Context(), in, &prompts, interrupts)
	interrupts <- struct{}{}
	if _, err := r.ReadLine("> ", ""); !errors.Is(err, ErrAborted) {
		t.Error(err)
	}
	go func() { _, _ = io.WriteString(keyboard, "typed\n"); keyboard.Close() }()
	if line, err := r.ReadLine("> ", ""); line != "typed" || err != nil {
		t.Errorf("%q %v", line, err)
	}
	if _, err := r.ReadLine("> ", ""); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if prompts.String() != "> \n> > " {
		t.Errorf("%q", prompts.String())
	}
}

func TestPlainReaderEndsWithItsContext(t *testing.T) {
	in, keyboard := io.Pipe()
	defer keyboard.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := errors.New("ended")
	cancel(ended)
	if _, err := NewPlain(ctx, in, nil, nil).ReadLine("", ""); !errors.Is(err, ended) {
		t.Error(err)
	}
}

// TestDiscardOfAConnection types ahead of a question: none of it is an answer.
func TestDiscardOfAConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	var prompts testoutput.Buffer
	r := NewPlain(t.Context(), server, &prompts, nil)
	if _, err := io.WriteString(client, "entry\nyes\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := r.ReadLine("> ", ""); line != "entry" || err != nil {
		t.Fatalf("%q %v", line, err)
	}
	if _, err := io.WriteString(client, "a\ny\n"); err != nil {
		t.Fatal(err)
	}
	r.Discard()
	if _, err := io.WriteString(client, "no\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := r.ReadLine("? ", ""); line != "no" || err != nil {
		t.Errorf("%q %v", line, err)
	}
}
