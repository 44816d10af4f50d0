package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/crisphost/crisphost/crisp/spec"
)

var classWords = map[string]spec.EventClass{
	"none": spec.ClassNone, "unique": spec.ClassUnique, "timed": spec.ClassTimed, "state": spec.ClassState,
}

// buildEvents reads the events of all files, in the order of names.
func buildEvents(schemas *schemaBuilder, docs []*openapi3.T) ([]*spec.Event, error) {
	byName := map[string]*spec.Event{}
	for _, doc := range docs {
		for name, item := range doc.Webhooks {
			if byName[name] != nil {
				return nil, fmt.Errorf("event %s is described twice", name)
			}
			event, err := buildEvent(schemas, name, item.Post)
			if err != nil {
				return nil, fmt.Errorf("event %s: %w", name, err)
			}
			byName[name] = event
		}
	}
	var events []*spec.Event
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		events = append(events, byName[name])
	}
	return events, nil
}

func buildEvent(schemas *schemaBuilder, name string, source *openapi3.Operation) (*spec.Event, error) {
	if source == nil || source.RequestBody == nil || source.RequestBody.Value.Content.Get("application/json") == nil {
		return nil, fmt.Errorf("has no post with a JSON body")
	}
	event := &spec.Event{Name: name, Summary: source.Summary}
	x := extensionsOf(name, source.Extensions)
	event.Tiers, event.Scope, event.Hook = x.tiers(), x.text("x-crisp-scope"), x.get("x-crisp-hook") == true
	event.Identity = x.list("x-crisp-identity")
	var ok bool
	if event.Class, ok = classWords[x.text("x-crisp-class")]; !ok {
		x.fail("x-crisp-class is missing or unknown")
	}
	x.source(true)
	x.guess("identity", "payload")
	if err := x.done(); err != nil {
		return nil, err
	}
	body := source.RequestBody.Value.Content.Get("application/json")
	var err error
	if event.Payload, err = schemas.reference(name, body.Schema); err != nil {
		return nil, err
	}
	if event.Payload.Name == "" {
		slices.SortStableFunc(event.Payload.Fields, func(a, b spec.Field) int { return commonRank(a.Name) - commonRank(b.Name) })
	}
	if err := checkIdentity(event); err != nil {
		return nil, err
	}
	example, err := appendExample(nil, event.Payload, body.Example)
	event.Example = string(example)
	return event, err
}

// commonRank puts the members that events share to the ends of a payload.
func commonRank(name string) int {
	const own = 3
	switch name {
	case "routing_ids":
		return own + 1
	default:
		if i := slices.Index([]string{"website_id", "session_id", "inbox_id"}, name); i >= 0 {
			return i
		}
		return own
	}
}

// checkIdentity looks for each member that the identity names.
func checkIdentity(event *spec.Event) error {
	if len(event.Identity) == 0 {
		return fmt.Errorf("x-crisp-identity is missing")
	}
	for _, path := range event.Identity {
		schema := event.Payload
		for step := range strings.SplitSeq(path, ".") {
			field := schema.Field(step)
			if field == nil {
				return fmt.Errorf("x-crisp-identity names %s, which the payload does not have", path)
			}
			schema = field.Schema
		}
	}
	return nil
}

// appendExample writes a value as JSON with the members of objects in documented order.
func appendExample(to []byte, schema *spec.Schema, value any) ([]byte, error) {
	object, isObject := value.(map[string]any)
	if !isObject {
		text, err := json.Marshal(value)
		return append(to, text...), err
	}
	names := slices.Sorted(maps.Keys(object))
	if schema != nil {
		place := func(name string) int {
			return slices.IndexFunc(schema.Fields, func(f spec.Field) bool { return f.Name == name })
		}
		slices.SortStableFunc(names, func(a, b string) int { return place(a) - place(b) })
	}
	to = append(to, '{')
	for i, name := range names {
		if i > 0 {
			to = append(to, ',')
		}
		to = fmt.Appendf(to, "%q:", name)
		var inner *spec.Schema
		if schema != nil && schema.Field(name) != nil {
			inner = schema.Field(name).Schema
		}
		var err error
		if to, err = appendExample(to, inner, object[name]); err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}
