// Package lazy makes JavaScript values of JSON that decode what a script reads of it.
package lazy

import (
	"fmt"
	"reflect"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/pages"
	"github.com/crisphost/crisphost/internal/tape"
)

// Most scripts read a few fields of each item of a page, and making JavaScript objects of the rest costs more than the
// request. Objects of a JSON result are therefore views of its tape that decode what is read. Arrays are real arrays, since goja's
// dynamic ones differ from those in deletion, holes and further properties.

const (
	// eagerNodes is the largest document that becomes plain objects at once. A view is made faster even of one member, but for
	// answers such as {"fingerprint": 1} the difference is below a microsecond, and plain objects take symbols and accessors.
	eagerNodes = 8
	// plainMembers is the number of members above which an object is decoded at its first access, because finding a key means
	// walking over the ones before it.
	plainMembers = 64
	// MaxSafeInteger is the largest integer below which all integers have a number of their own in JavaScript.
	MaxSafeInteger = 1<<53 - 1
)

// Prepare reads the JSON in a host function's result, so that this happens in the goroutine of the call and not in the VM's.
func Prepare(result any) (any, error) {
	raw, ok := result.(engine.JSON)
	if !ok {
		return result, nil
	}
	doc, err := tape.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("the result is not JSON: %w", err)
	}
	return doc, nil
}

// documents makes the JavaScript values of tapes in one VM.
type documents struct {
	rt *goja.Runtime
	// page watches the views of a large document, or is nil.
	page *pages.Page[View, *View]
}

// Pages are the large documents of a VM.
type Pages = pages.Registry[View, *View]

// NewValue returns the value of a whole document.
func NewValue(rt *goja.Runtime, large *Pages, doc *tape.Document) goja.Value {
	if doc.Nodes() <= eagerNodes {
		return documents{rt: rt}.plain(doc, tape.Root)
	}
	return documents{rt, large.New(doc)}.view(doc, tape.Root)
}

// NewView is NewValue for a document of any size: its objects are views.
func NewView(rt *goja.Runtime, doc *tape.Document) goja.Value {
	return documents{rt: rt}.view(doc, tape.Root)
}

// view decodes scalars and wraps objects.
func (d documents) view(doc *tape.Document, i tape.Index) goja.Value {
	switch doc.Kind(i) {
	case tape.Object:
		view := &View{docs: d, doc: doc, at: i, hint: doc.First(i)}
		d.page.Add(view)
		return d.rt.NewDynamicObject(view)
	case tape.Array:
		return d.array(doc, i, d.view)
	default:
		return d.scalar(doc, i)
	}
}

// plain decodes everything.
func (d documents) plain(doc *tape.Document, i tape.Index) goja.Value {
	switch doc.Kind(i) {
	case tape.Object:
		return d.fill(d.rt.NewObject(), doc, i, d.plain)
	case tape.Array:
		return d.array(doc, i, d.plain)
	default:
		return d.scalar(doc, i)
	}
}

func (d documents) scalar(doc *tape.Document, i tape.Index) goja.Value {
	switch doc.Kind(i) {
	case tape.String:
		return d.rt.ToValue(doc.String(i))
	case tape.Number:
		if n, ok := doc.Int(i); ok && -MaxSafeInteger <= n && n <= MaxSafeInteger {
			return d.rt.ToValue(n)
		}
		return d.rt.ToValue(doc.Float(i))
	case tape.Null:
		return goja.Null()
	default:
		return d.rt.ToValue(doc.Bool(i))
	}
}

func (d documents) array(doc *tape.Document, i tape.Index, item func(*tape.Document, tape.Index) goja.Value) goja.Value {
	items := make([]any, 0, doc.Len(i))
	for _, v := range doc.Items(i) {
		items = append(items, item(doc, v))
	}
	return d.rt.NewArray(items...)
}

// fill adds the members of a document's object to a JavaScript object.
func (d documents) fill(object *goja.Object, doc *tape.Document, i tape.Index, member func(*tape.Document, tape.Index) goja.Value) *goja.Object {
	for k, v := range doc.Members(i) {
		key := doc.String(k)
		if err := objects.SetMember(object, key, member(doc, v)); err != nil { // __proto__ is one like any other, as in JSON.parse
			panic(err)
		}
	}
	return object
}

