package socketio

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// longestPlaceholder is above the length of {"_placeholder":true,"num":10}, with room for spaces.
const longestPlaceholder = 64

// Inline returns the packet with its attachments in their places, as base64 strings, which is how encoding/json writes
// bytes. It fails when the number of attachments is not the packet's, or a place names one that does not exist.
func (p Packet) Inline(attachments [][]byte) (Packet, error) {
	if len(attachments) != p.Attachments {
		return p, fmt.Errorf("%d attachments instead of %d", len(attachments), p.Attachments)
	}
	var (
		out    []byte
		copied int64   // so much of Data is in out
		starts []int64 // of the objects and arrays that are open
	)
	dec := jsontext.NewDecoder(bytes.NewBuffer(p.Data), lenient)
	for range p.Data { // there are not more tokens than bytes
		token, err := dec.ReadToken()
		if err != nil {
			break // the end: Decode has seen that it is JSON
		}
		end := dec.InputOffset()
		switch token.Kind() {
		case '{', '[':
			starts = append(starts, end-1)
			continue
		case '}':
		case ']':
			starts = starts[:len(starts)-1]
			continue
		default:
			continue
		}
		start := starts[len(starts)-1]
		starts = starts[:len(starts)-1]
		n, ok := placeholder(p.Data[start:end])
		if !ok {
			continue
		}
		if n < 0 || n >= int64(len(attachments)) {
			return p, errors.New("an attachment is missing")
		}
		out = append(append(out, p.Data[copied:start]...), '"')
		out = append(base64.StdEncoding.AppendEncode(out, attachments[n]), '"')
		copied = end
	}
	p.Data = append(out, p.Data[copied:]...)
	p.Attachments = 0
	if p.Type == BinaryAck {
		p.Type = Ack
	} else {
		p.Type = Event
	}
	return p, nil
}

// placeholder returns the number of the attachment that an object stands for.
func placeholder(object []byte) (n int64, ok bool) {
	if len(object) > longestPlaceholder || !bytes.Contains(object, []byte(`"_placeholder"`)) {
		return 0, false
	}
	var form struct {
		Placeholder bool   `json:"_placeholder"`
		Num         *int64 `json:"num"`
	}
	if json.Unmarshal(object, &form) != nil || !form.Placeholder || form.Num == nil {
		return 0, false
	}
	return *form.Num, true
}
