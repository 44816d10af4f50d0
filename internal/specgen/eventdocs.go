package main

import (
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/eventdoc"
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
		for _, f := range eventdoc.Fields(event.Payload) {
			path := f.Path
			if f.Optional {
				path += "?"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", path, strings.ReplaceAll(strings.Join(f.Types, " or "), "|", `\|`), strings.ReplaceAll(f.Doc, "|", `\|`))
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
