package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
)

// variable names the Go variable of a named schema.
func variable(s *spec.Schema) string {
	name := "schema" + s.Name
	if s.Nullable {
		name += orNull
	}
	return name
}

// isPlain reports whether a schema is nothing but a kind and a format. The table holds each such schema once.
func isPlain(s *spec.Schema) bool {
	return s.Name == "" && s.Doc == "" && s.Enum == nil && s.Min == 0 && s.Max == 0 && s.MinLength == 0 &&
		s.Items == nil && s.Fields == nil && s.Extra == nil && s.OneOf == nil && s.Kind != spec.KindObject && s.Kind != spec.KindArray
}

func plainVariable(s *spec.Schema) string {
	name := "plain" + strings.TrimPrefix(kindNames[s.Kind], "Kind")
	for word := range strings.SplitSeq(s.Format, "-") {
		if word != "" {
			name += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	if s.Nullable {
		name += orNull
	}
	return name
}

// walk visits every schema that operations and events reach, once by its address.
func (api *model) walk(visit func(*spec.Schema)) {
	seen := map[*spec.Schema]bool{}
	var descend func(s *spec.Schema)
	descend = func(s *spec.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		visit(s)
		descend(s.Items)
		descend(s.Extra)
		for _, f := range s.Fields {
			descend(f.Schema)
		}
		for _, alternative := range s.OneOf {
			descend(alternative)
		}
	}
	for _, op := range api.operations {
		for _, p := range op.Params {
			descend(p.Schema)
		}
		descend(op.Body)
		descend(op.Result)
	}
	for _, event := range api.events {
		descend(event.Payload)
	}
}

// usesNull reports whether a named schema is used in its nullable form anywhere.
func (api *model) usesNull(name string) bool {
	found := false
	api.walk(func(s *spec.Schema) { found = found || s.Name == name && s.Nullable })
	return found
}

// plainSchemas returns each plain schema once, by name.
func (api *model) plainSchemas() []*spec.Schema {
	byName := map[string]*spec.Schema{}
	api.walk(func(s *spec.Schema) {
		if isPlain(s) {
			byName[plainVariable(s)] = s
		}
	})
	var list []*spec.Schema
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, byName[name])
	}
	return list
}