// View is an object of a document in JavaScript. It reads the tape until the script writes to it.
type View struct {
	docs documents
	doc  *tape.Document
	at   tape.Index
	// hint is the key found last. Scripts mostly read members in the order of the text, and all iteration does.
	hint tape.Index
	// containers are the member objects and arrays handed out so far: the same one at every access.
	containers []container
	// own holds all members once the tape is not the truth any more. It has no prototype, so that it answers for own members
	// only.
	own *goja.Object
	// lock is what Object.freeze and its like have forbidden.
	lock lock
	// extras are set when the script has given the object symbols, accessors or the like.
	extras *extras
}

// Type is the type by which goja exports views.
var Type = reflect.TypeFor[*View]()

type container struct {
	at    tape.Index
	value goja.Value
}

var _ goja.DynamicObject = (*View)(nil)

// Get returns nil for a member that is not there.
func (o *View) Get(key string) goja.Value {
	if o.own == nil && o.doc.Len(o.at) > plainMembers {
		o.materialize()
	}
	if o.own != nil {
		if d := o.described(key); d != nil && d.accessor {
			return o.accessed(d.get)
		}
		return o.own.Get(key)
	}
	if k, ok := o.find(key); ok {
		return o.member(o.doc, k+1)
	}
	return nil
}

// Has is about own members.
func (o *View) Has(key string) bool {
	if o.own != nil {
		d := o.described(key)
		return d != nil && d.accessor || o.own.Get(key) != nil
	}
	_, ok := o.find(key)
	return ok
}

// Set adds or replaces a member.
func (o *View) Set(key string, value goja.Value) bool {
	if d := o.described(key); d != nil {
		if d.accessor && !goja.IsUndefined(d.set) {
			o.accessed(d.set, value)
			return true
		}
		if d.accessor || d.readOnly {
			return false
		}
	}
	if !o.lock.takes(o.Has(key)) {
		return false
	}
	o.materialize()
	if value == nil { // from a property descriptor without a value
		if o.Has(key) {
			return true
		}
		value = goja.Undefined()
	}
	return o.own.Set(key, value) == nil
}

// Delete removes a member.
func (o *View) Delete(key string) bool {
	if !o.Has(key) {
		return true
	}
	if o.lock >= sealed {
		return false
	}
	o.materialize()
	if o.extras != nil {
		delete(o.extras.members, key)
	}
	return o.own.Delete(key) == nil
}

// Keys are in the order of JavaScript: array indexes by their value, then the other keys in the order of the text.
func (o *View) Keys() []string {
	if o.own == nil {
		keys := make([]string, 0, o.doc.Len(o.at))
		for k := range o.doc.Members(o.at) {
			key := o.doc.String(k)
			if key != "" && '0' <= key[0] && key[0] <= '9' {
				o.materialize()
				return o.own.Keys()
			}
			keys = append(keys, key)
		}
		return keys
	}
	return o.shown(o.own.Keys())
}

// Doc returns the document of an object that the script did not write to, and where the object is in it.
func (o *View) Doc() (doc *tape.Document, at tape.Index, ok bool) {
	return o.doc, o.at, o.own == nil
}

// Given returns the value of the member at i if the script has it, and may have changed what is in it.
func (o *View) Given(i tape.Index) (goja.Value, bool) {
	for _, c := range o.containers {
		if c.at == i {
			return c.value, true
		}
	}
	return nil, false
}

func (o *View) find(key string) (tape.Index, bool) {
	k, ok := o.doc.KeyFrom(o.at, o.hint, key)
	if ok {
		o.hint = k
	}
	return k, ok
}

// member is the value at i, which is directly inside the object.
func (o *View) member(doc *tape.Document, i tape.Index) goja.Value {
	if kind := doc.Kind(i); kind != tape.Object && kind != tape.Array {
		return o.docs.scalar(doc, i)
	}
	if value, ok := o.Given(i); ok {
		return value
	}
	value := o.docs.view(doc, i)
	o.containers = append(o.containers, container{i, value})
	return value
}

func (o *View) materialize() {
	if o.own != nil {
		return
	}
	o.own = o.docs.fill(o.docs.rt.CreateObject(nil), o.doc, o.at, o.member)
	o.containers, o.doc = nil, nil
}

// Held implements pages.Value.
func (o *View) Held() int {
	if o.doc == nil || o.docs.page == nil {
		return 0
	}
	return len(o.doc.Raw(o.at))
}

// Detach implements pages.Value.
func (o *View) Detach() {
	at := o.at
	o.doc, o.at, o.hint, o.docs.page = o.doc.Copy(at), tape.Root, o.hint-at, nil
	for i := range o.containers {
		o.containers[i].at -= at
	}
}

func (o *View) locked() *lock { return &o.lock }
