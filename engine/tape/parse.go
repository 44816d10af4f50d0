package tape

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrTooLarge tells that a text is beyond what a tape can address: 4 GiB, or 134 million members of one container.
var ErrTooLarge = errors.New("JSON text is too large")

var errTrailing = errors.New("text after the value")

// scratch holds tapes under construction, so that a document gets a tape of exactly its size.
var scratch = sync.Pool{New: func() any { return new(builder) }}

type builder struct {
	nodes []node
	open  []frame // the containers around the current value
}

// frame is a container whose end is not reached: its node and the number of children so far, keys included.
type frame struct{ at, count uint32 }

// Parse checks a JSON text and makes its tape. The document keeps raw, which must not be changed any more. It accepts what
// encoding/json accepts: repeated keys (the last value counts), invalid UTF-8 in strings (see Document.String), and
// 10,000 levels of nesting. A text with a mistake is a *jsontext.SyntacticError, which has its byte offset.
func Parse(raw []byte) (*Document, error) {
	if uint64(len(raw)) > math.MaxUint32 {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(raw))
	}
	b := scratch.Get().(*builder)
	defer scratch.Put(b)
	b.nodes, b.open = b.nodes[:0], b.open[:0]
	if err := b.build(raw); err != nil {
		return nil, err
	}
	return &Document{raw: raw, nodes: append([]node(nil), b.nodes...)}, nil
}

func (b *builder) build(raw []byte) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		switch kind := dec.PeekKind(); kind {
		case '{', '[':
			if _, err := dec.ReadToken(); err != nil {
				return err
			}
			info := uint32(Array)
			if kind == '{' {
				info = uint32(Object)
			}
			b.begin(info, uint32(dec.InputOffset())-1)
			continue
		case '}', ']':
			if _, err := dec.ReadToken(); err != nil {
				return err
			}
			if err := b.finish(raw, uint32(dec.InputOffset())); err != nil {
				return err
			}
		default:
			value, err := dec.ReadValue()
			if err == io.EOF {
				return &jsontext.SyntacticError{Err: io.ErrUnexpectedEOF}
			}
			if err != nil {
				return err
			}
			b.scalar(kind, value, uint32(dec.InputOffset()))
		}
		if len(b.open) == 0 {
			break
		}
	}
	if _, err := dec.ReadToken(); err == nil {
		return &jsontext.SyntacticError{ByteOffset: int64(b.nodes[0].end), Err: errTrailing}
	} else if err != io.EOF {
		return err
	}
	return nil
}

func (b *builder) begin(kind, start uint32) {
	b.child()
	b.open = append(b.open, frame{at: uint32(len(b.nodes))})
	b.nodes = append(b.nodes, node{start: start, info: kind})
}

func (b *builder) child() {
	if len(b.open) > 0 {
		b.open[len(b.open)-1].count++
	}
}

func (b *builder) finish(raw []byte, end uint32) error {
	top := b.open[len(b.open)-1]
	b.open = b.open[:len(b.open)-1]
	n := &b.nodes[top.at]
	n.end, n.next = end, uint32(len(b.nodes))
	if Kind(n.info) == Object {
		top.count /= 2
		if top.count > 1 && b.repeats(raw, top) {
			top.count = b.dropRepeated(raw, top.at)
			n = &b.nodes[top.at]
		}
	}
	if top.count > maxCount {
		return fmt.Errorf("%w: %d members in one container", ErrTooLarge, top.count)
	}
	n.info |= top.count << countShift
	return nil
}

func (b *builder) scalar(kind jsontext.Kind, value []byte, end uint32) {
	b.child()
	n := node{start: end - uint32(len(value)), end: end, next: uint32(len(b.nodes)) + 1}
	switch kind {
	case 'f':
		n.info = uint32(False)
	case 't':
		n.info = uint32(True)
	case '0':
		n.info = uint32(Number)
	case '"':
		n.info = uint32(String) | stringFlags(value)
	}
	b.nodes = append(b.nodes, n)
}

// stringFlags looks at a quoted string's text.
func stringFlags(quoted []byte) uint32 {
	ascii := true
	for _, c := range quoted {
		if c == '\\' {
			return 0
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	switch {
	case ascii:
		return flagPlain | flagASCII
	case utf8.Valid(quoted):
		return flagPlain
	default:
		return 0
	}
}
