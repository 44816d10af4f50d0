package rtm

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/internal/socketio"
	"github.com/crisphost/crisphost/crisp/spec"
)

// doors lets in who knows the key.
type doors struct{}

func (doors) Authenticate(tier, identifier, key string) (spec.Tiers, error) {
	if identifier != "id" || key != "key" {
		return 0, errors.New("invalid_session")
	}
	return spec.TierPlugin, nil
}

func (doors) Websites(spec.Tiers) []string { return []string{"w"} }

// login is what a client sends until it is authenticated.
const login = `42["authentication",{"tier":"plugin","username":"id","password":"key","events":["a"]}]`

func TestSessionAcknowledges(t *testing.T) {
	s := &session{access: doors{}}
	for _, step := range []struct{ frame, want string }{
		{"40", `40{"sid":"`}, {`427["any",1]`, "437[]"}, {`4212` + login[2:], `4312[] 42["authenticated",true]`},
		{`452-3["file",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "433[]"},
	} {
		r, err := s.receive(false, []byte(step.frame))
		if got := string(bytes.Join(r.frames, []byte(" "))); err != nil || !strings.HasPrefix(got, step.want) {
			t.Errorf("%s: %q, %v; want %s", step.frame, got, err, step.want)
		}
	}
	for range 2 {
		if _, err := s.receive(true, []byte{1, 2}); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.receive(true, nil); err == nil {
		t.Error("a third attachment was taken")
	}
}

// FuzzSession sends frames, one a line, to the server's side of the protocol. Lines that begin with ! are binary. It must
// not panic, and must not let anybody hear events who did not send the key.
func FuzzSession(f *testing.F) {
	for _, seed := range []string{
		"40\n" + login + "\n42[\"socket:bind\",{}]\n3", login, "40\n40", "2probe\n42[\"a\"]", "40/zzz,\n41\n1",
		"40\n451-[\"a\",{\"_placeholder\":true,\"num\":0}]\n!\x04\x01", "40{\"token\":1}\n4212[\"authentication\"]\n43[]",
		"40\n42[\"socket:bind:pop\",{\"events\":[\"a\"]}]\n" + login + "\n42[\"socket:bind:push\",{\"events\":[\"b\"]}]", "44{}",
		"40\n42[\"authentication\",null]\n42[\"authentication\",{\"events\":[1]}]", "40\n461-1[]\n!",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, dialogue string, old bool) {
		s := &session{access: doors{}, old: old}
		for _, frame := range s.hello(socketio.OpenPacket{SID: "s", PingInterval: 1, PingTimeout: 1}) {
			wellFormed(t, frame)
		}
		for line := range strings.SplitSeq(dialogue, "\n") {
			text, binary := strings.CutPrefix(line, "!")
			r, err := s.receive(binary, []byte(text))
			if err != nil {
				break
			}
			for _, frame := range r.frames {
				if frame[0] == socketio.Message {
					wellFormed(t, frame)
				}
			}
		}
		if s.bound.Load() != nil && !strings.Contains(dialogue, "key") && !strings.Contains(dialogue, `\u`) {
			t.Error("bound without the key")
		}
		s.bound.Load().wants("w", "a", spec.TierPlugin)
	})
}

// wellFormed checks a frame of the server.
func wellFormed(t *testing.T, frame []byte) {
	t.Helper()
	if frame[0] == socketio.Open {
		if !json.Valid(frame[1:]) {
			t.Errorf("open packet %q", frame)
		}
		return
	}
	if _, err := socketio.Decode(frame[1:]); err != nil {
		t.Errorf("frame %q: %v", frame, err)
	}
}

func TestQueue(t *testing.T) {
	q := newQueue(3000)
	next, want := 0, 0
	for round := range 20_000 {
		for range 1 + round%3 {
			if q.push([]byte{byte(next)}) {
				next++
			}
		}
		if frame := q.pop(); len(frame) != 1 || frame[0] != byte(want) {
			t.Fatalf("popped %v as number %d", frame, want)
		}
		want++
	}
	if next-want > 3000 || next-want < 2900 {
		t.Errorf("%d frames wait in a queue of 3000", next-want)
	}
	for ; want < next; want++ {
		if frame := q.pop(); len(frame) != 1 || frame[0] != byte(want) {
			t.Fatalf("popped %v as number %d", frame, want)
		}
	}
	if q.pop() != nil {
		t.Error("a frame of an empty queue")
	}
}
