package term

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
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
	interrupts := make(chan os.Signal, 1)
	var prompts testoutput.Buffer
	r := NewPlain(t.Context(), in, &prompts, interrupts)
	interrupts <- os.Interrupt
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
