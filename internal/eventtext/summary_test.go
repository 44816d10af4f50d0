package eventtext

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/plain"
)

func TestSummary(t *testing.T) {
	for _, c := range []struct{ event, payload, want string }{
		{"message:send", `{"session_id":"session_2faee2e6-0fd9-4857-b7a1-d8ce1786f0e3","type":"text","content":"Hello,\n\tthere","user":{"nickname":"Ada"}}`,
			`Ada: "Hello, there"`},
		{"message:send", `{"session_id":"session_2faee2e6-0fd9","type":"file","content":{"name":"a.png","url":"https://a.b/c"}}`,
			`session 2faee2e6: file "a.png"`},
		{"message:received", `{"type":"note","content":"Call back","user":{"nickname":"Jane"}}`, `Jane: note "Call back"`},
		{"message:received", `{"type":"event","content":{"namespace":"state:resolved"}}`, `event "state:resolved"`},
		{"message:send", `{"type":"text","content":null}`, `text null`},
		{"message:removed", `{"session_id":"session_2faee2e6","fingerprint":163239623329114}`, `session 2faee2e6: message 163239623329114`},
		{"session:set_state", `{"session_id":"session_2faee2e6-0fd9","state":"resolved"}`, `session 2faee2e6: state "resolved"`},
		{"session:set_opened", `{"session_id":"session_2faee2e6-0fd9","operator":{"nickname":"Jane"}}`, `Jane`},
		{"browsing:request:initiated", `{"session_id":"session_2","browsing_id":"b","browsing_token":"hidden"}`,
			`session 2: browsing_id "b", browsing_token "***"`},
		{"identity:verify:request", `{"session_id":"session_2","code":"314159"}`, `session 2: code "***"`},
		{"website:users:available", `{"website_id":"w","available":false}`, `available false`},
		{"people:profile:removed", `{"people_id":"f0bbae98-6f7a"}`, `profile f0bbae98`},
		{"of:tomorrow", `{"website_id":"w","b":[1.50,"x"],"a":{"z":null}}`, `a {z null}, b [1.50, "x"]`},
		{"message:send", `{"content":"\u001b[31mred\u202e"}`, `"\u001b[31mred\u202e"`},
		{"message:send", `{"user":{"nickname":["x"]},"content":"` + strings.Repeat("long ", 100) + `"}`, ""},
		{"message:send", `no JSON`, `no JSON`},
		{"message:send", `{}`, ``},
	} {
		got := Summary(c.event, []byte(c.payload))
		if c.want != "" && got != c.want {
			t.Errorf("%s %s\n got %s\nwant %s", c.event, c.payload, got, c.want)
		}
		if plain.Width(got) > maxSummary || strings.ContainsFunc(got, plain.IsUnsafe) {
			t.Errorf("%s: %q", c.event, got)
		}
	}
}

// TestEveryEventHasASummary: a person must see what happened.
func TestEveryEventHasASummary(t *testing.T) {
	for _, event := range spec.Events() {
		if got := Summary(event.Name, []byte(event.Example)); got == "" || strings.Contains(got, "314159") || strings.Contains(got, "example-token") {
			t.Errorf("%s: %q", event.Name, got)
		}
	}
}
