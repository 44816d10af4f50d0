package bindings_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
)

// sampleOf is a value for an argument of a type.
func sampleOf(kind string) any {
	switch {
	case strings.HasPrefix(kind, "string (session"):
		return session
	case strings.HasPrefix(kind, "string (browsing"):
		return "browsing_00000000-0000-4000-8000-000000000000"
	case strings.HasPrefix(kind, "string (call"):
		return "call_00000000-0000-4000-8000-000000000000"
	case strings.HasPrefix(kind, "string (UUID"):
		return sandbox.WebsiteID
	case kind == "integer", kind == "number", strings.HasPrefix(kind, "number |"):
		return int64(1)
	case strings.HasSuffix(kind, "[]"):
		return []any{}
	default:
		return "1"
	}
}

// Every argument and option that help names exists, the required ones are missed, and no others are.
func TestHelpAgreesWithTheCalls(t *testing.T) {
	modules := modulesAt(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	for _, name := range bindings.Calls() {
		page, err := bindings.Help(name)
		if err != nil || page.Call != name || page.Summary == "" {
			t.Errorf("%s: %+v, %v", name, page, err)
			continue
		}
		if name == "time.sleep" || strings.HasPrefix(name, "files.") || strings.HasPrefix(name, "env.") {
			continue // refused for other reasons, or slow
		}
		var ids []any
		var options []string
		for _, p := range page.Params {
			if option, ok := strings.CutPrefix(p.Name, "options."); ok {
				if !strings.ContainsAny(option, ".[") {
					options = append(options, option)
				}
			} else if p.Name != "options" {
				ids = append(ids, sampleOf(p.Type))
			}
		}
		call := func(list ...any) string {
			if _, err := find(t, modules, name).Call(t.Context(), list); err != nil {
				return err.Error()
			}
			return ""
		}
		for _, option := range options {
			if message := call(append(slices.Clone(ids), object{option: []any{[]any{}}})...); strings.Contains(message, "has no option") || strings.Contains(message, "too many") || strings.Contains(message, "at most") {
				t.Errorf("%s has an option %s in help: %s", name, option, message)
			}
		}
		if find(t, modules, name).Arguments == engine.LenientArguments {
			continue // it takes any number
		}
		if message := call(append(slices.Clone(ids), object{}, object{}, object{})...); !strings.Contains(message, "too many") && !strings.Contains(message, "at most") && !strings.Contains(message, "takes no arguments") {
			t.Errorf("%s takes more arguments than help says: %s", name, message)
		}
	}
}

func TestHelpPages(t *testing.T) {
	tests := []struct{ call, param, kind, doc string }{
		{"crisp.api.call", "options.path", "string", "below the base"},
		{"crisp.conversations.list", "options.filter_date_start", "date: ISO 8601 text, Unix milliseconds or Date", "(also: date_start)"},
		{"crisp.conversations.list", "options.per_page", "integer from 20 to 50", "chosen by the limit"},
		{"crisp.conversations.messages.send", "options.timestamp", "date: ISO 8601 text, Unix milliseconds or Date", ""},
		{"crisp.conversations.messages.send", "options.content.duration", "integer", "AudioContent: Length in seconds"},
		{"crisp.conversations.messages.send", "options.user.nickname", "string", "Display name"},
	}
	for _, test := range tests {
		page, err := bindings.Help(test.call)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(page.Params, func(p engine.Param) bool { return p.Name == test.param })
		if i < 0 || page.Params[i].Type != test.kind || !strings.Contains(page.Params[i].Doc, test.doc) {
			t.Errorf("%s %s: %+v", test.call, test.param, page.Params)
		}
	}
	docs := map[string]string{
		"conversations.state.update":  "The state may be given alone, in place of the options.",
		"conversations.messages.list": "oldest first",
		"conversations.messages.each": "newest first",
	}
	for call, part := range docs {
		if page, err := bindings.Help(call); err != nil || !strings.Contains(page.Doc, part) || strings.Contains(page.Doc, "206") {
			t.Errorf("%s: %v, %v", call, page, err)
		}
	}
}
