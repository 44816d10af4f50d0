package tape

// A repeated key is rare, and a lookup that had to reckon with it could not stop at the first match. So repetition is found
// while the tape is made, and such an object's part of the tape is laid out anew without it.

// scanLimit is the number of keys above which a map finds repetition rather than the filter and a scan.
const scanLimit = 48

// repeats reports whether an object that ends the tape has a repeated key.
func (b *builder) repeats(raw []byte, object frame) bool {
	if object.count > scanLimit {
		return b.repeatsInMap(raw, object)
	}
	var seen [4]uint64 // a filter of 256 bits: most objects pass without one comparison
	end := uint32(len(b.nodes))
	for k := object.at + 1; k < end; k = b.nodes[k+1].next {
		n := &b.nodes[k]
		if n.info&flagPlain == 0 {
			return b.repeatsInMap(raw, object)
		}
		text := raw[n.start+1 : n.end-1]
		if len(text) == 0 {
			text = raw[n.start : n.start+1]
		}
		hash := uint32(len(text)) ^ uint32(text[0])*0x9E3779B1 ^ uint32(text[len(text)/2])*0x85EBCA77 ^ uint32(text[len(text)-1])*0xC2B2AE3D
		hash ^= hash >> 15
		word, bit := hash>>6&3, uint64(1)<<(hash&63)
		if seen[word]&bit != 0 && b.keyBefore(raw, object.at, k) {
			return true
		}
		seen[word] |= bit
	}
	return false
}

// keyBefore reports whether the plain key k stands in its object before k.
func (b *builder) keyBefore(raw []byte, object, k uint32) bool {
	n := &b.nodes[k]
	text := raw[n.start:n.end]
	for p := object + 1; p < k; p = b.nodes[p+1].next {
		q := &b.nodes[p]
		if q.end-q.start == n.end-n.start && string(raw[q.start:q.end]) == string(text) {
			return true
		}
	}
	return false
}

func (b *builder) repeatsInMap(raw []byte, object frame) bool {
	doc := Document{raw: raw, nodes: b.nodes}
	seen := make(map[string]struct{}, object.count)
	for k := object.at + 1; k < uint32(len(b.nodes)); k = b.nodes[k+1].next {
		seen[doc.View(Index(k))] = struct{}{}
	}
	return len(seen) < int(object.count)
}

// dropRepeated lays the object at the end of the tape out with each key once, at its first place with its last value, and
// returns the number of keys.
func (b *builder) dropRepeated(raw []byte, object uint32) uint32 {
	// A copy of this part alone: an answer may have thousands of such objects. Its places count from the object.
	old := append([]node(nil), b.nodes[object:]...)
	doc := Document{raw: raw, nodes: old}
	last := map[string]uint32{}
	var order []uint32
	for k := uint32(1); k < uint32(len(old)); k = old[k+1].next - object {
		key := doc.View(Index(k))
		if _, ok := last[key]; !ok {
			order = append(order, k)
		}
		last[key] = k + 1
	}
	b.nodes = b.nodes[:object+1]
	for _, k := range order {
		value := last[doc.View(Index(k))]
		key := old[k]
		key.next = uint32(len(b.nodes)) + 1
		b.nodes = append(b.nodes, key)
		shift := uint32(len(b.nodes)) - (object + value)
		for _, n := range old[value : old[value].next-object] {
			n.next += shift // wraps around below zero, as it should
			b.nodes = append(b.nodes, n)
		}
	}
	b.nodes[object].next = uint32(len(b.nodes))
	return uint32(len(order))
}
