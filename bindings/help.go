package bindings

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
)

// Page documents a script call. It is made from the same tables as the calls themselves.
type Page struct {
	// Call is the whole name, for example "crisp.conversations.messages.send".
	Call string
	// Summary is one line; Doc is more, or empty.
	Summary, Doc string
	// Params are the arguments in order, then the members of the options table as "options.<name>".
	Params []engine.Param
	// Result is the result's type, or empty.
	Result string
	// Operation is the API's route, or nil for calls that are not one.
	Operation *spec.Operation
	// Async tells that JavaScript gets a promise.
	Async bool
}

// Calls lists the names of all script calls in alphabetical order: "crisp.people.get", "time.now".
func Calls() []string {
	names := make([]string, len(catalogue()))
	for i, entry := range catalogue() {
		names[i] = entry.name
	}
	return names
}

// Help documents a call by its name. The leading "crisp." may be left out, and camel case is understood. An unknown name is an
// error that suggests the nearest.
func Help(name string) (*Page, error) {
	name = snakeCase(strings.TrimSuffix(name, "()"))
	for _, candidate := range []string{name, "crisp." + name} {
		i, found := slices.BinarySearchFunc(catalogue(), candidate, func(e entry, name string) int { return strings.Compare(e.name, name) })
		if found {
			return catalogue()[i].page(), nil
		}
	}
	if near := nearest.To(strings.TrimPrefix(name, "crisp."), shortNames()); near != "" {
		return nil, fmt.Errorf("no script call is named %q: did you mean %q?", name, near)
	}
	return nil, fmt.Errorf("no script call is named %q", name)
}

func shortNames() []string {
	names := Calls()
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, "crisp.")
	}
	return names
}

// entry is a call of the catalogue.
type entry struct {
	name     string
	function engine.Function
	op       *spec.Operation
	each     bool
}

