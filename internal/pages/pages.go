// Package pages lets documents go of which scripts keep small parts. A value of a script that reads from a document keeps all of
// it: one small object kept from each page of a long list would keep the list. A registry knows the values of a VM that read from
// large documents, by weak pointers, and has those that outlive garbage collections copy their part out.
package pages

import (
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/crisphost/crisphost/internal/tape"
)

const (
	// minBytes is the size from which a document is worth watching.
	minBytes = 16 << 10
	// many is how many such documents may outlive a collection before the values of further ones are watched: as many as calls are
	// under way at the same time. Watching costs a script that keeps nothing a twentieth of its time.
	many = 20
	// share is the part of a document below which what is left of it is copied out: a fourth.
	share = 4
	// freshBytes is the text of pages that may come without a collection, and liveShare the part of the live heap that may: pages
	// that are kept make the heap grow, and the collector waits until it has doubled.
	freshBytes = 4 << 20
	liveShare  = 4
)

// Value is a value that reads from a document until it has been detached, changed or filled.
type Value[V any] interface {
	*V
	// Held is the length of the text of the value in the document that it was made of, or 0 once it does not read from that.
	Held() int
	// Detach makes the value read from a document of its own.
	Detach()
}

// Registry has the pages of a VM. Its methods may be called where the VM's values may be used, and nowhere else.
type Registry[V any, P Value[V]] struct {
	pages []*Page[V, P]
	// crowded tells that many pages have outlived a collection.
	crowded bool
	// fresh is the text of pages since the collection that counted was the last one.
	fresh   int
	counted uint64
}

// settle forgets the pages that a collection has freed and lets others go.
func (r *Registry[V, P]) settle() {
	left := 0
	r.pages = slices.DeleteFunc(r.pages, func(p *Page[V, P]) bool {
		if p.doc.Value() == nil {
			return true
		}
		left++
		return p.settle()
	})
	r.crowded = r.crowded || left > many
}

// Page is a document, with the values that are watched. Nil watches none.
type Page[V any, P Value[V]] struct {
	doc    weak.Pointer[tape.Document]
	values []weak.Pointer[V]
	size   int
}

// New watches a document that a VM has been given, and lets older ones go. It returns nil for one that is not watched.
func (r *Registry[V, P]) New(doc *tape.Document) *Page[V, P] {
	if len(doc.Bytes()) < minBytes {
		return nil
	}
	count()
	size, now := len(doc.Bytes()), collections.Load()
	switch r.fresh += size; {
	case now > r.counted:
		r.fresh, r.counted = size, now
		r.settle()
	case r.fresh > freshBytes && r.fresh > liveHeap()/liveShare:
		runtime.GC()
		r.fresh, r.counted = size, now+1 // this one is counted later
		r.settle()
	}
	page := &Page[V, P]{doc: weak.Make(doc), size: size}
	r.pages = append(r.pages, page)
	if !r.crowded {
		return nil
	}
	return page
}

// liveHeap is the size of the heap after the last collection.
func liveHeap() int {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int(sample[0].Value.Uint64())
}

// Add watches a value that reads from the document.
func (p *Page[V, P]) Add(value *V) {
	if p != nil {
		p.values = append(p.values, weak.Make(value))
	}
}

// settle detaches the values that a collection has left of a page, unless they are most of it, and reports whether it did. A page
// that came during the collection looks as if all of it were in use, and is looked at again.
func (p *Page[V, P]) settle() bool {
	var left []P
	held := 0
	for _, w := range p.values {
		if value := P(w.Value()); value != nil && value.Held() > 0 {
			left = append(left, value)
			if held += value.Held(); held > p.size/share {
				return false
			}
		}
	}
	for _, value := range left {
		value.Detach()
	}
	return len(left) > 0
}

// collections counts the garbage collections since count was called first. It may be behind.
var collections atomic.Uint64

var count = sync.OnceFunc(watch)

// watch counts the next collection: the one that frees an object which nothing refers to.
func watch() {
	sentinel := new([64]byte)
	runtime.AddCleanup(sentinel, func(struct{}) {
		collections.Add(1)
		watch()
	}, struct{}{})
}
