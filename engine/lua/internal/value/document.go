package value

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/pages"
	"github.com/crisphost/crisphost/internal/tape"
	glua "github.com/yuin/gopher-lua"
)

// lazyObject is the table of a JSON object that nobody has walked or changed yet. Its fields are read from the document when
// a script asks for them. Scripts hold a pointer to the table, which is the first field; objectOf turns it back.
type lazyObject struct {
	glua.LTable
	doc *tape.Document
	at  tape.Index
	// page watches the tables of a large document, or is nil.
	page *pages.Page[lazyObject, *lazyObject]
	// made are the containers that the script has seen: a table is itself each time.
	made []madeMember
	// nulls are the members of a filled table that are null, and plain is the mark of one whose number keys become names.
	nulls []string
	plain bool
}

type madeMember struct {
	at    tape.Index
	value glua.LValue
}

// objectOf is the lazy object that a table is, or nil.
func (v *Values) objectOf(t *glua.LTable) *lazyObject {
	if t.Metatable != v.meta.object {
		return nil
	}
	return (*lazyObject)(unsafe.Pointer(t))
}

// objectIndex is __index of lazy objects.
func objectIndex(L *glua.LState) int {
	v := valuesOf(L)
	t, _ := L.Get(1).(*glua.LTable)
	key, ok := L.Get(2).(glua.LString)
	if t == nil || !ok {
		return 0
	}
	o := v.objectOf(t)
	if o == nil {
		return 0
	}
	at, ok := o.doc.Member(o.at, string(key))
	if !ok {
		return 0
	}
	L.Push(o.value(v, at))
	return 1
}

// lazyNewIndex is __newindex of lazy tables: a table that is written to becomes an ordinary one.
func lazyNewIndex(L *glua.LState) int {
	t := L.CheckTable(1)
	valuesOf(L).Fill(t)
	L.RawSet(t, L.Get(2), L.Get(3))
	valuesOf(L).dropNull(t, L.Get(2))
	return 0
}

// nullsOf is the record of a table that has nulls, or nil. Such a table looks like an ordinary one to scripts: a member that is
// null is nil. It is written as null where the table leaves Lua, unless the script has set it.
func (v *Values) nullsOf(t *glua.LTable) *lazyObject {
	if t.Metatable != v.meta.nulls {
		return nil
	}
	return (*lazyObject)(unsafe.Pointer(t))
}

// nullsNewIndex is __newindex of tables with nulls, and so of members that are null.
func nullsNewIndex(L *glua.LState) int {
	t := L.CheckTable(1)
	L.RawSet(t, L.Get(2), L.Get(3))
	valuesOf(L).dropNull(t, L.Get(2))
	return 0
}

// dropNull makes a member of a table what the script has set it to, nil included.
func (v *Values) dropNull(t *glua.LTable, key glua.LValue) {
	o := v.nullsOf(t)
	name, ok := key.(glua.LString)
	if o == nil || !ok {
		return
	}
	if i := slices.Index(o.nulls, string(name)); i >= 0 {
		o.nulls = slices.Delete(o.nulls, i, i+1)
	}
}

// nullNames are the members of a table that are null.
func (v *Values) nullNames(t *glua.LTable) []string {
	o := v.nullsOf(t)
	if o == nil {
		return nil
	}
	var names []string
	for _, name := range o.nulls {
		if t.RawGetString(name) == glua.LNil { // rawset passes by
			names = append(names, name)
		}
	}
	return names
}

// value is a member's value, the same table each time for a container.
func (o *lazyObject) value(v *Values, at tape.Index) glua.LValue {
	if kind := o.doc.Kind(at); kind != tape.Object && kind != tape.Array {
		return v.part(o.doc, at, nil)
	}
	if value := o.seen(at); value != nil {
		return value
	}
	value := v.part(o.doc, at, o.page)
	o.made = append(o.made, madeMember{at, value})
	return value
}

// seen is a container that the script has seen, or nil.
func (o *lazyObject) seen(at tape.Index) glua.LValue {
	for _, m := range o.made {
		if m.at == at {
			return m.value
		}
	}
	return nil
}

// fill turns the table into an ordinary one, one level deep.
func (o *lazyObject) fill(v *Values) {
	o.LTable = *v.L.CreateTable(0, o.doc.Len(o.at))
	for k, at := range o.doc.Members(o.at) {
		value := o.seen(at)
		if value == nil {
			value = v.part(o.doc, at, o.page)
		}
		name := o.doc.String(k)
		if value == glua.LNil {
			o.nulls = append(o.nulls, name)
		}
		o.RawSetString(name, value)
	}
	if o.nulls != nil {
		o.Metatable = v.meta.nulls
	}
	o.doc, o.made = nil, nil
}

// Held implements pages.Value.
func (o *lazyObject) Held() int {
	if o.doc == nil || o.page == nil {
		return 0
	}
	return len(o.doc.Raw(o.at))
}

// Detach implements pages.Value.
func (o *lazyObject) Detach() {
	at := o.at
	o.doc, o.at, o.page = o.doc.Copy(at), tape.Root, nil
	for i := range o.made {
		o.made[i].at -= at
	}
}

// Document is the value of a whole document. Null is nil, except in arrays.
func (v *Values) Document(doc *tape.Document) glua.LValue {
	return v.part(doc, tape.Root, v.pages.New(doc))
}

// part is the value at a place of a document.
func (v *Values) part(doc *tape.Document, at tape.Index, page *pages.Page[lazyObject, *lazyObject]) glua.LValue {
	switch doc.Kind(at) {
	case tape.False:
		return glua.LFalse
	case tape.True:
		return glua.LTrue
	case tape.Number:
		return glua.LNumber(doc.Float(at))
	case tape.String:
		return glua.LString(doc.String(at))
	case tape.Array:
		t := v.L.CreateTable(doc.Len(at), 0)
		t.Metatable = v.meta.array
		for _, item := range doc.Items(at) {
			if doc.Kind(item) == tape.Null {
				t.Append(v.null)
			} else {
				t.Append(v.part(doc, item, page))
			}
		}
		return t
	case tape.Object:
		o := &lazyObject{doc: doc, at: at, page: page}
		page.Add(o)
		o.Metatable = v.meta.object
		return &o.LTable
	default:
		return glua.LNil
	}
}

// ParseDocuments reads the JSON texts of a result where they stand, so that a caller can do it before it takes the VM.
func ParseDocuments(result any) (any, error) {
	switch result := result.(type) {
	case engine.JSON:
		doc, err := tape.Parse(result)
		if err != nil {
			return nil, fmt.Errorf("the host answered text that is not JSON: %w", err)
		}
		return doc, nil
	case engine.Multi:
		list := slices.Clone(result)
		for i, item := range list {
			if text, ok := item.(engine.JSON); ok {
				var err error
				if list[i], err = ParseDocuments(text); err != nil {
					return nil, err
				}
			}
		}
		return list, nil
	default:
		return result, nil
	}
}
