package tape

import (
	"bytes"
	"fmt"
	"math"
)

// Part is a value of a document.
type Part struct {
	Document *Document
	At       Index
}

// Raw is the text of the value; see Document.Raw.
func (p Part) Raw() []byte { return p.Document.Raw(p.At) }

// Copy makes a document of the value at i alone, which shares no memory with this one.
func (d *Document) Copy(i Index) *Document {
	part := Part{d, i}
	nodes := make([]node, 0, d.nodes[i].next-uint32(i))
	return &Document{raw: bytes.Clone(part.Raw()), nodes: part.moveTo(nodes, 0)}
}

// NewArray makes an array of values of other documents, in this order. Their texts are copied and not read again. It fails
// with ErrTooLarge.
func NewArray(items []Part) (*Document, error) {
	size, nodes := uint64(len("[]")+max(len(items)-1, 0)), 1
	for _, item := range items {
		n := &item.Document.nodes[item.At]
		size += uint64(n.end - n.start)
		nodes += int(n.next) - int(item.At)
	}
	if size > math.MaxUint32 || len(items) > maxCount {
		return nil, fmt.Errorf("%w: %d items of %d bytes", ErrTooLarge, len(items), size)
	}
	d := &Document{raw: make([]byte, 0, size), nodes: make([]node, 1, nodes)}
	d.raw = append(d.raw, '[')
	for i, item := range items {
		if i > 0 {
			d.raw = append(d.raw, ',')
		}
		d.nodes = item.moveTo(d.nodes, len(d.raw))
		d.raw = append(d.raw, item.Raw()...)
	}
	d.raw = append(d.raw, ']')
	d.nodes[Root] = node{end: uint32(len(d.raw)), next: uint32(len(d.nodes)), info: uint32(Array) | uint32(len(items))<<countShift}
	return d, nil
}

// moveTo puts the nodes of the value at the end of a tape, for its text at offset start.
func (p Part) moveTo(tape []node, start int) []node {
	old := p.Document.nodes[p.At:p.Document.nodes[p.At].next]
	bytes, places := uint32(start)-old[0].start, uint32(len(tape))-uint32(p.At)
	for _, n := range old { // both differences wrap around below zero, as they should
		tape = append(tape, node{start: n.start + bytes, end: n.end + bytes, next: n.next + places, info: n.info})
	}
	return tape
}
