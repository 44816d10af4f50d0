package bindings

import (
	"context"
	"fmt"
	"maps"

	"github.com/crisphost/crisphost/engine"
)

// shorthand is a call in the domain's own words that stands for an operation with some of its options filled in.
type shorthand struct {
	call, operation string
	doc, result     string
	params          []engine.Param
	// arguments turns the shorthand's arguments into the operation's.
	arguments func(call string, args []any) ([]any, error)
}

var sessionParam = engine.Param{Name: "session_id", Type: "string (session id)", Required: true}

var shorthands = []shorthand{
	{
		call: "conversations.search", operation: "website.conversations.list",
		doc: "Lists the conversations that a query finds: words in their text, a segment with type = \"segment\", or a list of filters.", result: "Conversation[]",
		params: []engine.Param{
			{Name: "query", Type: "string | table[]", Required: true, Doc: "text, a segment's name, or filters {model, criterion, operator, query}"},
			{Name: "options", Type: "table", Doc: "the options of conversations.list"},
		},
		arguments: searchArguments,
	},
	{
		call: "conversations.resolve", operation: "website.conversation.state.change",
		doc:       "Marks a conversation as resolved.",
		params:    []engine.Param{sessionParam},
		arguments: fixed("state", "resolved"),
	},
	{
		call: "conversations.unresolve", operation: "website.conversation.state.change",
		doc:       "Opens a resolved conversation again.",
		params:    []engine.Param{sessionParam},
		arguments: fixed("state", "unresolved"),
	},
	{
		call: "conversations.assign", operation: "website.conversation.routing.assign",
		doc: "Assigns a conversation to an operator, or to nobody.",
		params: []engine.Param{
			sessionParam,
			{Name: "user_id", Type: "string (UUID)", Doc: "the operator's; nobody when it is left out"},
			{Name: "options", Type: "table", Doc: "the options of conversations.routing.assign"},
		},
		arguments: assignArguments,
	},
}

func (s shorthand) bind(target *call) func(context.Context, []any) (*engine.Pending, error) {
	return func(ctx context.Context, args []any) (*engine.Pending, error) {
		args, err := s.arguments(target.name, args)
		if err != nil {
			return nil, err
		}
		return target.bind(ctx, args)
	}
}

// withOptions copies the options table at a position, to be added to.
func withOptions(a *arguments, i int) map[string]any {
	a.table(i)
	options := maps.Clone(a.options)
	if options == nil {
		options = map[string]any{}
	}
	return options
}

func fixed(name string, value any) func(string, []any) ([]any, error) {
	return func(call string, args []any) ([]any, error) {
		a := newArguments(call, args)
		id, options := a.text(0, "session_id"), withOptions(a, 1)
		if _, given := options[name]; given {
			a.fail("", fmt.Sprintf("has no option %q", name), fmt.Sprintf("it is always %q here", value))
		}
		options[name] = value
		return []any{id, options}, a.err
	}
}

func searchArguments(call string, args []any) ([]any, error) {
	a := newArguments(call, args)
	options := withOptions(a, 1)
	kind := "text"
	switch query := a.at(0).(type) {
	case string:
		options["search_query"] = query
	case []any:
		options["search_query"], kind = query, "filter"
	default:
		a.fail("query", "takes text or a list of filters, not "+describe(query), "")
	}
	if options["search_type"] == nil && options["type"] == nil {
		options["search_type"] = kind
	}
	return []any{options}, a.err
}

func assignArguments(call string, args []any) ([]any, error) {
	a := newArguments(call, args)
	id, options := a.text(0, "session_id"), withOptions(a, 2)
	switch user := a.at(1).(type) {
	case nil:
		options["assigned"] = nil
	case string:
		options["assigned"] = map[string]any{"user_id": user}
	default:
		a.fail("user_id", "takes an operator's id, not "+describe(user), "")
	}
	return []any{id, options}, a.err
}
