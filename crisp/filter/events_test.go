package filter_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
)

// TestEveryFieldOfEveryEvent compares each value of each event's example with itself.
func TestEveryFieldOfEveryEvent(t *testing.T) {
	fields := 0
	for _, event := range spec.Events() {
		var example map[string]any
		if err := json.Unmarshal([]byte(event.Example), &example); err != nil {
			t.Fatal(err)
		}
		leaves(example, "", func(path string, value any) {
			fields++
			literal, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			for operator, want := range map[string]bool{"==": true, "!=": false, "in": true} {
				text := fmt.Sprintf("%s %s %s", path, operator, literal)
				if operator == "in" {
					text = fmt.Sprintf("%s in [%s]", path, literal)
				}
				f, err := filter.Compile(text, event)
				if err != nil {
					t.Errorf("%s where %s: %v", event.Name, text, err)
					continue
				}
				if is, err := f.Match(json.RawMessage(event.Example)); err != nil || is != want {
					t.Errorf("%s where %s is %v, %v", event.Name, text, is, err)
				}
			}
			if strings.Contains(path, "[") || value == nil {
				return
			}
			if err := filter.CheckKey(path, event); err != nil {
				t.Errorf("%s by %s: %v", event.Name, path, err)
			}
			if _, found, err := filter.Value(json.RawMessage(event.Example), path); err != nil || found == (value == "") {
				t.Errorf("%s by %s: %v, %v", event.Name, path, found, err)
			}
		})
	}
	if fields < 400 {
		t.Errorf("only %d fields were seen", fields)
	}
}

// leaves visits what is neither an object nor a list, with its path.
func leaves(value any, path string, visit func(path string, value any)) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			leaves(inner, strings.TrimPrefix(path+"."+name, "."), visit)
		}
	case []any:
		for i, inner := range v {
			leaves(inner, fmt.Sprintf("%s[%d]", path, i), visit)
		}
	default:
		visit(path, value)
	}
}

func TestCompileForEvents(t *testing.T) {
	for _, c := range []struct {
		event, text string
		// want is the problem, or empty.
		want string
	}{
		{"message:send", `from == "user"`, ""},
		{"message:send", `content contains "a" or content.url matches "pdf$" or content.choices[0].label == "Yes"`, ""},
		{"message:send", `content == null or user == null or mentions != null`, ""},
		{"message:send", `mentions contains from and type != origin`, ""},
		{"message:send", `mentions contains 1`, "mentions[0] is never 1"},
		{"message:send", `timestamp in mentions`, "mentions has no integer"},
		{"message:send", `1 in user`, "which is not a list"},
		{"message:send", `automated > 1`, "compares two numbers or two texts"},
		{"message:send", `null < timestamp`, "compares two numbers or two texts"},
		{"session:set_segments", `segments contains "vip" and "new" not in segments`, ""},
		{"session:set_data", `data.plan == "pro" and data.seats > 5 and data["a b"] and data.x contains "y"`, ""},
		{"session:set_data", `data == "x"`, `data is never "x"`},
		{"session:set_data", `data.plan.name == "x"`, "which has no fields"},
		{"session:sync:pages", `pages[0].page_title contains "Pricing" and pages[0].timestamp > 1`, ""},
		{"session:sync:pages", `pages.page_title contains "x"`, "which has no fields"},
		{"session:sync:pages", `pages[0].title contains "x"`, "session:sync:pages has no field pages[0].title"},
		{"session:sync:pages", `pages["page_title"] == null`, "which has no fields"},
	} {
		_, err := filter.Compile(c.text, spec.FindEvent(c.event))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s where %s: %v, want %q", c.event, c.text, err, c.want)
		}
	}
}
