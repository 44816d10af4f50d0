package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/crisphost/crisphost/crisp/spec"
)

// orNull ends the name of the variable that holds the nullable form of a named schema.
const orNull = "OrNull"

// schemaBuilder turns OpenAPI schemas into compact ones. Named ones are built once and shared.
type schemaBuilder struct {
	source map[string]*openapi3.SchemaRef
	named  map[string]*spec.Schema
	active map[string]bool
}

// reference builds what a schema reference or a schema in place stands for.
func (b *schemaBuilder) reference(where string, ref *openapi3.SchemaRef) (*spec.Schema, error) {
	if ref.Ref == "" {
		return b.value(where, ref.Value)
	}
	x := extensionsOf(where, ref.Extensions)
	x.guess()
	x.source(false)
	if err := x.done(); err != nil {
		return nil, err
	}
	return b.byName(refName(ref.Ref))
}

func (b *schemaBuilder) byName(name string) (*spec.Schema, error) {
	if s := b.named[name]; s != nil {
		return s, nil
	}
	if b.active[name] {
		return nil, fmt.Errorf("schema %s contains itself, which the static table cannot hold", name)
	}
	b.active[name] = true
	defer delete(b.active, name)
	source := b.source[name]
	if source == nil {
		return nil, fmt.Errorf("schema %s stands in no file of the description", name)
	}
	s, err := b.value(name, source.Value)
	if err != nil {
		return nil, err
	}
	if isNamed(s) {
		s.Name = name
	} else {
		s.Doc = ""
	}
	b.named[name] = s
	return s, nil
}

// isNamed reports whether a schema keeps its name in the table: scalars, flags and choices between scalars read better by
// what they are.
func isNamed(s *spec.Schema) bool {
	return len(s.Fields) > 0 || len(s.Enum) > 0 || slices.ContainsFunc(s.OneOf, isNamed)
}

func (b *schemaBuilder) value(where string, v *openapi3.Schema) (*spec.Schema, error) {
	x := extensionsOf(where, v.Extensions)
	x.guess()
	x.source(false)
	known, enum := x.list("x-crisp-known"), x.list("x-crisp-enum")
	if err := x.done(); err != nil {
		return nil, err
	}
	s := &spec.Schema{Format: v.Format, Doc: v.Description, Enum: enum, MinLength: int(v.MinLength)}
	for _, e := range v.Enum {
		if text, ok := e.(string); ok {
			s.Enum = append(s.Enum, text)
		}
	}
	if known != nil {
		s.Enum, s.Open = known, true
	}
	if v.Min != nil {
		s.Min = *v.Min
	}
	if v.Max != nil {
		s.Max = *v.Max
	}
	if v.MinItems > 0 {
		s.MinLength = int(v.MinItems)
	}
	if err := b.kind(where, s, v); err != nil {
		return nil, err
	}
	if s.Format == spec.FormatFlag {
		s.Kind, s.Enum = spec.KindBoolean, nil
	}
	if err := errors.Join(b.members(where, s, v), b.alternatives(where, s, v), b.merge(where, s, v)); err != nil {
		return nil, err
	}
	if v.Items != nil {
		items, err := b.reference(where+"[]", v.Items)
		if err != nil {
			return nil, err
		}
		s.Items = items
	}
	return s, nil
}

var kinds = map[string]spec.Kind{
	"string": spec.KindString, "integer": spec.KindInteger, "number": spec.KindNumber,
	"boolean": spec.KindBoolean, "array": spec.KindArray, "object": spec.KindObject,
}

// kind reads the type, which may be several: null makes the schema nullable, further ones make it a choice.
func (b *schemaBuilder) kind(where string, s *spec.Schema, v *openapi3.Schema) error {
	var found []spec.Kind
	for _, t := range v.Type.Slice() {
		if t == "null" {
			s.Nullable = true
			continue
		}
		kind, ok := kinds[t]
		if !ok {
			return fmt.Errorf("%s: unknown type %q", where, t)
		}
		found = append(found, kind)
	}
	switch len(found) {
	case 0:
	case 1:
		s.Kind = found[0]
	default:
		for _, kind := range found {
			s.OneOf = append(s.OneOf, &spec.Schema{Kind: kind})
		}
	}
	return nil
}

