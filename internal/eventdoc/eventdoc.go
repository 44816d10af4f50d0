// Package eventdoc lists the fields of events for people.
package eventdoc

import (
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Field is a field of a payload.
type Field struct {
	// Path is as conditions have it, but that "[]" stands for any item of a list and "*" for any name. Optional ones may be missing.
	Path     string
	Optional bool
	// Types are what it takes, in the notation of spec.Describe, and Doc is one line.
	Types []string
	Doc   string
}

// Fields lists the fields of a payload with those of objects in it.
func Fields(payload *spec.Schema) []*Field {
	var list []*Field
	addFields(&list, "", payload, false, 0)
	return list
}

// maxFieldDepth bounds how deep objects in objects are shown.
const maxFieldDepth = 4

// addFields adds the fields of a shape. Those of one of several shapes may be missing.
func addFields(list *[]*Field, prefix string, s *spec.Schema, optional bool, depth int) {
	if s == nil || depth == maxFieldDepth {
		return
	}
	for _, alternative := range s.OneOf {
		addFields(list, prefix, alternative, true, depth)
	}
	if s.Kind == spec.KindArray {
		addFields(list, strings.TrimSuffix(prefix, ".")+"[].", s.Items, optional, depth)
	}
	for _, f := range s.Fields {
		path := prefix + f.Name
		i := slices.IndexFunc(*list, func(other *Field) bool { return other.Path == path })
		if i < 0 {
			i = len(*list)
			*list = append(*list, &Field{Path: path, Doc: f.Doc, Optional: optional || !f.Required})
		}
		if text := spec.Describe(f.Schema); !slices.Contains((*list)[i].Types, text) {
			(*list)[i].Types = append((*list)[i].Types, text)
		}
		addFields(list, path+".", f.Schema, optional, depth+1)
	}
	if s.Extra != nil && len(s.Fields) == 0 && s.Kind == spec.KindObject && prefix != "" {
		*list = append(*list, &Field{Path: prefix + "*", Types: []string{spec.Describe(s.Extra)}, Doc: "Any name", Optional: true})
	}
}
