package bindings

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/tape"
)

// maxReads is how many answers of get a connection remembers.
const maxReads = 256

// reads holds the last results about writable resources. Scripts read a resource, change it and write it back, with its read-only
// fields. To leave out those that are unchanged, a call compares them with what was read.
type reads struct {
	mu     sync.Mutex
	last   map[string]*tape.Document
	oldest []string
	// pages are the last ones of lists, the newest last.
	pages []listPage
}

// maxPages is how many pages of lists a connection remembers.
const maxPages = 4

type listPage struct {
	op  *spec.Operation
	doc *tape.Document
}

// keepPage remembers a page of a list whose items are what a get answers.
func (r *reads) keepPage(op *spec.Operation, doc *tape.Document) {
	if r == nil || !listOfWritten()[op] {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pages) == maxPages {
		r.pages = slices.Delete(r.pages, 0, 1)
	}
	r.pages = append(r.pages, listPage{op, doc})
}

// findItem finds a resource among the items of lists, by the member that its path names.
func (r *reads) findItem(get *spec.Operation, path map[string]string) (*tape.Document, tape.Index) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, page := range slices.Backward(r.pages) {
		if page.op.Result.Items != get.Result || page.doc.Kind(tape.Root) != tape.Array {
			continue
		}
		for _, item := range page.doc.Items(tape.Root) {
			for name, id := range path {
				if member, ok := page.doc.Member(item, name); ok && name != "website_id" && sameAsNode(id, page.doc, member) {
					return page.doc, item
				}
			}
		}
	}
	return nil, 0
}

// listOfWritten are the lists whose items are written back.
var listOfWritten = sync.OnceValue(func() map[*spec.Operation]bool {
	lists := map[*spec.Operation]bool{}
	for _, get := range writtenBack() {
		for _, op := range spec.All() {
			if op.Pages != spec.PagesNone && op.Result != nil && op.Result.Items == get.Result {
				lists[op] = true
			}
		}
	}
	return lists
})

func (r *reads) keep(resource string, doc *tape.Document) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.last[resource]; !known {
		if len(r.oldest) == maxReads {
			delete(r.last, r.oldest[0])
			r.oldest = r.oldest[1:]
		}
		r.oldest = append(r.oldest, resource)
	}
	if r.last == nil {
		r.last = map[string]*tape.Document{}
	}
	r.last[resource] = doc
}

func (r *reads) find(resource string) *tape.Document {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last[resource]
}

// writtenBack are the paths of operations that can be read, changed and written: those with a GET and a PUT or PATCH. Values are
// the GETs.
var writtenBack = sync.OnceValue(func() map[string]*spec.Operation {
	written := map[string]bool{}
	for _, op := range spec.All() {
		if op.Body != nil && (op.Method == http.MethodPut || op.Method == http.MethodPatch) {
			written[op.Path] = true
		}
	}
	gets := map[string]*spec.Operation{}
	for _, op := range spec.All() {
		if written[op.Path] && op.Method == http.MethodGet && op.Result != nil && op.Result.Kind == spec.KindObject {
			gets[op.Path] = op
		}
	}
	return gets
})

// resource names what a call is about.
func (c *call) resource(in map[string]string) string {
	var b strings.Builder
	b.WriteString(c.op.Path)
	for _, name := range slices.Sorted(maps.Keys(in)) {
		b.WriteString("\x00" + in[name])
	}
	return b.String()
}

// remember keeps the answer of a get for the call that writes it back.
func (c *call) remember(in *input, doc *tape.Document) {
	if c.conn.reads != nil && c.op.Method == http.MethodGet && writtenBack()[c.op.Path] == c.op && doc.Kind(tape.Root) == tape.Object {
		c.conn.reads.keep(c.resource(in.request.Path), doc)
	}
}

// withoutUnchanged returns the options of a write without the read-only fields that equal the last result for the resource. It fails
// if such a field was changed.
func (c *call) withoutUnchanged(path map[string]string, options map[string]any) (map[string]any, error) {
	if c.conn.reads == nil || c.op.Body == nil || c.op.Method == http.MethodGet || writtenBack()[c.op.Path] == nil {
		return options, nil
	}
	doc, at := c.conn.reads.find(c.resource(path)), tape.Root
	if doc == nil {
		if doc, at = c.conn.reads.findItem(writtenBack()[c.op.Path], path); doc == nil {
			return options, nil
		}
	}
	aliases := aliasesOf(c.op)
	known := func(name string) bool {
		return c.queryParam(name, aliases) != nil || name == "website_id" && c.takesWebsite()
	}
	pruned, _, err := c.prune(c.op.Body, options, doc, at, "", known)
	return pruned, err
}

