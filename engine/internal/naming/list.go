// Package naming finds and lists what modules and values have by their names. It is what the runtimes share, and not for
// embedders.
package naming

import "github.com/crisphost/crisphost/engine"

// maxMembers bounds a list of names for completion.
const maxMembers = 10_000

// List gathers what Session.Members returns: each name once, with its first kind, and not names without end.
type List struct {
	Members []engine.Member
	seen    map[string]bool
}

// Takes reports whether Add would add a name.
func (l *List) Takes(name string) bool {
	return len(l.Members) < maxMembers && !l.seen[name]
}

// Add adds a name, unless it is there already or the list is full.
func (l *List) Add(name, kind string) {
	if !l.Takes(name) {
		return
	}
	if l.seen == nil {
		l.seen = make(map[string]bool)
	}
	l.seen[name] = true
	l.Members = append(l.Members, engine.Member{Name: name, Kind: kind})
}
