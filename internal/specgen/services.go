package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
)

// service is a node of the tree that the script names span: a group, or a noun below one.
type service struct {
	// words lead to the node: "conversations", "messages".
	words    []string
	children map[string]*service
	calls    []*spec.Operation
}

func serviceTree(api *model) *service {
	root := &service{children: map[string]*service{}}
	for _, op := range api.operations {
		if op.Call == "" {
			continue
		}
		words := strings.Split(op.Call, ".")
		node := root
		for i, word := range words[:len(words)-1] {
			next := node.children[word]
			if next == nil {
				next = &service{words: words[:i+1], children: map[string]*service{}}
				node.children[word] = next
			}
			node = next
		}
		node.calls = append(node.calls, op)
	}
	return root
}

func (s *service) typeName() string { return goName(strings.Join(s.words, ".")) + "Service" }

func (s *service) names() []string { return slices.Sorted(maps.Keys(s.children)) }

// serviceFiles writes one file per group, and one that ties the groups to the client.
func serviceFiles(api *model) map[string]string {
	root := serviceTree(api)
	types := newGoTypes(api)
	files := map[string]string{"../services_gen.go": clientServices(root)}
	for _, group := range root.names() {
		w := &serviceWriter{types: types, imports: map[string]bool{"context": true}}
		w.service(root.children[group])
		files["../"+group+"_gen.go"] = w.file()
	}
	return files
}

func clientServices(root *service) string {
	var b strings.Builder
	b.WriteString(header + "package crisp\n\n")
	b.WriteString(comment("", "Services are the typed calls, by group."))
	b.WriteString("type Services struct {\n")
	for _, group := range root.names() {
		fmt.Fprintf(&b, "%s *%s\n", goName(group), root.children[group].typeName())
	}
	b.WriteString("}\n\n")
	b.WriteString(comment("", "initServices gives every service the client that it calls through."))
	b.WriteString("func (c *Client) initServices() {\ns := service{client: c}\nc.Services = Services{\n")
	for _, group := range root.names() {
		fmt.Fprintf(&b, "%s: &%s,\n", goName(group), construct(root.children[group]))
	}
	b.WriteString("}\n}\n")
	return b.String()
}

// construct writes the literal of a service with the services below it.
func construct(s *service) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s{service: s", s.typeName())
	for _, name := range s.names() {
		fmt.Fprintf(&b, ", %s: %s", goName(name), construct(s.children[name]))
	}
	return b.String() + "}"
}

type serviceWriter struct {
	strings.Builder
	types   *goTypes
	imports map[string]bool
}

func (w *serviceWriter) printf(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *serviceWriter) file() string {
	var b strings.Builder
	b.WriteString(header + "package crisp\n\nimport (\n")
	for _, path := range slices.Sorted(maps.Keys(w.imports)) {
		fmt.Fprintf(&b, "%q\n", path)
	}
	b.WriteString(")\n\n")
	return b.String() + w.String()
}

func (w *serviceWriter) service(s *service) {
	doc := fmt.Sprintf("%s has the calls below crisp.%s.", s.typeName(), strings.Join(s.words, "."))
	w.printf("%stype %s struct {\nservice\n", comment("", doc), s.typeName())
	for _, name := range s.names() {
		w.printf("%s %s\n", goName(name), s.children[name].typeName())
	}
	w.printf("}\n\n")
	for _, op := range s.calls {
		w.call(op)
	}
	for _, name := range s.names() {
		w.service(s.children[name])
	}
}

// call writes the method of one operation, and the method for a single page where it has pages.
func (w *serviceWriter) call(op *spec.Operation) {
	m := &method{op: op, types: w.types, name: goName(op.Call[strings.LastIndexByte(op.Call, '.')+1:])}
	owner := goName(op.Call[:strings.LastIndexByte(op.Call, '.')])
	m.receiver = owner + "Service"
	if m.hasOptions() {
		m.options = owner + m.name + "Options"
		w.options(m)
	}
	switch {
	case op.Method == http.MethodHead:
		w.method(m, m.name, "", "(bool, error)", m.summary(), "return x.exists(ctx)")
	case op.Pages == spec.PagesNumber:
		w.pages(m)
		w.imports["strconv"] = true
		w.method(m, m.name+"Page", "page int", "([]"+m.item()+", error)",
			fmt.Sprintf("%sPage is one page of %s. The first page is 1; a page past the end is empty.", m.name, m.name),
			"x.req.Path[pageNumber] = strconv.Itoa(page)\nreturn fetch[[]"+m.item()+"](ctx, x)")
	case op.Pages == spec.PagesBefore:
		w.pages(m)
		w.method(m, m.name+"Batch", "", "(batch []"+m.item()+", more bool, err error)",
			fmt.Sprintf("%sBatch is one batch of %s, as the options select it, and whether more follow.", m.name, m.name),
			"return fetchBatch["+m.item()+"](ctx, x)")
	case op.Result == nil:
		w.method(m, m.name, "", "error", m.summary(), "_, err := x.do(ctx)\nreturn err")
	case op.Result.Name != "" && len(op.Result.Enum) == 0:
		w.method(m, m.name, "", "(*"+op.Result.Name+", error)", m.summary(), "return fetchOne["+op.Result.Name+"](ctx, x)")
	default:
		result := w.types.goType(op.Result)
		w.method(m, m.name, "", "("+result+", error)", m.summary(), "return fetch["+result+"](ctx, x)")
	}
}

// pages writes the method that walks all pages.
func (w *serviceWriter) pages(m *method) {
	w.imports["iter"] = true
	item, walk := m.item(), "eachValue"
	yielded := item
	if w.types.api.schemas[item] != nil {
		yielded, walk = "*"+item, "each"
	}
	doc := m.summary() + " It fetches page after page as the loop goes on, and ends with the error when one fails."
	w.method(m, m.name, "", fmt.Sprintf("iter.Seq2[%s, error]", yielded), doc, fmt.Sprintf("return %s[%s](ctx, x)", walk, item))
}

// method writes one method: it prepares the call and ends with what body says.
func (w *serviceWriter) method(m *method, name, extra, results, doc, body string) {
	if m.op.Doc != "" && name == m.name {
		doc += "\n\n" + m.op.Doc
	}
	doc += "\n\n" + m.footer()
	w.printf("%sfunc (s *%s) %s(%s) %s {\n", comment("", doc), m.receiver, name, m.params(extra), results)
	w.printf("x := s.call(%q, map[string]string{%s})\n", m.op.ID, m.pathLiteral(w.imports))
	if m.op.Body != nil {
		w.printf("x.req.Body = body\n")
	}
	for _, p := range m.op.Params {
		if p.In == spec.InQuery && p.Required {
			w.printf("x.query(map[string]any{%q: %s})\n", p.Name, goParam(p.Name))
		}
	}
	if m.hasOptions() {
		w.printf("x.query(opts.values())\n")
	}
	w.printf("%s\n}\n\n", body)
}
