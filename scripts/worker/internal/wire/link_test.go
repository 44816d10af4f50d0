package wire

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// pair returns the two ends of a link. Both fail after a time that no test needs.
func pair(t *testing.T) (here, there *Link, raw net.Conn) {
	t.Helper()
	a, b := net.Pipe()
	t.Cleanup(func() { a.Close(); b.Close() })
	for _, conn := range []net.Conn{a, b} {
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	return NewLink(a), NewLink(b), a
}

func TestFramesArriveAsTheyWereSent(t *testing.T) {
	here, there, _ := pair(t)
	for _, body := range []string{"", "body", strings.Repeat("x", 3<<20)} {
		sent := make(chan error, 1)
		go func() { sent <- here.Send(FrameAPI, 7<<RunShift|3, LineMessage{Message: "hello"}, []byte(body)) }()
		f, err := there.Receive(nil)
		if err := errors.Join(err, <-sent); err != nil {
			t.Fatal(err)
		}
		var m LineMessage
		if err := f.Decode(&m); err != nil || f.Kind != FrameAPI || f.ID != 7<<RunShift|3 || m.Message != "hello" || string(f.Body) != body {
			t.Errorf("received kind %d, ID %x, %+v and %d bytes, want %d: %v", f.Kind, f.ID, m, len(f.Body), len(body), err)
		}
	}
}

func TestWhatIsTooLargeIsNotSent(t *testing.T) {
	here, _, _ := pair(t)
	var large *SizeError
	if err := here.Send(FrameAPI, 1, nil, make([]byte, maxBody+1)); !errors.As(err, &large) {
		t.Errorf("a large body: %v", err)
	}
	if err := here.Send(FrameLine, 1, strings.Repeat("x", maxHead), nil); !errors.As(err, &large) {
		t.Errorf("a large head: %v", err)
	}
}

func TestWhatIsNoFrameIsRefused(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"no kind", strings.Repeat("\x00", frameHeader), "is not the beginning of a message"},
		{"an unknown kind", strings.Repeat("\x00", 8) + string(rune(frameEnd)) + strings.Repeat("\x00", 8), "is not the beginning"},
		{"a length above the bound", "\xff\xff\xff\xff\x00\x00\x00\x00\x01" + strings.Repeat("\x00", 8), "is not the beginning"},
		{"a line above its bound", "\x00\x20\x00\x00\x00\x00\x00\x00" + string(rune(FrameLine)) + strings.Repeat("\x00", 8), "is not the beginning"},
		{"half a header", "\x00\x00", io.ErrUnexpectedEOF.Error()},
		{"half a head", "\x00\x00\x00\x04\x00\x00\x00\x00\x01" + strings.Repeat("\x00", 8) + "{}", io.ErrUnexpectedEOF.Error()},
		{"no head", "\x00\x00\x00\x04\x00\x00\x00\x00\x01" + strings.Repeat("\x00", 8), io.ErrUnexpectedEOF.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, there, raw := pair(t)
			go func() {
				_, _ = raw.Write([]byte(c.data))
				_ = raw.Close()
			}()
			if f, err := there.Receive(nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("received %+v, %v, want an error with %q", f, err, c.want)
			}
		})
	}
}

func TestClipSplitsNoCharacter(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"short", "short"},
		{"not \xff text", "not \uFFFD text"},
		{strings.Repeat("ü", 50), strings.Repeat("ü", 10) + "... (80 bytes more)"},
		{"x" + strings.Repeat("ü", 50), "x" + strings.Repeat("ü", 9) + "... (82 bytes more)"},
	} {
		if got := Clip(c.text, 60); got != c.want {
			t.Errorf("Clip(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

// TestContentThatIsNotReadIsPassedOver has the frame behind it arrive.
func TestContentThatIsNotReadIsPassedOver(t *testing.T) {
	here, there, _ := pair(t)
	sent := make(chan error, 1)
	go func() {
		err := here.Send(FrameAPI, 1, nil, make([]byte, 1<<20))
		sent <- errors.Join(err, here.Send(FrameAPI, 2, nil, []byte("next")))
	}()
	room := func(_ FrameKind, _ uint64, size int64) error {
		if size > 1<<10 {
			return ErrSkipped
		}
		return nil
	}
	if f, err := there.Receive(room); !errors.Is(err, ErrSkipped) || f.ID != 1 || f.Head != nil || f.Body != nil {
		t.Errorf("%+v, %v", f, err)
	}
	f, err := there.Receive(room)
	if err := errors.Join(err, <-sent); err != nil || f.ID != 2 || string(f.Body) != "next" {
		t.Errorf("%+v, %v", f, err)
	}
}