func (b *schemaBuilder) members(where string, s *spec.Schema, v *openapi3.Schema) error {
	for _, name := range inOrder(v.Properties) {
		property := v.Properties[name]
		schema, err := b.reference(where+"."+name, property)
		if err != nil {
			return err
		}
		field := spec.Field{
			Name: name, Required: slices.Contains(v.Required, name), ReadOnly: property.Value.ReadOnly,
			Doc: property.Value.Description, Schema: schema,
		}
		if schema.Name == "" && schema.Doc != "" {
			plain := *schema
			plain.Doc = ""
			field.Schema = &plain
		}
		s.Fields = append(s.Fields, field)
	}
	for _, name := range v.Required {
		if v.Properties[name] == nil {
			return fmt.Errorf("%s requires %s, which it does not describe", where, name)
		}
	}
	switch extra := v.AdditionalProperties; {
	case extra.Schema != nil:
		schema, err := b.reference(where+".*", extra.Schema)
		if err != nil {
			return err
		}
		s.Extra = schema
	case extra.Has != nil && *extra.Has:
		s.Extra = &spec.Schema{}
	}
	return nil
}

// alternatives reads oneOf and anyOf. A choice between a schema and null is that schema made nullable.
func (b *schemaBuilder) alternatives(where string, s *spec.Schema, v *openapi3.Schema) error {
	for _, ref := range append(slices.Clip(v.OneOf), v.AnyOf...) {
		if ref.Ref == "" && ref.Value.Type.Is("null") {
			s.Nullable = true
			continue
		}
		alternative, err := b.reference(where, ref)
		if err != nil {
			return err
		}
		s.OneOf = append(s.OneOf, alternative)
	}
	if v.Discriminator != nil {
		s.Tag = v.Discriminator.PropertyName
		return checkTag(where, s)
	}
	if s.Nullable && len(s.OneOf) == 1 {
		doc := s.Doc
		*s = *s.OneOf[0]
		s.Nullable = true
		if s.Name == "" {
			s.Doc = doc
		}
	}
	return nil
}

func checkTag(where string, s *spec.Schema) error {
	for _, alternative := range s.OneOf {
		field := alternative.Field(s.Tag)
		if field == nil || len(field.Schema.Enum) != 1 {
			return fmt.Errorf("%s: alternative %s does not fix %s to one word", where, alternative.Name, s.Tag)
		}
	}
	return nil
}

// merge lays the members of allOf into the schema: the tag of a union first, then the rest in documented order.
func (b *schemaBuilder) merge(where string, s *spec.Schema, v *openapi3.Schema) error {
	for _, ref := range v.AllOf {
		part, err := b.reference(where, ref)
		if err != nil {
			return err
		}
		if part.Kind != spec.KindObject || len(part.OneOf) > 0 {
			return fmt.Errorf("%s: allOf takes plain objects only", where)
		}
		s.Kind = spec.KindObject
		if ref.Ref == "" {
			s.Fields = append(slices.Clone(part.Fields), s.Fields...)
		} else {
			s.Fields = append(s.Fields, part.Fields...)
		}
		s.Extra = cmp.Or(s.Extra, part.Extra)
	}
	return nil
}

// inOrder returns the names of properties in the order in which they are written.
func inOrder(properties openapi3.Schemas) []string {
	position := func(name string) (line, column int) {
		ref := properties[name]
		origin := ref.Origin
		if origin == nil && ref.Value != nil {
			origin = ref.Value.Origin
		}
		if origin == nil || origin.Key == nil {
			return 0, 0
		}
		return origin.Key.Line, origin.Key.Column
	}
	return slices.SortedFunc(maps.Keys(properties), func(a, b string) int {
		aLine, aColumn := position(a)
		bLine, bColumn := position(b)
		return cmp.Or(cmp.Compare(aLine, bLine), cmp.Compare(aColumn, bColumn), cmp.Compare(a, b))
	})
}
