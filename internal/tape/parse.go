package tape

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrTooLarge tells that a text is beyond what a tape can address: 4 GiB, or 134 million members of one container.
var ErrTooLarge = errors.New("JSON text is too large")

var errTrailing = errors.New("text after the value")

// scratch holds tapes under construction, so that a document gets a tape of exactly its size.
var scratch = sync.Pool{New: func() any { return new(builder) }}

// keptNodes is the largest tape whose memory stays in scratch, in nodes of 16 bytes.
const keptNodes = 1 << 18

type builder struct {
	nodes []node
	open  []frame // the containers around the current value
	huge  bool    // a container has more than maxCount members
}

// frame is a container whose end is not reached: its node and the number of its items or members so far.
type frame struct {
	at, count uint32
	opener    byte // { or [
}

// Parse checks a JSON text and makes its tape. The document keeps raw, which must not be changed any more. It accepts what
// encoding/json accepts: repeated keys (the last value counts), invalid UTF-8 in strings (see Document.String), and
// 10,000 levels of nesting. A text with an error is a *jsontext.SyntacticError, which has its byte offset.
func Parse(raw []byte) (*Document, error) {
	if uint64(len(raw)) > math.MaxUint32 {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(raw))
	}
	b := scratch.Get().(*builder)
	defer b.release()
	if !b.scan(raw) {
		return nil, explain(raw)
	}
	if b.huge {
		return nil, fmt.Errorf("%w: a container has more than %d members", ErrTooLarge, maxCount)
	}
	return &Document{raw: raw, nodes: append([]node(nil), b.nodes...)}, nil
}

func (b *builder) release() {
	if cap(b.nodes) > keptNodes {
		return
	}
	b.nodes, b.open, b.huge = b.nodes[:0], b.open[:0], false
	scratch.Put(b)
}

// explain finds out what is wrong with a text that scan refused.
func explain(raw []byte) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadValue(); err == io.EOF {
		return &jsontext.SyntacticError{Err: io.ErrUnexpectedEOF}
	} else if err != nil {
		return err
	}
	return &jsontext.SyntacticError{ByteOffset: dec.InputOffset(), Err: errTrailing}
}

func (b *builder) begin(opener byte, start int) {
	kind := Array
	if opener == '{' {
		kind = Object
	}
	b.open = append(b.open, frame{at: uint32(len(b.nodes)), opener: opener})
	b.nodes = append(b.nodes, node{start: uint32(start), info: uint32(kind)})
}

func (b *builder) leaf(start, end int, info uint32) {
	b.nodes = append(b.nodes, node{start: uint32(start), end: uint32(end), next: uint32(len(b.nodes)) + 1, info: info})
}

func (b *builder) finish(raw []byte, end int) {
	top := b.open[len(b.open)-1]
	b.open = b.open[:len(b.open)-1]
	n := &b.nodes[top.at]
	n.end, n.next = uint32(end), uint32(len(b.nodes))
	if top.opener == '{' && top.count > 1 && b.repeats(raw, top) {
		top.count = b.dropRepeated(raw, top.at)
		n = &b.nodes[top.at]
	}
	b.huge = b.huge || top.count > maxCount
	n.info |= top.count << countShift
}
