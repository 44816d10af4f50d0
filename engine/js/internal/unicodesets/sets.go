// Package unicodesets has the sets of characters that \p{...} names in regular expressions, as ECMAScript and Unicode 17 have them.
//
// tables.bin is made by generate.js with Node, whose tables are those of the same Unicode version. It is not made anew by go generate.
package unicodesets

import (
	_ "embed"
	"encoding/binary"
	"strings"
	"sync"
)

var (
	//go:embed names.txt
	names string
	//go:embed tables.bin
	tables []byte
)

// Set is a set of code points: the first of each range and the one after its last, in order.
type Set []rune

// end is one past the last code point.
const end = 0x110000

// Complement returns all other code points.
func (s Set) Complement() Set {
	if len(s) > 0 && s[0] == 0 {
		s = s[1:]
	} else {
		s = append(Set{0}, s...)
	}
	if n := len(s); n > 0 && s[n-1] == end {
		return s[:n-1]
	}
	return append(s[:len(s):len(s)], end)
}

// place is where a set's numbers begin in the tables, and script where those of the script's extensions do.
type place struct{ set, extensions int }

// index has the places by the kind and name of a set.
var index = sync.OnceValue(func() map[string]place {
	places := make(map[string]place)
	at := 0
	skip := func() (start int) {
		start = at
		_, at = numbers(at)
		return start
	}
	for line := range strings.Lines(names) {
		words := strings.Fields(line)
		p := place{set: skip()}
		if words[0] == "sc" {
			p.extensions = skip()
		}
		for _, name := range words[1:] {
			places[words[0]+"="+name] = p
		}
	}
	return places
})

// numbers reads the list at an offset in the tables, and returns the offset behind it.
func numbers(at int) (Set, int) {
	next := func() int {
		n, size := binary.Uvarint(tables[at:])
		at += size
		return int(n)
	}
	list := make(Set, next())
	last := 0
	for i := range list {
		last += next()
		list[i] = rune(last)
	}
	return list, at
}

// kinds are the names of properties that have values.
var kinds = map[string]string{
	"General_Category": "gc", "gc": "gc", "Script": "sc", "sc": "sc", "Script_Extensions": "scx", "scx": "scx",
}

// Find returns the set that \p{expression} matches, if there is such a property.
func Find(expression string) (Set, bool) {
	name, value, hasValue := strings.Cut(expression, "=")
	if !hasValue {
		for _, kind := range []string{"gc", "bin"} {
			if p, ok := index()[kind+"="+name]; ok {
				set, _ := numbers(p.set)
				return set, true
			}
		}
		return nil, false
	}
	kind := kinds[name]
	p, ok := index()[strings.TrimSuffix(kind, "x")+"="+value]
	if kind == "" || !ok {
		return nil, false
	}
	set, _ := numbers(p.set)
	if kind == "scx" {
		if extensions, _ := numbers(p.extensions); len(extensions) > 0 {
			set = extensions
		}
	}
	return set, true
}
