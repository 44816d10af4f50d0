package spec

import "strings"

// Operation is one route of the API: a method and a path with everything that a caller, a server or a help page needs to
// know about it. Operations are shared and must not be changed.
type Operation struct {
	// ID is the stable dotted name, for example "website.conversations.list".
	ID string
	// Call is the script name below crisp, in words joined by underscores and groups joined by dots, for example
	// "conversations.messages.send". It is empty for a route that scripts reach through another one (see AlternateOf).
	Call string
	// AlternateOf is the ID of the operation that this route is another form of, or empty.
	AlternateOf string
	// Method is the HTTP method in capitals.
	Method string
	// Path is the template below the API's base, with a leading slash: "/website/{website_id}/conversation/{session_id}".
	Path string
	// Summary is one line without a full stop; Doc is further paragraphs or empty.
	Summary, Doc string
	// Params are the path parameters in the order of the path, then the query parameters in documented order.
	Params []Param
	// Body is the schema of the JSON request body, or nil when the route takes none.
	Body *Schema
	// BodyRequired reports whether the body must be present.
	BodyRequired bool
	// Result is the schema of the envelope's data member, or nil when the answer carries none.
	Result *Schema
	// Status is the HTTP status of success (200, 201, 202).
	Status int
	// Reason is the envelope's reason word on success, for example "listed".
	Reason string
	// Tiers are the token tiers that may call the route.
	Tiers Tiers
	// Effect tells what the call does to the workspace.
	Effect Effect
	// Pages tells how a list continues.
	Pages Paging
	// Events are the RTM events that bring the later answer of an asynchronous route.
	Events []string
	// DocsURL is the page of Crisp's own reference.
	DocsURL string
}

// Param is a path or query parameter.
type Param struct {
	// Name is the wire name, for example "filter_unread".
	Name string
	// In is InPath or InQuery.
	In Location
	// Doc is one line.
	Doc string
	// Required reports whether a request without it is refused.
	Required bool
	// Schema is the shape of the value. Query values of KindObject and KindArray travel as JSON text, booleans as 1 and 0,
	// and FormatDateTime as ISO 8601 text.
	Schema *Schema
}

// Location is where a parameter travels.
type Location uint8

// The places of a parameter.
const (
	InPath Location = iota
	InQuery
)

// Tiers is a set of token tiers.
type Tiers uint8

// The token tiers of Crisp's X-Crisp-Tier header.
const (
	TierUser Tiers = 1 << iota
	TierWebsite
	TierPlugin
)

// Has reports whether every tier of t is in the set.
func (ts Tiers) Has(t Tiers) bool { return ts&t == t }

// String returns the names of the tiers as the X-Crisp-Tier header spells them: "website, plugin, user".
func (ts Tiers) String() string {
	var names []string
	for _, t := range [...]struct {
		tier Tiers
		name string
	}{{TierWebsite, "website"}, {TierPlugin, "plugin"}, {TierUser, "user"}} {
		if ts.Has(t.tier) {
			names = append(names, t.name)
		}
	}
	return strings.Join(names, ", ")
}

// Effect is what a call does to the workspace.
type Effect uint8

// The effects, from harmless to destructive. EffectSend reaches a person outside the workspace (a message, a call), or sends
// an email to anybody.
const (
	EffectRead Effect = iota
	EffectWrite
	EffectSend
	EffectDelete
)

func (e Effect) String() string {
	return [...]string{"read", "write", "send", "delete"}[e]
}

// Paging is the way in which a list continues.
type Paging uint8

// PagesNumber lists carry page_number as their last path segment, the first is 1, and end with an empty page.
// PagesBefore lists answer 206 while older items exist and continue with timestamp_before.
const (
	PagesNone Paging = iota
	PagesNumber
	PagesBefore
)
