package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/crisphost/crisphost/crisp/spec"
)

// TestTableAgreesWithTheDescription makes up values that the compact schema of every body and result takes, and holds
// them against the OpenAPI schema with another validator. A required member that is taken away must offend both.
func TestTableAgreesWithTheDescription(t *testing.T) {
	desc, err := load(filepath.Join(specDir, "openapi"))
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range desc.groups {
		for _, item := range doc.Paths.Map() {
			for _, source := range item.Operations() {
				op := spec.ByID(source.OperationID)
				if op.Body != nil {
					full := source.RequestBody.Value.Content.Get("application/json").Schema.Value
					t.Run(op.ID+" body", func(t *testing.T) { agree(t, op.Body, full, false) })
				}
				if op.Result != nil {
					t.Run(op.ID+" data", func(t *testing.T) { agree(t, op.Result, dataSchema(source), true) })
				}
			}
		}
	}
}

func dataSchema(source *openapi3.Operation) *openapi3.Schema {
	for _, response := range source.Responses.Map() {
		if media := response.Value.Content.Get("application/json"); media != nil {
			for _, part := range media.Schema.Value.AllOf {
				if data := part.Value.Properties["data"]; data != nil {
					return data.Value
				}
			}
		}
	}
	return nil
}

func agree(t *testing.T, compact *spec.Schema, full *openapi3.Schema, answer bool) {
	validate, direction := compact.ValidateJSON, openapi3.VisitAsRequest()
	if answer {
		validate, direction = compact.ValidateAnswerJSON, openapi3.VisitAsResponse()
	}
	rapid.Check(t, func(t *rapid.T) {
		value := madeUp(t, compact, answer, 0)
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(raw); err != nil {
			t.Fatalf("the table refuses %s: %v", raw, err)
		}
		var plain any
		if err := json.Unmarshal(raw, &plain); err != nil {
			t.Fatal(err)
		}
		if err := full.VisitJSON(plain, direction); err != nil {
			t.Fatalf("OpenAPI refuses %s: %v", raw, err)
		}
		object, ok := plain.(map[string]any)
		if !ok {
			return
		}
		for _, name := range full.Required {
			kept := object[name]
			delete(object, name)
			raw, _ := json.Marshal(object)
			if validate(raw) == nil || full.VisitJSON(object, direction) == nil {
				t.Fatalf("without %s the value is accepted: %s", name, raw)
			}
			object[name] = kept
		}
	})
}

// madeUp draws a value that a schema takes.
func madeUp(t *rapid.T, s *spec.Schema, answer bool, depth int) any {
	if s.Nullable && rapid.IntRange(0, 3).Draw(t, "null") == 0 {
		return nil
	}
	if len(s.OneOf) > 0 {
		return madeUp(t, rapid.SampledFrom(s.OneOf).Draw(t, "alternative"), answer, depth)
	}
	switch s.Kind {
	case spec.KindString:
		return madeUpText(t, s)
	case spec.KindInteger:
		return rapid.Int64Range(int64(s.Min), 1<<50).Draw(t, "integer")
	case spec.KindNumber:
		return rapid.Float64Range(-1e9, 1e9).Draw(t, "number")
	case spec.KindBoolean:
		return rapid.Bool().Draw(t, "boolean")
	case spec.KindArray:
		list := []any{}
		for range rapid.IntRange(0, 2).Draw(t, "items") {
			list = append(list, madeUp(t, s.Items, answer, depth+1))
		}
		return list
	case spec.KindObject:
		object := map[string]any{}
		for _, f := range s.Fields {
			if f.ReadOnly && !answer || !f.Required && (depth > 4 || rapid.Bool().Draw(t, "leave out "+f.Name)) {
				continue
			}
			object[f.Name] = madeUp(t, f.Schema, answer, depth+1)
		}
		if s.Extra != nil {
			object["extra one"] = madeUp(t, s.Extra, answer, depth+1)
		}
		return object
	}
	// Not null: the other validator takes a schema without a type to exclude it, as OpenAPI 3.0 did.
	return rapid.SampledFrom([]any{true, 1, "text", []any{}, map[string]any{}}).Draw(t, "any")
}

const anUUID = "11111111-1111-4111-8111-111111111111"

func madeUpText(t *rapid.T, s *spec.Schema) string {
	if len(s.Enum) > 0 {
		words := slices.Clone(s.Enum)
		if s.Open {
			words = append(words, "another word")
		}
		return strings.Replace(rapid.SampledFrom(words).Draw(t, "word"), "*", "a:b:0", 1)
	}
	switch s.Format {
	case spec.FormatUUID:
		return anUUID
	case spec.FormatSessionID:
		return "session_" + anUUID
	case spec.FormatBrowsingID:
		return "browsing_" + anUUID
	case spec.FormatCallID:
		return "call_" + anUUID
	case spec.FormatEmail:
		return "ada@example.com"
	case spec.FormatURI:
		return "https://example.com/a?b=c"
	case spec.FormatDateTime:
		return "2026-11-22T10:00:00Z"
	}
	return rapid.String().Draw(t, "text")
}
