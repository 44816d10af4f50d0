package scripts_test

import (
	"strings"
	"testing"
)

// TestCheckTellsOfEventsThatNeverCome has scripts of both languages use event and events.
func TestCheckTellsOfEventsThatNeverCome(t *testing.T) {
	for _, c := range []struct {
		header, lua, js string
		// want is the name and its place in both languages, and the reason.
		want string
	}{
		{"@schedule @daily", "print(event.x)", "print(event.x)", "2:7: call a: event is always null: no event starts this script"},
		{"@on message:send", "print(event.x, event)", "print(event.x, event)", ""},
		{"@on message:send", "if x then f(events) end", "if (x) f(events)", "events is always null: @batch is what gathers a list"},
		{"@on message:send\n@batch 5 within 1s", "print(events[1])", "print(events[0])", ""},
		{"@on message:send\n@batch 5 within 1s", "print(#events, event.x)", "print(events.length, event.x)", "event is always null: @batch gives the script a list"},
		{"@schedule @daily", "local event = {} print(event.x)", "const event = {}; print(event.x)", ""},
		{"@schedule @daily", "function f(event) return event.x end", "function f(event) { return event.x }", ""},
		{"@schedule @daily", "for _, event in ipairs({}) do print(event.x) end", "for (const event of []) print(event.x)", ""},
		{"@schedule @daily", "event = {} print(event.x)", "globalThis.event = {}; print(event.x)", ""},
		{"@schedule @daily", "print(x.event, { event = 1 }, 'event')", "print(x.event, { event: 1 }, 'event')", ""},
	} {
		for file, code := range map[string]string{"a.lua": c.lua, "a.js": c.js, "a.ts": c.js} {
			comment := "// "
			if file == "a.lua" {
				comment = "-- "
			}
			header := comment + strings.ReplaceAll(c.header, "\n", "\n"+comment) + "\n"
			got := strings.TrimSuffix(check(t, map[string]string{file: header + code}), "\n")
			if (got == "") != (c.want == "") || !strings.HasSuffix(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("%s:\n%s\ngot  %s\nwant %s", file, header+code, got, c.want)
			}
		}
	}
}