// catalogue is every call of a host, sorted by name. Building it costs little, but scripts never need it.
var catalogue = sync.OnceValue(func() []entry {
	var entries []entry
	var walk func(prefix string, m *engine.Module)
	walk = func(prefix string, m *engine.Module) {
		if m.Apply != nil {
			entries = append(entries, entry{name: prefix, function: *m.Apply})
		}
		for _, f := range m.Functions {
			e := entry{name: prefix + "." + f.Name, function: f}
			call := strings.TrimPrefix(e.name, "crisp.")
			e.op = spec.ByCall(call)
			if group, isEach := strings.CutSuffix(call, ".each"); isEach && e.op == nil {
				e.op, e.each = spec.ByCall(group+".list"), true
			}
			entries = append(entries, e)
		}
		for _, child := range m.Modules {
			walk(prefix+"."+child.Name, child)
		}
	}
	for _, m := range modules() {
		walk(m.Name, m)
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return entries
})

func (e entry) page() *Page {
	summary, doc, _ := strings.Cut(e.function.Doc, "\n\n")
	page := &Page{
		Call: e.name, Summary: summary, Doc: doc, Params: e.function.Params, Result: e.function.Result,
		Operation: e.op, Async: !e.function.Sync,
	}
	for _, s := range shorthands {
		if e.name == "crisp."+s.call {
			page.Operation = spec.ByID(s.operation)
		}
	}
	if e.op != nil {
		page.Doc = e.doc()
		page.Params = operationParams(e.op)
		if e.each {
			page.Result = "iterator of " + strings.TrimSuffix(spec.Describe(e.op.Result), "[]")
		}
	}
	return page
}

// doc is the operation's documentation in terms of the script call.
func (e entry) doc() string {
	var parts []string
	switch {
	case e.op.Pages == spec.PagesBefore && e.each:
		parts = append(parts, "Goes from the newest back in time, newest first; with after or around forward in time.")
	case e.op.Pages == spec.PagesBefore:
		parts = append(parts, "The newest up to the limit, oldest first; with after the first behind that time, with around those next to it.")
	case e.op.Doc != "":
		parts = append(parts, e.op.Doc)
	}
	if name := (&call{op: e.op}).soleName(); name != "" {
		parts = append(parts, "The "+name+" may be given alone, in place of the options.")
	}
	return strings.Join(parts, "\n\n")
}

// typeOf is the notation of an argument. Scripts give dates in more forms than the wire has.
func typeOf(s *spec.Schema) string {
	if s.Format != spec.FormatDateTime && s.Format != spec.FormatTimestamp {
		return spec.Describe(s)
	}
	text := "date: ISO 8601 text, Unix milliseconds or Date"
	if s.Nullable {
		text += " | null"
	}
	return text
}

// operationParams are the arguments of an operation's call as call.read takes them.
func operationParams(op *spec.Operation) []engine.Param {
	var params []engine.Param
	c := &call{op: op}
	for _, p := range op.Params {
		if p.In == spec.InPath && p.Name != "website_id" && p.Name != "page_number" {
			params = append(params, engine.Param{Name: p.Name, Type: spec.Describe(p.Schema), Required: true, Doc: p.Doc})
		}
		if p.Name == "website_id" && c.leadsWithWebsite([]any{""}) {
			params = append(params, engine.Param{Name: p.Name, Type: spec.Describe(p.Schema), Required: op.Call == "websites.delete", Doc: p.Doc})
		}
	}
	short := map[string]string{}
	for alias, wire := range aliasesOf(op).names {
		short[wire] = alias
	}
	for _, p := range op.Params {
		if p.In != spec.InQuery {
			continue
		}
		doc := p.Doc
		if p.Name == "per_page" {
			doc = "items for each request, chosen by the limit when absent"
		}
		if alias := short[p.Name]; alias != "" {
			doc = strings.TrimSpace(doc + " (also: " + alias + ")")
		}
		params = append(params, engine.Param{Name: "options." + p.Name, Type: typeOf(p.Schema), Required: p.Required, Doc: doc})
	}
	if orders := aliasesOf(op).order; len(orders) > 0 {
		values := quoteAll(slices.Sorted(maps.Keys(orders)))
		params = append(params, engine.Param{Name: "options.order", Type: strings.ReplaceAll(values, ", ", " | "), Doc: "short for the order_date_* flags"})
	}
	if op.Pages != spec.PagesNone {
		params = append(params, engine.Param{Name: "options.limit", Type: `integer | "all"`, Doc: fmt.Sprintf("items at most; list stops at %d by default, each goes on to the end", defaultLimit)})
	}
	if op.Pages == spec.PagesNumber {
		params = append(params, engine.Param{Name: "options.page_number", Type: "integer", Doc: "the page to start at, from 1"})
	}
	if op.Body != nil {
		body := bodyParams{defaults: defaults[op.ID]}
		body.members("options.", "", op.Body, 0)
		params = append(params, body.params...)
	}
	if c.takesWebsite() && !c.leadsWithWebsite([]any{""}) {
		params = append(params, engine.Param{Name: "options.website_id", Type: "string (UUID)", Doc: "another website than the connection's"})
	}
	return params
}

// bodyParams collects the members of a body, and the members of those.
type bodyParams struct {
	params   []engine.Param
	defaults map[string]any
}

// maxMemberDepth bounds what help shows of nested objects.
const maxMemberDepth = 3

// members adds those of a schema. Where a member has several shapes, of names the one that is meant.
func (b *bodyParams) members(prefix, of string, s *spec.Schema, depth int) {
	for _, m := range membersOf(s) {
		p := engine.Param{Name: prefix + m.name, Type: strings.Join(m.types, " | "), Required: m.required, Doc: m.doc}
		if value, ok := b.defaults[m.name]; ok && depth == 0 {
			p.Required = false
			p.Doc = strings.TrimSpace(p.Doc + fmt.Sprintf(" (%q by default)", value))
		}
		if of != "" {
			p.Doc = strings.TrimSuffix(of+": "+p.Doc, ": ")
		}
		b.params = append(b.params, p)
		if depth+1 == maxMemberDepth {
			continue
		}
		for _, schema := range m.schemas {
			below := prefix + m.name + "."
			if schema.Kind == spec.KindArray && schema.Items != nil {
				schema, below = schema.Items, prefix+m.name+"[]."
			}
			shape := of
			if len(m.schemas) > 1 {
				shape = schema.Name
			}
			b.members(below, shape, schema, depth+1)
		}
	}
}

// member is a named member of an object, or of several alternatives of one.
type member struct {
	name, doc string
	required  bool
	types     []string
	schemas   []*spec.Schema
}

// membersOf lists the members that a request may have, those of a union's alternatives once.
func membersOf(s *spec.Schema) []*member {
	var members []*member
	var walk func(s *spec.Schema)
	walk = func(s *spec.Schema) {
		for _, f := range s.Fields {
			if f.ReadOnly {
				continue
			}
			i := slices.IndexFunc(members, func(m *member) bool { return m.name == f.Name })
			if i < 0 {
				i = len(members)
				members = append(members, &member{name: f.Name, doc: f.Doc, required: f.Required})
			}
			m := members[i]
			if m.doc != f.Doc {
				m.doc = ""
			}
			if t := typeOf(f.Schema); !slices.Contains(m.types, t) {
				m.types = append(m.types, t)
				m.schemas = append(m.schemas, f.Schema)
			}
		}
		for _, alternative := range s.OneOf {
			walk(alternative)
		}
	}
	walk(s)
	return members
}

// snakeCase turns JavaScript's names into the words they stand for: getMeta is get_meta.
func snakeCase(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
