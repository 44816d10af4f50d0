package engine

import (
	"reflect"
	"strconv"
	"strings"
)

// maxTypeText is how many structs around each other a type's text shows.
const maxTypeText = 2

// describe returns the parameters for help. Docs are those of Doc.
func (p *functionPlan) describe(docs []string) []Param {
	var params []Param
	for i, param := range p.params {
		d := Param{
			Name: "arg" + strconv.Itoa(i+1), Type: p.types.text(param.typ, 0),
			Required: i < p.required && !optional(param.typ),
		}
		if i < len(docs) {
			name, doc, _ := strings.Cut(docs[i], ":")
			d.Name, d.Doc = strings.TrimSpace(name), strings.TrimSpace(doc)
		}
		params = append(params, d)
	}
	return params
}

// resultType is the type of the result for help, or "".
func (p *functionPlan) resultType() string {
	var texts []string
	for _, r := range p.results {
		texts = append(texts, p.types.text(r.typ, 0))
	}
	switch {
	case p.sequence:
		return "iterator of " + texts[0]
	case len(texts) > 1:
		return "[" + strings.Join(texts, ", ") + "]"
	default:
		return strings.Join(texts, "")
	}
}

// text writes a type as editor types do.
func (t *types) text(typ reflect.Type, depth int) string {
	if class := t.classes[typ]; class != nil {
		return class.Name
	}
	switch typ {
	case timeType:
		return "Date"
	case durationType:
		return "number | string"
	}
	if marshals(typ) && !isJSONNumber(typ) {
		if typ.Implements(jsonMarshalerType) || reflect.PointerTo(typ).Implements(jsonMarshalerType) {
			return "any"
		}
		return "string"
	}
	switch typ.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		if isJSONNumber(typ) {
			return "number"
		}
		return "string"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return "number"
	case reflect.Pointer:
		return t.text(typ.Elem(), depth)
	case reflect.Slice, reflect.Array:
		if typ.Elem().Kind() == reflect.Uint8 {
			return "Uint8Array"
		}
		item := t.text(typ.Elem(), depth)
		if strings.Contains(item, " | ") {
			item = "(" + item + ")"
		}
		return item + "[]"
	case reflect.Map:
		if depth == maxTypeText {
			return "object"
		}
		return "{ [name: string]: " + t.text(typ.Elem(), depth+1) + " }"
	case reflect.Struct:
		return t.structText(typ, depth)
	default:
		return "any"
	}
}

func (t *types) structText(typ reflect.Type, depth int) string {
	fields, err := fieldsOf(typ)
	if err != nil || depth == maxTypeText {
		return "object"
	}
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.name)
		if f.omitEmpty || f.omitZero || f.typ.Kind() == reflect.Pointer {
			b.WriteString("?")
		}
		b.WriteString(": ")
		if f.text {
			b.WriteString("string")
		} else {
			b.WriteString(t.text(f.typ, depth+1))
		}
	}
	if b.Len() == 0 {
		return "object"
	}
	return "{ " + b.String() + " }"
}
