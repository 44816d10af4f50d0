package spec_test

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
)

// TestEvents compares the table with a list of what is known about each event.
func TestEvents(t *testing.T) {
	file, err := os.Open("testdata/events.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	known := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		known++
		name, facts, _ := strings.Cut(lines.Text(), "\t")
		event := spec.FindEvent(name)
		if event == nil {
			t.Errorf("%s is missing", name)
			continue
		}
		if got := describeEvent(event); got != facts {
			t.Errorf("%s\n got %q\nwant %q", name, got, facts)
		}
	}
	if known != 82 || len(spec.Events()) != known {
		t.Errorf("%d events in the table, %d in the list, want 82", len(spec.Events()), known)
	}
	if !slices.IsSortedFunc(spec.Events(), func(a, b *spec.Event) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the table is not in the order of names")
	}
	for _, name := range []string{"", "a", "message:sen", "message:send ", "zzz"} {
		if event := spec.FindEvent(name); event != nil {
			t.Errorf("FindEvent(%q) = %s", name, event.Name)
		}
	}
}

// describeEvent writes an event as a line of testdata/events.tsv, without its name.
func describeEvent(event *spec.Event) string {
	var tiers, members []string
	for i, word := range []string{"user", "website", "plugin"} {
		if event.Tiers.Has(1 << i) {
			tiers = append(tiers, word)
		}
	}
	for _, field := range event.Payload.Fields {
		switch {
		case field.Name == "routing_ids":
		case field.Required:
			members = append(members, field.Name)
		default:
			members = append(members, field.Name+"?")
		}
	}
	slices.Sort(members)
	hook, scope := "-", "-"
	if event.Hook {
		hook = "hook"
	}
	if event.Scope != "" {
		scope = event.Scope
	}
	return strings.Join([]string{event.Class.String(), strings.Join(tiers, ","), hook, scope, strings.Join(members, " ")}, "\t")
}

func TestEventExamples(t *testing.T) {
	for _, event := range spec.Events() {
		if err := event.Payload.ValidateAnswerJSON([]byte(event.Example)); err != nil {
			t.Errorf("%s: %v in %s", event.Name, err, event.Example)
		}
		if event.Summary == "" || strings.HasSuffix(event.Summary, ".") {
			t.Errorf("%s: summary %q", event.Name, event.Summary)
		}
		var payload map[string]any
		if err := json.Unmarshal([]byte(event.Example), &payload); err != nil {
			t.Errorf("%s: %v", event.Name, err)
		}
		for _, path := range event.Identity {
			if !leads(payload, path) && path != "error" && path != "plan.price" {
				t.Errorf("%s: the example has no %s: %s", event.Name, path, event.Example)
			}
		}
	}
}
