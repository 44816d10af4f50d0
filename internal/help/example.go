package help

import (
	"strings"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
)

// maxExampleOptions is how many optional options an example shows.
const maxExampleOptions = 2

// example writes a call with plausible values, from what the parameters take.
func (w Writer) example(page *bindings.Page, arguments, options []engine.Param) string {
	members := w.exampleMembers(page, options)
	var args []string
	for _, p := range arguments {
		// The options come behind all arguments.
		if p.Required || len(members) > 0 {
			args = append(args, w.exampleValue(page, p))
		}
	}
	if len(members) > 0 {
		args = append(args, "{"+strings.Join(members, ", ")+"}")
	}
	text := w.Spelled(page.Call) + "(" + strings.Join(args, ", ") + ")"
	if isSequence(page) {
		if w.Language == engine.Lua {
			return "for item in " + text + " do print(item) end"
		}
		return "for await (const item of " + text + ") console.log(item)"
	}
	return w.await(page, text)
}

// exampleMembers are the required options, and some others as far as there is room.
func (w Writer) exampleMembers(page *bindings.Page, options []engine.Param) []string {
	var members []string
	instant := false
	for _, required := range [...]bool{true, false} {
		for _, p := range options {
			nested := strings.ContainsAny(p.Name, ".[")
			if p.Required != required || nested || p.Name == "website_id" || p.Name == "per_page" {
				continue
			}
			// A place has three parts that go together, and of the times that messages are listed by one is taken.
			isPlace, isInstant := strings.HasPrefix(p.Name, "center_"), strings.HasPrefix(p.Name, "timestamp_")
			if !required && (len(members) >= maxExampleOptions && !isPlace || isInstant && instant) {
				continue
			}
			value := w.exampleValue(page, p)
			if value == "{}" {
				value = w.exampleObject(page, p.Name, options)
				switch {
				case value == "" && required:
					value = "{}"
				case value == "" || !required && len(members) > 0:
					continue
				}
			}
			instant = instant || isInstant
			members = append(members, w.assign(p.Name, value))
		}
	}
	return members
}

// exampleObject writes an option that holds options of its own, or a list of such.
func (w Writer) exampleObject(page *bindings.Page, name string, options []engine.Param) string {
	for _, wantRequired := range [...]bool{true, false} {
		var members []string
		isList := false
		for _, p := range options {
			inner, ok := strings.CutPrefix(p.Name, name+".")
			if !ok {
				inner, ok = strings.CutPrefix(p.Name, name+"[].")
				isList = isList || ok
			}
			if !ok || strings.ContainsAny(inner, ".[") || p.Required != wantRequired || len(members) == maxExampleOptions {
				continue
			}
			if value := w.exampleValue(page, p); value != "{}" {
				members = append(members, w.assign(inner, value))
			}
		}
		if len(members) > 0 {
			object := "{" + strings.Join(members, ", ") + "}"
			if isList {
				object = w.list(object)
			}
			return object
		}
	}
	return ""
}

func (w Writer) assign(name, value string) string {
	if w.Language == engine.Lua {
		return name + " = " + value
	}
	return name + ": " + value
}

// list is a list of one value.
func (w Writer) list(value string) string {
	if w.Language == engine.Lua {
		return "{" + value + "}"
	}
	return "[" + value + "]"
}

// exampleValue is a value of a parameter's type, or {} where it has members of its own.
func (w Writer) exampleValue(page *bindings.Page, p engine.Param) string {
	switch page.Call + " " + p.Name {
	case "json.decode text":
		return `'{"count": 1}'`
	case "crypto.base64.decode text":
		return `"aGVsbG8="`
	case "time.parse text":
		return `"31/01/2026 09:30"`
	}
	kind, _, _ := strings.Cut(p.Type, " | ")
	if item, ok := strings.CutSuffix(kind, "[]"); ok {
		p.Type = strings.TrimSuffix(strings.TrimPrefix(item, "("), ")")
		if value := w.exampleValue(page, p); value != "{}" || p.Type == "table" {
			return w.list(value)
		}
		return "{}"
	}
	switch {
	case strings.HasPrefix(kind, `"`):
		return kind
	case strings.HasPrefix(kind, "boolean"):
		return "true"
	case strings.HasPrefix(kind, "integer") && p.Name == "limit":
		return "10"
	case strings.HasPrefix(kind, "integer"), strings.HasPrefix(kind, "number"):
		return "1"
	case strings.HasPrefix(kind, "string"):
		return exampleText(p)
	case strings.HasPrefix(kind, "date"):
		return `"2026-01-31"`
	}
	return "{}"
}

// exampleText is a text that a parameter takes. Where nothing is known of it, it is an ellipsis to replace, as is what is not
// shown of identifiers.
func exampleText(p engine.Param) string {
	prefix, isIdentifier := strings.CutPrefix(p.Type, "string (")
	prefix, _, hasPrefix := strings.Cut(prefix, " and a UUID)")
	switch {
	case isIdentifier && hasPrefix:
		return `"` + prefix + `…"`
	case strings.Contains(p.Type, "email address"):
		return `"anna@example.com"`
	case strings.Contains(p.Type, "session id"):
		return `"session_…"`
	case strings.Contains(p.Type, "UUID"):
		return `"8c842203-…"`
	case strings.Contains(p.Type, "URL"):
		return `"https://example.com"`
	case p.Name == "zone":
		return `"Europe/Paris"`
	case p.Name == "method":
		return `"GET"`
	}
	// The documentation often has an example.
	if _, quoted, ok := strings.Cut(p.Doc, `"`); ok {
		if text, _, ok := strings.Cut(quoted, `"`); ok {
			return `"` + text + `"`
		}
	}
	return `"…"`
}
