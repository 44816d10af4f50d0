package rtm

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/crisphost/crisphost/crisp/internal/socketio"
	"github.com/crisphost/crisphost/crisp/spec"
)

// session is the protocol on one connection, without its I/O: frames come in, and frames to answer with go out. It is as
// strict as npm's server: what that one closes the connection for is an error.
type session struct {
	access Access
	sid    string
	old    bool // Engine.IO 3, in which the client sends the pings and the main namespace is joined unasked

	joined bool
	// attachments are the binary frames that the packet before them has announced. What is in them interests nobody.
	attachments int
	// bound is what the socket receives, nil before it is authenticated. It is read by those who emit.
	bound atomic.Pointer[binding]
}

// Access decides who may connect and what they hear.
type Access interface {
	// Authenticate checks the credentials of a tier. The message of its error is sent to the client.
	Authenticate(tier, identifier, key string) (spec.Tiers, error)
	// Websites are those whose events a tier hears.
	Websites(tier spec.Tiers) []string
}

// binding is what a socket receives. It is replaced and never changed.
type binding struct {
	tier     spec.Tiers
	websites map[string]bool
	rooms    map[string]bool // nil narrows nothing
	events   map[string]bool
}

func (b *binding) wants(website, event string, tiers spec.Tiers) bool {
	return b != nil && b.events[event] && tiers.Has(b.tier) &&
		(website == "" || b.websites[website] && (b.rooms == nil || b.rooms[website]))
}

// response is what a frame brings about.
type response struct {
	frames [][]byte
	// heartbeat reports that the frame was the client's part of it.
	heartbeat bool
	// refused reports that the credentials were wrong. The connection ends soon after the answer.
	refused bool
}

var (
	errClosed  = errors.New("the client left")
	errJoined  = errors.New("the main namespace is joined already")
	errOutside = errors.New("a packet outside of a namespace that was joined")
)

// hello are the frames that the server begins with.
func (s *session) hello(open socketio.OpenPacket) [][]byte {
	frames := [][]byte{open.Append(nil)}
	if s.old {
		s.joined = true
		frames = append(frames, socketio.Packet{Type: socketio.Connect, ID: socketio.NoID}.Frame())
	}
	return frames
}

// receive takes one frame. Its error ends the connection.
func (s *session) receive(binary bool, frame []byte) (response, error) {
	if binary {
		return response{}, s.attachment(frame)
	}
	if len(frame) == 0 {
		return response{}, errors.New("an empty frame")
	}
	switch kind := frame[0]; {
	case kind == socketio.Message:
		return s.message(frame[1:])
	case kind == socketio.Ping && s.old:
		pong := append([]byte{socketio.Pong}, frame[1:]...)
		return response{frames: [][]byte{pong}, heartbeat: true}, nil
	case kind == socketio.Pong && !s.old:
		return response{heartbeat: true}, nil
	case kind == socketio.Close:
		return response{}, errClosed
	default:
		return response{}, fmt.Errorf("an engine packet of type %q from the client", kind)
	}
}

// attachment takes a binary frame, which begins with its type in Engine.IO 3.
func (s *session) attachment(frame []byte) error {
	if s.attachments == 0 {
		return errors.New("a binary frame that no packet announced")
	}
	if s.old && (len(frame) == 0 || frame[0] != socketio.Message-'0') {
		return errors.New("a binary frame that is not a message")
	}
	s.attachments--
	return nil
}

func (s *session) message(data []byte) (response, error) {
	if s.attachments > 0 {
		return response{}, errors.New("a packet in place of an attachment")
	}
	p, err := socketio.Decode(data)
	if err != nil {
		return response{}, err
	}
	if p.Type == socketio.Connect {
		return s.join(p)
	}
	if !s.joined || p.Namespace != "/" {
		return response{}, errOutside
	}
	switch p.Type {
	case socketio.Event, socketio.BinaryEvent:
		s.attachments = p.Attachments
		return s.event(p)
	case socketio.Ack, socketio.BinaryAck:
		s.attachments = p.Attachments // the server never asks for one
		return response{}, nil
	case socketio.Disconnect:
		return response{}, errClosed
	}
	return response{}, errors.New("a connect error from the client")
}

// join answers the wish to join a namespace. There is the main one only.
func (s *session) join(p socketio.Packet) (response, error) {
	answer := socketio.Packet{Type: socketio.Connect, Namespace: p.Namespace, ID: socketio.NoID}
	switch {
	case p.Namespace != "/":
		answer.Type, answer.Data = socketio.ConnectError, json.RawMessage(`{"message":"Invalid namespace"}`)
	case s.joined:
		return response{}, errJoined
	default:
		s.joined = true
		answer.Data = object("sid", newID())
	}
	return response{frames: [][]byte{answer.Frame()}}, nil
}

// event runs what the service has names for. Other events of clients are ignored, which is a guess.
func (s *session) event(p socketio.Packet) (response, error) {
	name, args, err := p.Args()
	if err != nil {
		return response{}, err
	}
	var r response
	if p.ID != socketio.NoID {
		ack := socketio.Packet{Type: socketio.Ack, ID: p.ID, Data: json.RawMessage(`[]`)}
		r.frames = append(r.frames, ack.Frame())
	}
	var first json.RawMessage
	if len(args) > 0 {
		first = args[0]
	}
	switch name {
	case socketio.EventAuthentication:
		var answer socketio.Packet
		if err := s.authenticate(first); err != nil {
			answer = socketio.NewEvent(socketio.EventUnauthorized, object("message", err.Error()))
			r.refused = true
		} else {
			answer = socketio.NewEvent(socketio.EventAuthenticated, json.RawMessage("true"))
		}
		r.frames = append(r.frames, answer.Frame())
	case socketio.EventBind, socketio.EventBindPush, socketio.EventBindPop:
		s.bind(name, first)
	}
	return r, nil
}

// object writes an object of one string member.
func object(name, value string) json.RawMessage {
	text, err := json.Marshal(map[string]string{name: value})
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return text
}
