package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
)

// method is what the Go methods of one operation have in common.
type method struct {
	op       *spec.Operation
	types    *goTypes
	receiver string
	name     string
	// options is the name of the type that holds the query parameters, or empty.
	options string
}

func (m *method) hasOptions() bool {
	for _, p := range m.op.Params {
		if p.In == spec.InQuery && !p.Required {
			return true
		}
	}
	return false
}

// summary begins the comment with the method's name and the call.
func (m *method) summary() string {
	return fmt.Sprintf("%s runs %s: %s", m.name, m.op.Call, lowerFirst(sentence(m.op.Summary)))
}

// footer tells errors, tiers and where the reference is.
func (m *method) footer() string {
	var tiers []string
	for i, word := range []string{"user", "website", "plugin"} {
		if m.op.Tiers.Has(1 << i) {
			tiers = append(tiers, word)
		}
	}
	text := fmt.Sprintf("Open to: %s. ", strings.Join(tiers, ", "))
	if m.op.Method == http.MethodHead {
		text += "Status 404 is false; any other failure is an [*Error]."
	} else {
		text += "Errors are [*Error]s."
	}
	if len(m.op.Events) > 0 {
		text += " Later events: " + strings.Join(m.op.Events, ", ") + "."
	}
	return text + "\n\n" + m.op.DocsURL
}

// item is the Go type of a list's items.
func (m *method) item() string { return m.types.goType(m.op.Result.Items) }

// params are the parameters of the method: ids first, then required query values, the body, and the options.
func (m *method) params(extra string) string {
	text, last := "ctx context.Context", ""
	for _, p := range m.op.Params {
		if p.Name == "page_number" || p.In == spec.InQuery && !p.Required {
			continue
		}
		goType := m.types.goType(p.Schema)
		if goType == last {
			text = strings.TrimSuffix(text, " "+last)
		}
		text, last = text+", "+goParam(p.Name)+" "+goType, goType
	}
	if m.op.Body != nil {
		body := m.types.goType(m.op.Body)
		if m.op.Body.Name != "" {
			body = "*" + body
		}
		text += ", body " + body
	}
	if extra != "" {
		text += ", " + extra
	}
	if m.hasOptions() {
		text += ", opts *" + m.options
	}
	return text
}

func (m *method) pathLiteral(imports map[string]bool) string {
	var parts []string
	for _, p := range m.op.Params {
		if p.In != spec.InPath || p.Name == "page_number" {
			continue
		}
		value := goParam(p.Name)
		if p.Schema.Kind == spec.KindInteger {
			imports["strconv"] = true
			value = "strconv.FormatInt(" + value + ", 10)"
		}
		parts = append(parts, fmt.Sprintf("%q: %s", p.Name, value))
	}
	return strings.Join(parts, ", ")
}

// options writes the type of the query parameters, and how to list those that are set.
func (w *serviceWriter) options(m *method) {
	doc := fmt.Sprintf("%s are the optional parameters of %s. Zero values are left out; nil is no options.", m.options, m.op.Call)
	w.printf("%stype %s struct {\n", comment("", doc), m.options)
	var encode strings.Builder
	for _, p := range m.op.Params {
		if p.In != spec.InQuery || p.Required {
			continue
		}
		goType, present := w.optionType(p)
		field := goName(p.Name)
		w.printf("%s%s %s\n", comment("\t", w.optionDoc(p, goType)), field, goType)
		fmt.Fprintf(&encode, "if %s {\nvalues[%q] = o.%s\n}\n", fmt.Sprintf(present, "o."+field), p.Name, field)
	}
	w.printf("}\n\n")
	w.printf("func (o *%s) values() map[string]any {\nif o == nil {\nreturn nil\n}\nvalues := map[string]any{}\n%sreturn values\n}\n\n", m.options, encode.String())
}

// optionType is the Go type of an optional query parameter and the condition under which it was set.
func (w *serviceWriter) optionType(p spec.Param) (goType, present string) {
	goType = w.types.goType(p.Schema)
	switch {
	case p.Schema.Format == spec.FormatDateTime:
		w.imports["time"] = true
		return "time.Time", "!%s.IsZero()"
	case goType == "bool":
		return goType, "%s"
	case goType == "int64", goType == "Timestamp":
		return goType, "%s != 0"
	case goType == "float64":
		return "*float64", "%s != nil"
	case goType == "any", strings.HasPrefix(goType, "[]"):
		return goType, "%s != nil"
	}
	return goType, "%s != \"\""
}

func (w *serviceWriter) optionDoc(p spec.Param, goType string) string {
	doc := sentence(p.Doc)
	switch {
	case goType == "any":
		doc += " It takes " + goAlternatives(w.types, p.Schema) + "."
	case p.Schema.Max != 0:
		doc += fmt.Sprintf(" From %v to %v.", p.Schema.Min, p.Schema.Max)
	case len(p.Schema.Enum) > 0 && !p.Schema.Open:
		doc += " It is " + quoted(p.Schema) + "."
	}
	return doc
}

// goAlternatives lists the Go types that a choice takes.
func goAlternatives(types *goTypes, s *spec.Schema) string {
	var names []string
	for _, alternative := range s.OneOf {
		names = append(names, types.goType(alternative))
	}
	return strings.Join(names, " or ")
}
