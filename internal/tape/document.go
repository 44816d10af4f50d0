// Package tape reads JSON lazily: one validating pass lays a flat tape of nodes over the text, and values are decoded when
// somebody asks for them. A script that touches three fields of each item of a page then pays for those three.
//
// A node is known by its Index; the root is 0. The children of a container follow it directly on the tape, each member of
// an object as two nodes: its key, then its value.
//
//	doc, err := tape.Parse(body)
//	for k, v := range doc.Members(tape.Root) {
//		fmt.Println(doc.String(k), doc.Kind(v))
//	}
//
// A Document is immutable and safe for concurrent use. Walking it allocates nothing.
package tape

import (
	"iter"
	"unsafe"
)

// Kind is the type of a JSON value.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	False
	True
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	return [...]string{"null", "false", "true", "number", "string", "array", "object"}[k]
}

// Index is a node's place on the tape.
type Index uint32

// Root is the index of the document's outermost value.
const Root Index = 0

// node is a value or a member's key. Start and end are its bytes in the text, quotes and brackets included. Next is the index
// after the node and everything inside it.
type node struct {
	start, end, next uint32
	info             uint32
}

// The low bits of node.info are the Kind and the flags; above them stands the number of items or members.
const (
	kindMask   = 1<<3 - 1
	flagPlain  = 1 << 3 // a string whose bytes between the quotes are its value
	flagASCII  = 1 << 4 // a plain string of ASCII characters only
	countShift = 5
	maxCount   = 1<<(32-countShift) - 1
)

// Document is a JSON text with its tape.
type Document struct {
	raw   []byte
	nodes []node
}

// Bytes is the whole text. It must not be changed.
func (d *Document) Bytes() []byte { return d.raw }

// Nodes is the number of nodes on the tape, keys included: a measure of what decoding everything would cost.
func (d *Document) Nodes() int { return len(d.nodes) }

// Kind is the type of the value at i. Keys are of kind String.
func (d *Document) Kind(i Index) Kind { return Kind(d.nodes[i].info & kindMask) }

// Len is the number of items of an array or members of an object, and 0 for other values. Members whose key is repeated
// count once.
func (d *Document) Len(i Index) int { return int(d.nodes[i].info >> countShift) }

// Raw is the text of the value at i, without space around it. It shares memory with the document and must not be changed.
// In an object with a repeated key, all of its values stand in the text; the last one counts.
func (d *Document) Raw(i Index) []byte {
	n := &d.nodes[i]
	return d.raw[n.start:n.end:n.end]
}

// First and Next walk the children of the container at i without a closure: First(i) is the index of the first item, or of the
// first key, and it equals End(i) when there is none.
//
//	for v := d.First(arr); v != d.End(arr); v = d.Next(v) { ... }
//	for k := d.First(obj); k != d.End(obj); k = d.Next(k + 1) { v := k + 1; ... }
func (d *Document) First(i Index) Index { return i + 1 }

// Next is the index after the value at i and all that is inside it: its next sibling, or the End of its container.
func (d *Document) Next(i Index) Index { return Index(d.nodes[i].next) }

// End is the index after the last child of the container at i.
func (d *Document) End(i Index) Index { return Index(d.nodes[i].next) }

// Items walks an array in order: position and index. Other values have no items.
func (d *Document) Items(arr Index) iter.Seq2[int, Index] {
	return func(yield func(int, Index) bool) {
		if d.Kind(arr) != Array {
			return
		}
		end := d.End(arr)
		for n, v := 0, arr+1; v != end; n, v = n+1, d.Next(v) {
			if !yield(n, v) {
				return
			}
		}
	}
}

// Members walks an object in the order of the text: index of the key, index of the value. Other values have no members. A
// repeated key comes once, at its first place with its last value.
func (d *Document) Members(obj Index) iter.Seq2[Index, Index] {
	return func(yield func(Index, Index) bool) {
		if d.Kind(obj) != Object {
			return
		}
		end := d.End(obj)
		for k := obj + 1; k != end; k = d.Next(k + 1) {
			if !yield(k, k+1) {
				return
			}
		}
	}
}

