package socketio

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// NoID is the ID of a packet that asks for no acknowledgement.
const NoID = -1

// Packet is a Socket.IO packet.
type Packet struct {
	// Type is one of the constants from [Connect] to [BinaryAck].
	Type byte
	// Namespace is "/" or "" for the main one. [Decode] returns "/", and leaves out the query that old clients append.
	Namespace string
	// ID is what an acknowledgement refers to, or [NoID].
	ID int64
	// Attachments is the number of binary frames that follow. See [Packet.Inline].
	Attachments int
	// Data is the JSON payload, or nil: of events an array of the name and the arguments.
	Data stdjson.RawMessage
}

// lenient accepts what JSON.stringify writes, lone surrogates included, and repeated names.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// Decode reads the data of a [Message]. It fails for what socket.io-parser refuses, and never panics. Data shares
// memory with text.
func Decode(text []byte) (Packet, error) {
	p := Packet{Namespace: "/", ID: NoID}
	if len(text) == 0 {
		return p, errors.New("the packet is empty")
	}
	if !utf8.Valid(text) {
		return p, errors.New("the packet is not UTF-8")
	}
	p.Type = text[0]
	if p.Type < Connect || p.Type > BinaryAck {
		return p, fmt.Errorf("unknown packet type %q", p.Type)
	}
	rest := text[1:]
	if p.Type == BinaryEvent || p.Type == BinaryAck {
		digits, after := cutDigits(rest)
		n, err := strconv.Atoi(string(digits))
		if err != nil || len(after) == 0 || after[0] != '-' || n < 1 {
			return p, errors.New("a binary packet has no number of attachments")
		}
		if n > MaxAttachments {
			return p, fmt.Errorf("%d attachments, more than %d", n, MaxAttachments)
		}
		p.Attachments, rest = n, after[1:]
	}
	if len(rest) > 0 && rest[0] == '/' {
		namespace, after, _ := bytes.Cut(rest, []byte(","))
		namespace, _, _ = bytes.Cut(namespace, []byte("?"))
		p.Namespace, rest = string(namespace), after
	}
	if digits, after := cutDigits(rest); len(digits) > 0 {
		id, err := strconv.ParseInt(string(digits), 10, 64)
		if err != nil {
			return p, errors.New("the acknowledgement id is too large")
		}
		p.ID, rest = id, after
	}
	if len(rest) > 0 {
		p.Data = rest
	}
	return p, p.check()
}

func cutDigits(b []byte) (digits, after []byte) {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return b[:n], b[n:]
}

// check reports what is wrong with the data of a packet of this type.
func (p Packet) check() error {
	if p.Data != nil && !jsontext.Value(p.Data).IsValid(lenient) {
		return errors.New("the data of the packet is not JSON")
	}
	kind := jsontext.Value(p.Data).Kind()
	switch p.Type {
	case Connect:
		if p.Data != nil && kind != '{' {
			return errors.New("the data of a connect packet is not an object")
		}
	case Disconnect:
		if p.Data != nil {
			return errors.New("a disconnect packet has data")
		}
	case ConnectError:
		if p.Data != nil && kind != '{' && kind != '"' {
			return errors.New("the data of a connect error is neither an object nor a string")
		}
	case Ack, BinaryAck:
		if kind != '[' {
			return errors.New("the data of an acknowledgement is not an array")
		}
		if p.ID == NoID {
			return errors.New("an acknowledgement has no id")
		}
	default:
		if _, _, err := p.Args(); err != nil {
			return err
		}
	}
	return nil
}

// Args returns the name and the arguments of an event. They share memory with Data. It fails when Data is not an array
// whose first element is a string.
func (p Packet) Args() (name string, args []stdjson.RawMessage, err error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(p.Data), lenient)
	if token, err := dec.ReadToken(); err != nil || token.Kind() != '[' {
		return "", nil, errors.New("the data of an event is not an array")
	}
	token, err := dec.ReadToken()
	if err != nil || token.Kind() != '"' {
		return "", nil, errors.New("an event has no name")
	}
	name = token.String()
	for dec.PeekKind() != ']' {
		value, err := dec.ReadValue()
		if err != nil {
			return "", nil, errors.New("the data of an event is not JSON")
		}
		end := dec.InputOffset()
		args = append(args, p.Data[end-int64(len(value)):end:end])
	}
	return name, args, nil
}

// NewEvent returns the packet of an event in the main namespace. The arguments must be valid JSON.
func NewEvent(name string, args ...stdjson.RawMessage) Packet {
	data, err := jsontext.AppendQuote([]byte{'['}, strings.ToValidUTF8(name, "\uFFFD"))
	if err != nil {
		panic(err) // only for invalid UTF-8
	}
	for _, arg := range args {
		data = append(append(data, ','), arg...)
	}
	return Packet{Type: Event, ID: NoID, Data: append(data, ']')}
}

// Append appends the packet as [Decode] reads it.
func (p Packet) Append(b []byte) []byte {
	b = append(b, p.Type)
	if p.Type == BinaryEvent || p.Type == BinaryAck {
		b = append(strconv.AppendInt(b, int64(p.Attachments), 10), '-')
	}
	if p.Namespace != "" && p.Namespace != "/" {
		b = append(append(b, p.Namespace...), ',')
	}
	if p.ID >= 0 {
		b = strconv.AppendInt(b, p.ID, 10)
	}
	return append(b, p.Data...)
}

// Frame returns the packet as the text frame that carries it.
func (p Packet) Frame() []byte {
	return p.Append(append(make([]byte, 0, len(p.Data)+len(p.Namespace)+24), Message))
}