// prune is withoutUnchanged for an object inside, and reports whether it left something out. Known are names that are no members.
func (c *call) prune(s *spec.Schema, object map[string]any, doc *tape.Document, at tape.Index, path string,
	known func(string) bool,
) (kept map[string]any, changed bool, err error) {
	kept = object
	own := func() map[string]any {
		if !changed {
			kept, changed = maps.Clone(object), true
		}
		return kept
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value := object[name]
		member, answered := doc.Member(at, name)
		if !answered || known != nil && known(name) {
			continue
		}
		schema := s.Extra
		readOnly := s.Extra == nil && len(s.OneOf) == 0
		if f := s.Field(name); f != nil {
			schema, readOnly = f.Schema, f.ReadOnly
		}
		inner, isObject := value.(map[string]any)
		switch {
		case readOnly && !sameAsNode(value, doc, member):
			problem := "is not to be changed: Crisp answered " + describe(nodeValue(doc, member)) + ", and this is " + describe(value)
			return nil, false, c.wrong(below(path, name), problem, "leave it out; fields that are read and not taken are dropped when they are unchanged")
		case readOnly:
			delete(own(), name)
		case isObject && schema != nil && schema.Kind == spec.KindObject && doc.Kind(member) == tape.Object:
			pruned, less, err := c.prune(schema, inner, doc, member, below(path, name), nil)
			if err != nil {
				return nil, false, err
			}
			if less {
				own()[name] = pruned
			}
		case schema != nil && sameAsNode(value, doc, member) && !takes(schema, value): // null, or another shape than is written
			delete(own(), name)
		}
	}
	return kept, changed, nil
}

func takes(s *spec.Schema, value any) bool {
	wire, err := toWire(s, value)
	return err == nil && s.Validate(wire) == nil
}

// sameAsNode reports whether a script's value is that of a document.
func sameAsNode(value any, doc *tape.Document, at tape.Index) bool {
	switch value := value.(type) {
	case nil:
		return doc.Kind(at) == tape.Null
	case bool:
		kind := doc.Kind(at)
		return (kind == tape.True || kind == tape.False) && doc.Bool(at) == value
	case string:
		return doc.Kind(at) == tape.String && doc.String(at) == value
	case int64:
		return doc.Kind(at) == tape.Number && doc.Float(at) == float64(value)
	case float64:
		return doc.Kind(at) == tape.Number && doc.Float(at) == value
	case time.Time:
		return doc.Kind(at) == tape.Number && doc.Float(at) == float64(value.UnixMilli())
	case []any:
		if doc.Kind(at) != tape.Array || doc.Len(at) != len(value) {
			return len(value) == 0 && doc.Kind(at) == tape.Object && doc.Len(at) == 0
		}
		for i, item := range doc.Items(at) {
			if !sameAsNode(value[i], doc, item) {
				return false
			}
		}
		return true
	case map[string]any:
		if doc.Kind(at) != tape.Object || doc.Len(at) != len(value) {
			return len(value) == 0 && doc.Kind(at) == tape.Array && doc.Len(at) == 0 // Lua's empty table
		}
		for name, member := range doc.Members(at) {
			inner, ok := value[doc.String(name)]
			if !ok || !sameAsNode(inner, doc, member) {
				return false
			}
		}
		return true
	}
	return false
}

// nodeValue is a value of a document as describe takes it.
func nodeValue(doc *tape.Document, at tape.Index) any {
	switch doc.Kind(at) {
	case tape.True, tape.False:
		return doc.Bool(at)
	case tape.Number:
		if f := doc.Float(at); f != float64(int64(f)) {
			return f
		}
		return int64(doc.Float(at))
	case tape.String:
		return doc.String(at)
	case tape.Array:
		return []any{}
	case tape.Object:
		return map[string]any{}
	}
	return nil
}

// notTaken is the hint for an option that the call does not have, and that reading the same gives.
func (c *call) notTaken(name string) string {
	get := writtenBack()[c.op.Path]
	if c.op.Body == nil || get == nil || get == c.op || get.Call == "" || get.Result.Field(name) == nil {
		return ""
	}
	return fmt.Sprintf("crisp.%s answers it, and this call does not take it: leave it out, or read the value by crisp.%[1]s, "+
		"so that what was not changed is known", get.Call)
}
