package eventtext

import (
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/plain"
)

// maxSummary is the most columns of a summary that is not cut to a terminal.
const maxSummary = 240

// Summary says in one line what the payload of an event says: who, and what. Secrets are left out.
func Summary(name string, data []byte) string {
	members, err := Decode(data)
	if err != nil {
		return plain.Cut(plain.Line(string(data)), maxSummary)
	}
	who, what := subject(members), details(spec.FindEvent(name), members)
	if number, has := members["fingerprint"]; has && what == "" {
		what = "message " + describeValue(number)
	}
	if who != "" && what != "" {
		who += ": "
	}
	return plain.Cut(plain.Line(who+what), maxSummary)
}

// subject names who or what an event is about.
func subject(members map[string]any) string {
	for _, side := range [...]string{"user", "operator"} {
		if nickname := text(member(members[side], "nickname")); nickname != "" {
			return nickname
		}
	}
	for _, id := range [...]string{"session_id", "people_id", "campaign_id", "plugin_id", "user_id"} {
		if value := text(members[id]); value != "" {
			return short(id, value)
		}
	}
	return ""
}

// short is an identifier as people tell it from others: its kind and its beginning.
func short(name, id string) string {
	kind := strings.TrimSuffix(name, "_id")
	id = strings.TrimPrefix(id, kind+"_")
	switch kind {
	case "people":
		kind = "profile"
	case "user":
		kind = "operator"
	}
	return kind + " " + id[:min(8, len(id))]
}

// details are the members of a payload that are its own.
func details(event *spec.Event, members map[string]any) string {
	if content, ok := members["content"]; ok {
		return describeContent(text(members["type"]), content)
	}
	var parts []string
	for _, name := range ownMembers(event, members) {
		value := members[name]
		if secret(event, name) {
			value = "***"
		}
		parts = append(parts, name+" "+describeValue(value))
	}
	return strings.Join(parts, ", ")
}

// ownMembers returns the names of the members that tell something, in documented order. Further ones stand behind, sorted.
func ownMembers(event *spec.Event, members map[string]any) []string {
	var names []string
	for _, name := range sortedNames(event, members) {
		switch name {
		case "website_id", "session_id", "inbox_id", "routing_ids", "people_id", "campaign_id", "plugin_id", "user_id", "user", "operator",
			"timestamp", "fingerprint":
		default:
			names = append(names, name)
		}
	}
	return names
}

func secret(event *spec.Event, name string) bool {
	if event == nil {
		return false
	}
	field := event.Payload.Field(name)
	return field != nil && field.Schema.Format == spec.FormatPassword
}

func describeContent(kind string, content any) string {
	if s, ok := content.(string); ok {
		if kind == "note" {
			return "note " + quote(s)
		}
		return quote(s)
	}
	for _, name := range [...]string{"text", "name", "namespace", "url"} {
		if value := text(member(content, name)); value != "" {
			return strings.TrimSpace(kind + " " + quote(value))
		}
	}
	return strings.TrimSpace(kind + " " + describeValue(content))
}

func describeValue(value any) string {
	switch value := value.(type) {
	case string:
		return quote(value)
	case []any:
		var parts []string
		for _, item := range value {
			parts = append(parts, describeValue(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, name := range sortedNames(nil, value) {
			parts = append(parts, name+" "+describeValue(value[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(orNull(value))
}

func orNull(value any) any {
	if value == nil {
		return "null"
	}
	return value
}

// quote puts a text on one line between quotes. Quotes inside stay as they are, as people read them.
func quote(s string) string { return `"` + strings.Join(strings.Fields(s), " ") + `"` }

func member(value any, name string) any {
	object, _ := value.(map[string]any)
	return object[name]
}

func text(value any) string {
	s, _ := value.(string)
	return s
}