// Item is the index of an array's item, counted from 0. It is immediate in arrays of scalars and walks over the items before it
// in others, so loops are better served by Items.
func (d *Document) Item(arr Index, position int) (Index, bool) {
	if d.Kind(arr) != Array || position < 0 || position >= d.Len(arr) {
		return 0, false
	}
	v := arr + 1
	if int(d.End(arr)-v) == d.Len(arr) {
		return v + Index(position), true
	}
	for ; position > 0; position-- {
		v = d.Next(v)
	}
	return v, true
}

// Member is the index of the value of an object's member. It walks over the keys before it.
func (d *Document) Member(obj Index, key string) (Index, bool) {
	k, ok := d.Key(obj, key)
	return k + 1, ok
}

// Key is the index of an object's key; its value follows it.
func (d *Document) Key(obj Index, key string) (Index, bool) {
	return d.KeyFrom(obj, obj+1, key)
}

// KeyFrom is Key, looking first at start, which is the object's First key or any other of its keys, and at the keys after
// it. A caller that starts where it found the last key finds members in the order of the text at once.
func (d *Document) KeyFrom(obj, start Index, key string) (Index, bool) {
	if d.Kind(obj) != Object {
		return 0, false
	}
	if k, ok := d.scanKeys(start, d.End(obj), key); ok {
		return k, true
	}
	return d.scanKeys(obj+1, start, key)
}

func (d *Document) scanKeys(from, to Index, key string) (Index, bool) {
	quoted := uint32(len(key)) + 2
	for k := from; k < to; k = Index(d.nodes[k+1].next) {
		n := &d.nodes[k]
		if n.info&flagPlain != 0 {
			if n.end-n.start == quoted && string(d.raw[n.start+1:n.end-1]) == key {
				return k, true
			}
		} else if d.Equal(k, key) {
			return k, true
		}
	}
	return 0, false
}

// Equal reports whether the string or key at i is s, without allocating.
func (d *Document) Equal(i Index, s string) bool {
	n := &d.nodes[i]
	if Kind(n.info&kindMask) != String {
		return false
	}
	if n.info&flagPlain != 0 {
		return string(d.raw[n.start+1:n.end-1]) == s
	}
	var buf [64]byte
	return string(appendDecoded(buf[:0], d.raw[n.start:n.end])) == s
}

// String is the string or key at i, decoded into memory of its own, and empty for other values. Escapes for half a
// surrogate pair and bytes that are not UTF-8 become U+FFFD, as in encoding/json.
func (d *Document) String(i Index) string {
	n := &d.nodes[i]
	if n.info&flagPlain != 0 {
		return string(d.raw[n.start+1 : n.end-1])
	}
	if Kind(n.info&kindMask) != String {
		return ""
	}
	b := appendDecoded(nil, d.raw[n.start:n.end])
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// View is String, except that the result shares the document's memory where it can. It is right for a comparison or a map
// lookup; whoever keeps it keeps the whole text alive.
func (d *Document) View(i Index) string {
	n := &d.nodes[i]
	if n.info&flagPlain != 0 {
		b := d.raw[n.start+1 : n.end-1]
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	return d.String(i)
}

// AppendString appends the string or key at i to dst.
func (d *Document) AppendString(dst []byte, i Index) []byte {
	n := &d.nodes[i]
	if n.info&flagPlain != 0 {
		return append(dst, d.raw[n.start+1:n.end-1]...)
	}
	if Kind(n.info&kindMask) != String {
		return dst
	}
	return appendDecoded(dst, d.raw[n.start:n.end])
}

// ASCII reports whether the value at i is a string of ASCII characters without escapes.
func (d *Document) ASCII(i Index) bool { return d.nodes[i].info&flagASCII != 0 }

// Bool is true for the value true.
func (d *Document) Bool(i Index) bool { return d.Kind(i) == True }
