package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
)

// eventsIntro is the beginning of the page of events.
const eventsIntro = `# Events

<!-- Written by go generate from crisp/spec/openapi/events; do not edit. -->

These are the events that ` + "`@on`" + ` and ` + "`crisp.events`" + ` know. A script finds the payload in ` + "`event`" + `; conditions and ` + "`@key`" + ` name its
fields by the paths below. A field that is marked with ? may be missing. Payloads may have further fields.

"Known by" tells how two deliveries of one event, by RTM and by a web hook, are found to be the same: by an identifier that is used once
(unique), by the time at which it happened (timed), or by the state and the time between them (state, none).

`

// eventPage is the page of events.
func eventPage(events []*spec.Event) string {
	var b strings.Builder
	b.WriteString(eventsIntro)
	for _, event := range events {
		fmt.Fprintf(&b, "- [%s](#%s): %s\n", event.Name, anchor(event.Name), event.Summary)
	}
	for _, event := range events {
		fmt.Fprintf(&b, "\n## %s\n\n%s. ", event.Name, event.Summary)
		fmt.Fprintf(&b, "For tokens of %s", tierNames(event.Tiers))
		if event.Scope != "" {
			fmt.Fprintf(&b, ", as a plugin with the scope `%s`", event.Scope)
		}
		ways := "by RTM only"
		if event.Hook {
			ways = "by RTM and web hooks"
		}
		fmt.Fprintf(&b, ". It comes %s. Known by: %s (%s).\n\n", ways, event.Class, strings.Join(event.Identity, ", "))
		b.WriteString("| field | type | |\n|---|---|---|\n")
		for _, f := range payloadFields(event.Payload) {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.path, strings.ReplaceAll(strings.Join(f.types, " or "), "|", `\|`), strings.ReplaceAll(f.doc, "|", `\|`))
		}
		fmt.Fprintf(&b, "\n```json\n%s\n```\n", event.Example)
	}
	return b.String()
}

// anchor is the name by which a page links to a heading.
func anchor(name string) string { return strings.ReplaceAll(name, ":", "") }

func tierNames(tiers spec.Tiers) string {
	var names []string
	for i, name := range []string{"users", "websites", "plugins"} {
		if tiers.Has(1 << i) {
			names = append(names, name)
		}
	}
	if n := len(names); n > 1 {
		names = append(names[:n-2], names[n-2]+" and "+names[n-1])
	}
	return strings.Join(names, ", ")
}

// payloadField is a line about a field of a payload.
type payloadField struct {
	path, doc string
	types     []string
}

// payloadFields lists the fields of a payload by their paths, with those of objects in it.
func payloadFields(payload *spec.Schema) []*payloadField {
	var list []*payloadField
	addFields(&list, "", payload, false, 0)
	return list
}

// maxFieldDepth bounds how deep objects in objects are shown.
const maxFieldDepth = 4

// addFields adds the fields of a shape. Those of one of several shapes may be missing.
func addFields(list *[]*payloadField, prefix string, s *spec.Schema, optional bool, depth int) {
	if s == nil || depth == maxFieldDepth {
		return
	}
	for _, alternative := range s.OneOf {
		addFields(list, prefix, alternative, true, depth)
	}
	if s.Kind == spec.KindArray {
		addFields(list, strings.TrimSuffix(prefix, ".")+"[].", s.Items, optional, depth)
	}
	for _, f := range s.Fields {
		path := prefix + f.Name
		if optional || !f.Required {
			path += "?"
		}
		i := slices.IndexFunc(*list, func(other *payloadField) bool { return strings.TrimSuffix(other.path, "?") == prefix+f.Name })
		if i < 0 {
			i = len(*list)
			*list = append(*list, &payloadField{path: path, doc: f.Doc})
		}
		if text := spec.Describe(f.Schema); !slices.Contains((*list)[i].types, text) {
			(*list)[i].types = append((*list)[i].types, text)
		}
		addFields(list, prefix+f.Name+".", f.Schema, optional, depth+1)
	}
	if s.Extra != nil && len(s.Fields) == 0 && s.Kind == spec.KindObject && prefix != "" {
		*list = append(*list, &payloadField{path: prefix + "*", types: []string{spec.Describe(s.Extra)}, doc: "Any name"})
	}
}
