package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
)

// goTypes writes the Go types of package crisp. Its one rule about optional members: in a type that a request can hold,
// those whose zero value could be meant (texts, numbers, booleans) are pointers; everywhere else they are plain.
type goTypes struct {
	strings.Builder
	api *model
	// sent are the types that a request can hold, by the name of the schema.
	sent map[string]bool
	// enums are the named lists of words, by their words.
	enums map[string]string
	// contents are the named choices whose alternatives are a text and objects, by the names of those.
	contents map[string]string
}

func newGoTypes(api *model) *goTypes {
	w := &goTypes{api: api, sent: map[string]bool{}, enums: map[string]string{}, contents: map[string]string{}}
	for name, s := range api.schemas {
		switch {
		case len(s.Enum) > 0:
			w.enums[strings.Join(sortedWords(s.Enum), " ")] = name
		case len(s.OneOf) > 0 && s.Tag == "":
			w.contents[alternativeKey(s.OneOf)] = name
		}
	}
	for _, op := range api.operations {
		w.markSent(op.Body)
		for _, p := range op.Params {
			w.markSent(p.Schema)
		}
	}
	return w
}

func sortedWords(words []string) []string { return slices.Sorted(slices.Values(words)) }

// alternativeKey names a set of alternatives, whatever their order.
func alternativeKey(alternatives []*spec.Schema) string {
	var names []string
	for _, s := range alternatives {
		names = append(names, spec.Describe(s))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

func (w *goTypes) markSent(s *spec.Schema) {
	if s == nil || s.Name != "" && w.sent[s.Name] {
		return
	}
	w.sent[s.Name] = s.Name != ""
	w.markSent(s.Items)
	w.markSent(s.Extra)
	for _, f := range s.Fields {
		w.markSent(f.Schema)
	}
	for _, alternative := range s.OneOf {
		w.markSent(alternative)
	}
}

func (w *goTypes) printf(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *goTypes) source() string {
	w.printf("%spackage crisp\n\nimport (\n\"fmt\"\n\n\"github.com/go-json-experiment/json/jsontext\"\n)\n\n", header)
	for _, name := range slices.Sorted(maps.Keys(w.api.schemas)) {
		if s := w.api.schemas[name]; !w.isAlternative(s) {
			w.declare(s)
		}
	}
	return w.String()
}

// isAlternative reports whether a schema is only a case of a tagged choice, whose Go type is the choice itself.
func (w *goTypes) isAlternative(s *spec.Schema) bool {
	for _, other := range w.api.schemas {
		if other.Tag != "" && slices.Contains(other.OneOf, s) {
			return true
		}
	}
	return false
}

func (w *goTypes) declare(s *spec.Schema) {
	switch {
	case len(s.Enum) > 0:
		w.declareWords(s)
	case s.Tag != "":
		w.declareTagged(s)
	case len(s.OneOf) > 0:
		w.declareContent(s)
	default:
		w.printf("%stype %s struct {\n", comment("", introduce(s.Name, s.Doc)), s.Name)
		for _, f := range s.Fields {
			w.member(f, w.memberType(s.Name, f))
		}
		w.printf("}\n\n")
	}
}

func (w *goTypes) declareWords(s *spec.Schema) {
	w.printf("%stype %s string\n\nconst (\n", comment("", introduce(s.Name, s.Doc)), s.Name)
	for _, word := range s.Enum {
		if !strings.HasSuffix(word, "*") {
			w.printf("%s%s %s = %q\n", s.Name, goName(word), s.Name, word)
		}
	}
	w.printf(")\n\n")
}

// declareTagged writes a tagged choice as one struct that has the members of all alternatives.
func (w *goTypes) declareTagged(s *spec.Schema) {
	w.printf("%stype %s struct {\n", comment("", introduce(s.Name, s.Doc)), s.Name)
	for _, f := range s.OneOf[0].Fields {
		var shapes []*spec.Schema
		for _, alternative := range s.OneOf {
			shapes = append(shapes, alternative.Field(f.Name).Schema)
		}
		switch {
		case f.Name == s.Tag:
			var words []string
			for _, shape := range shapes {
				words = append(words, shape.Enum...)
			}
			f.Schema = &spec.Schema{Kind: spec.KindString, Enum: words}
			w.member(f, w.memberType(s.Name, f))
		case alternativeKey(shapes) == alternativeKey(shapes[:1]):
			w.member(f, w.memberType(s.Name, f))
		default:
			w.varyingMember(s, f, shapes)
		}
	}
	w.printf("}\n\n")
	w.decodeMethod(s)
}

// varyingMember writes the member whose shape follows the tag: typed where it is sent, raw where it is received.
func (w *goTypes) varyingMember(s *spec.Schema, f spec.Field, shapes []*spec.Schema) {
	content := w.contents[alternativeKey(shapes)]
	f.Schema = &spec.Schema{}
	if w.sent[s.Name] {
		f.Doc = fmt.Sprintf("The content, in the shape that %s asks for", goName(s.Tag))
		w.member(f, content)
		return
	}
	f.Doc = fmt.Sprintf("The content as it came; Decode%s gives it its type", goName(f.Name))
	w.member(f, "jsontext.Value")
}

// decodeMethod writes how a received choice gives its varying member a type.
func (w *goTypes) decodeMethod(s *spec.Schema) {
	if w.sent[s.Name] {
		return
	}
	for _, f := range s.OneOf[0].Fields {
		var shapes []*spec.Schema
		for _, alternative := range s.OneOf {
			shapes = append(shapes, alternative.Field(f.Name).Schema)
		}
		content := w.contents[alternativeKey(shapes)]
		if f.Name == s.Tag || content == "" || alternativeKey(shapes) == alternativeKey(shapes[:1]) {
			continue
		}
		doc := fmt.Sprintf("Decode%s reads %s by the %s. An unknown %[3]s and content of another shape are errors.", goName(f.Name), f.Name, s.Tag)
		w.printf("%sfunc (v *%s) Decode%s() (%s, error) {\nswitch v.%s {\n", comment("", doc), s.Name, goName(f.Name), content, goName(s.Tag))
		byType := map[string][]string{}
		var order []string
		for i, alternative := range s.OneOf {
			goType := w.contentType(content, shapes[i])
			if byType[goType] == nil {
				order = append(order, goType)
			}
			byType[goType] = append(byType[goType], fmt.Sprintf("%q", alternative.Field(s.Tag).Schema.Enum[0]))
		}
		for _, goType := range order {
			w.printf("case %s:\nreturn decodeContent[%s](v.%s)\n", strings.Join(byType[goType], ", "), goType, goName(f.Name))
		}
		w.printf("}\nreturn nil, fmt.Errorf(\"crisp: no known shape for the %s of %s %%q\", v.%s)\n}\n\n", f.Name, s.Tag, goName(s.Tag))
	}
}

// declareContent writes a choice between a text and objects as a sealed interface.
func (w *goTypes) declareContent(s *spec.Schema) {
	var types []string
	for _, alternative := range s.OneOf {
		types = append(types, w.contentType(s.Name, alternative))
	}
	links := make([]string, len(types))
	for i, t := range types {
		links[i] = "[" + t + "]"
	}
	doc := fmt.Sprintf("%s It is one of %s.", introduce(s.Name, s.Doc), strings.Join(links, ", "))
	method := "is" + s.Name
	w.printf("%stype %s interface{ %s() }\n\n", comment("", doc), s.Name, method)
	text := "Text" + strings.TrimPrefix(s.Name, "Message")
	w.printf("%stype %s string\n\n", comment("", text+" is content that is nothing but text."), text)
	for _, t := range types {
		w.printf("func (%s) %s() {}\n", t, method)
	}
	w.printf("\n")
}

func (w *goTypes) contentType(content string, s *spec.Schema) string {
	if s.Name != "" {
		return s.Name
	}
	return "Text" + strings.TrimPrefix(content, "Message")
}

func (w *goTypes) member(f spec.Field, goType string) {
	doc := sentence(f.Doc)
	if len(f.Schema.Enum) > 0 && goType == "string" {
		doc += " It is " + quoted(f.Schema)
		if f.Schema.Open {
			doc += ", or another word"
		}
		doc += "."
	}
	if f.Schema.Format == spec.FormatDateTime {
		doc += " ISO 8601 text."
	}
	tag := f.Name
	if !f.Required {
		tag += ",omitzero"
	}
	w.printf("%s%s %s `json:%q`\n", comment("\t", doc), goName(f.Name), goType, tag)
}

// memberType is the Go type of a member, a pointer where absence must differ from the zero value.
func (w *goTypes) memberType(owner string, f spec.Field) string {
	base := w.goType(f.Schema)
	pointer := false
	switch {
	case strings.HasPrefix(base, "[]"), strings.HasPrefix(base, "map["), base == "any", w.isContent(base):
		return base
	case f.Schema.Nullable:
		pointer = true
	case f.Required:
	case w.api.schemas[base] != nil && len(w.api.schemas[base].Enum) == 0:
		pointer = w.sent[owner]
	case base == "bool", base == "int64", base == "float64":
		pointer = w.sent[owner]
	case base == "string":
		pointer = w.sent[owner] && f.Schema.Format == "" && len(f.Schema.Enum) == 0
	}
	if pointer {
		return "*" + base
	}
	return base
}

func (w *goTypes) isContent(name string) bool {
	s := w.api.schemas[name]
	return s != nil && len(s.OneOf) > 0 && s.Tag == ""
}

func (w *goTypes) goType(s *spec.Schema) string {
	switch {
	case s.Name != "":
		return s.Name
	case len(s.Enum) > 0:
		if name := w.enums[strings.Join(sortedWords(s.Enum), " ")]; name != "" {
			return name
		}
	case len(s.OneOf) > 0:
		return "any"
	}
	switch s.Kind {
	case spec.KindString:
		return "string"
	case spec.KindInteger:
		if s.Format == spec.FormatTimestamp {
			return "Timestamp"
		}
		return "int64"
	case spec.KindNumber:
		return "float64"
	case spec.KindBoolean:
		return "bool"
	case spec.KindArray:
		return "[]" + w.goType(s.Items)
	case spec.KindObject:
		return "map[string]" + w.goType(s.Extra)
	}
	return "any"
}

// introduce begins the comment of a type with its name.
func introduce(name, doc string) string {
	if strings.HasPrefix(doc, "A ") || strings.HasPrefix(doc, "An ") {
		return name + " is " + lowerFirst(sentence(doc))
	}
	return name + ": " + lowerFirst(sentence(doc))
}

func lowerFirst(text string) string {
	if len(text) < 2 || text[1] >= 'A' && text[1] <= 'Z' {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}
