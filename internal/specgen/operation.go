package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/crisphost/crisphost/crisp/spec"
)

// model is the description in the terms of package spec.
type model struct {
	operations []*spec.Operation
	events     []*spec.Event
	// schemas are the named shapes that operations reach, by name.
	schemas map[string]*spec.Schema
	// eventSchemas are those that only events reach.
	eventSchemas map[string]*spec.Schema
}

func build(desc *description) (*model, error) {
	schemas := &schemaBuilder{source: desc.schemas, named: map[string]*spec.Schema{}, active: map[string]bool{}}
	api := &model{schemas: map[string]*spec.Schema{}, eventSchemas: map[string]*spec.Schema{}}
	for _, doc := range desc.groups {
		operations, err := groupOperations(schemas, doc)
		if err != nil {
			return nil, err
		}
		api.operations = append(api.operations, operations...)
	}
	api.walk(func(s *spec.Schema) {
		if s.Name != "" {
			api.schemas[s.Name] = schemas.named[s.Name]
		}
	})
	events, err := buildEvents(schemas, desc.events)
	if err != nil {
		return nil, err
	}
	api.events = events
	api.walk(func(s *spec.Schema) {
		if s.Name != "" && api.schemas[s.Name] == nil {
			api.eventSchemas[s.Name] = schemas.named[s.Name]
		}
	})
	return api, api.check()
}

// check looks at what only the whole can show.
func (api *model) check() error {
	ids, calls, routes := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, op := range api.operations {
		route := op.Method + " " + op.Path
		if ids[op.ID] || routes[route] != "" {
			return fmt.Errorf("%s (%s) is described twice", op.ID, route)
		}
		ids[op.ID], routes[route] = true, op.ID
		if op.Call != "" && calls[op.Call] {
			return fmt.Errorf("%s: the call %s is taken", op.ID, op.Call)
		}
		calls[op.Call] = true
		if (op.Call == "") == (op.AlternateOf == "") {
			return fmt.Errorf("%s needs either x-crisp-call or x-crisp-alternate-of", op.ID)
		}
	}
	for _, op := range api.operations {
		if op.AlternateOf != "" && !ids[op.AlternateOf] {
			return fmt.Errorf("%s is an alternate of %s, which does not exist", op.ID, op.AlternateOf)
		}
	}
	return nil
}

// groupOperations reads one file in the order in which it is written.
func groupOperations(schemas *schemaBuilder, doc *openapi3.T) ([]*spec.Operation, error) {
	type placed struct {
		op   *spec.Operation
		line int
	}
	var list []placed
	for path, item := range doc.Paths.Map() {
		for method, source := range item.Operations() {
			op, err := buildOperation(schemas, method, path, item, source)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			list = append(list, placed{op, source.Origin.Key.Line})
		}
	}
	slices.SortFunc(list, func(a, b placed) int { return cmp.Compare(a.line, b.line) })
	operations := make([]*spec.Operation, len(list))
	for i := range list {
		operations[i] = list[i].op
	}
	return operations, nil
}

var (
	tierWords   = map[string]spec.Tiers{"user": spec.TierUser, "website": spec.TierWebsite, "plugin": spec.TierPlugin}
	effectWords = map[string]spec.Effect{
		"read": spec.EffectRead, "write": spec.EffectWrite, "send": spec.EffectSend, "delete": spec.EffectDelete,
	}
	pagingWords = map[string]spec.Paging{"": spec.PagesNone, "number": spec.PagesNumber, "before": spec.PagesBefore}
)

