package spec

import (
	"fmt"
	"strconv"
	"strings"
)

// Describe is the short notation of a shape for people: "string (UUID)", `"user" | "operator"`, "Conversation[]".
func Describe(s *Schema) string {
	if s == nil {
		return "nothing"
	}
	text := describe(s)
	if s.Nullable {
		text += " | null"
	}
	return text
}

func describe(s *Schema) string {
	switch {
	case len(s.Enum) > 0:
		return describeWords(s)
	case s.Name != "" && (len(s.OneOf) == 0 || s.Tag != ""):
		return s.Name
	case len(s.OneOf) > 0:
		parts := make([]string, len(s.OneOf))
		for i, alternative := range s.OneOf {
			parts[i] = Describe(alternative)
		}
		return strings.Join(parts, " | ")
	}
	switch s.Kind {
	case KindString:
		return "string" + formatNote(s.Format)
	case KindInteger:
		return "integer" + formatNote(s.Format) + describeRange(s)
	case KindNumber:
		return "number" + describeRange(s)
	case KindBoolean:
		return "boolean"
	case KindArray:
		return describeArray(s)
	case KindObject:
		return describeObject(s)
	}
	return "any value"
}

// describeWords shows the words themselves: they say more than the name of their list.
func describeWords(s *Schema) string {
	parts := make([]string, 0, len(s.Enum)+1)
	for _, word := range s.Enum {
		if prefix, ok := strings.CutSuffix(word, "*"); ok {
			word = prefix + "..."
		}
		parts = append(parts, strconv.Quote(word))
	}
	if s.Open {
		parts = append(parts, "another string")
	}
	return strings.Join(parts, " | ")
}

func formatNote(format string) string {
	switch format {
	case FormatUUID:
		return " (UUID)"
	case FormatSessionID:
		return " (session_ and a UUID)"
	case FormatBrowsingID:
		return " (browsing_ and a UUID)"
	case FormatCallID:
		return " (call_ and a UUID)"
	case FormatPeopleID:
		return " (UUID or email address)"
	case FormatEmail:
		return " (email address)"
	case FormatURI:
		return " (URL)"
	case FormatDateTime:
		return " (ISO 8601 date)"
	case FormatTimestamp:
		return " (Unix milliseconds)"
	}
	return ""
}

func describeRange(s *Schema) string {
	switch {
	case s.Max != 0:
		return fmt.Sprintf(" from %v to %v", s.Min, s.Max)
	case s.Min != 0:
		return fmt.Sprintf(" from %v", s.Min)
	}
	return ""
}

func describeArray(s *Schema) string {
	if s.Items == nil {
		return "list"
	}
	items := Describe(s.Items)
	if strings.Contains(items, " ") && !strings.HasPrefix(items, "{") {
		items = "(" + items + ")"
	}
	return items + "[]"
}

func describeObject(s *Schema) string {
	var parts []string
	for i := range s.Fields {
		f := &s.Fields[i]
		mark := "?"
		if f.Required {
			mark = ""
		}
		parts = append(parts, f.Name+mark+": "+Describe(f.Schema))
	}
	switch {
	case s.Extra == nil:
	case s.Extra.Kind == KindAny && len(s.Extra.OneOf) == 0:
		if parts == nil {
			return "object"
		}
		parts = append(parts, "...")
	default:
		parts = append(parts, "[name]: "+Describe(s.Extra))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