func buildOperation(schemas *schemaBuilder, method, path string, item *openapi3.PathItem, source *openapi3.Operation) (*spec.Operation, error) {
	op := &spec.Operation{
		ID: source.OperationID, Method: method, Path: path, Summary: source.Summary, Doc: strings.TrimSpace(source.Description),
	}
	if source.ExternalDocs != nil {
		op.DocsURL = source.ExternalDocs.URL
	}
	x := extensionsOf(op.ID, source.Extensions)
	op.Call, op.AlternateOf, op.Events = x.text("x-crisp-call"), x.text("x-crisp-alternate-of"), x.list("x-crisp-events")
	op.Tiers = x.tiers()
	var ok bool
	if op.Effect, ok = effectWords[x.text("x-crisp-effect")]; !ok {
		x.fail("x-crisp-effect is missing or unknown")
	}
	if op.Pages, ok = pagingWords[x.text("x-crisp-pages")]; !ok {
		x.fail("x-crisp-pages is unknown")
	}
	x.source(true)
	x.guess("tiers", "status", "reason")
	switch {
	case op.Tiers == 0:
		x.fail("x-crisp-tiers is missing")
	case op.ID == "" || op.Summary == "" || op.DocsURL == "":
		x.fail("operationId, summary and externalDocs are needed")
	case strings.HasSuffix(op.Summary, "."):
		x.fail("the summary ends in a full stop")
	}
	if err := x.done(); err != nil {
		return nil, err
	}
	if err := readParams(schemas, op, item, source); err != nil {
		return nil, err
	}
	if err := readBody(schemas, op, source); err != nil {
		return nil, err
	}
	return op, readResponse(schemas, op, source)
}

func readParams(schemas *schemaBuilder, op *spec.Operation, item *openapi3.PathItem, source *openapi3.Operation) error {
	for _, ref := range append(slices.Clip(item.Parameters), source.Parameters...) {
		p := ref.Value
		where := op.ID + " " + p.Name
		x := extensionsOf(where, p.Extensions)
		x.guess()
		x.source(p.In == openapi3.ParameterInQuery)
		if err := x.done(); err != nil {
			return err
		}
		value := p.Schema
		if media := p.Content.Get("application/json"); media != nil {
			value = media.Schema
		}
		schema, err := schemas.reference(where, value)
		if err != nil {
			return err
		}
		param := spec.Param{Name: p.Name, Doc: p.Description, Required: p.Required, Schema: schema}
		if p.In == openapi3.ParameterInQuery {
			param.In = spec.InQuery
		}
		op.Params = append(op.Params, param)
	}
	position := func(p spec.Param) int {
		if p.In == spec.InQuery {
			return len(op.Path)
		}
		return strings.Index(op.Path, "{"+p.Name+"}")
	}
	slices.SortStableFunc(op.Params, func(a, b spec.Param) int { return cmp.Compare(position(a), position(b)) })
	return nil
}

func readBody(schemas *schemaBuilder, op *spec.Operation, source *openapi3.Operation) error {
	if source.RequestBody == nil {
		return nil
	}
	body := source.RequestBody.Value
	schema, err := schemas.reference(op.ID+" body", body.Content.Get("application/json").Schema)
	op.Body, op.BodyRequired = schema, body.Required
	return err
}

// readResponse takes the first status of success as the operation's own.
func readResponse(schemas *schemaBuilder, op *spec.Operation, source *openapi3.Operation) error {
	responses := source.Responses.Map()
	for _, code := range slices.Sorted(maps.Keys(responses)) {
		if code == "default" {
			continue
		}
		response := responses[code].Value
		x := extensionsOf(op.ID+" "+code, response.Extensions)
		reason := x.text("x-crisp-reason")
		if err := x.done(); err != nil {
			return err
		}
		if op.Status != 0 {
			continue
		}
		if _, err := fmt.Sscanf(code, "%d", &op.Status); err != nil {
			return fmt.Errorf("status %q is not a number", code)
		}
		op.Reason = reason
		media := response.Content.Get("application/json")
		if media == nil {
			continue
		}
		for _, part := range media.Schema.Value.AllOf {
			data := part.Value.Properties["data"]
			if data == nil || refName(data.Ref) == "Empty" {
				continue
			}
			schema, err := schemas.reference(op.ID+" data", data)
			if err != nil {
				return err
			}
			op.Result = schema
		}
	}
	return nil
}
