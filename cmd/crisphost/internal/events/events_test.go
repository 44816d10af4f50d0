package events

import (
	"errors"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// shownError is an error as people see it.
func shownError(err error) string {
	if err == nil {
		return ""
	}
	var wrong *usage.Error
	if errors.As(err, &wrong) && wrong.Hint != "" {
		return err.Error() + "; hint: " + wrong.Hint
	}
	return err.Error()
}

func TestMatchEvents(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", ""},
		{"message:send session:removed", "message:send session:removed"},
		{"call:*", "call:request:initiated call:request:rejected"},
		{"spam:* message:send", "spam:decision spam:message message:send"},
		{"message:sent", `error: unknown event "message:sent"; hint: did you mean "message:send"?`},
		{"mesage:*", `error: no event has a name like "mesage:*"; hint: names begin with browsing, bucket,`},
	} {
		names, err := matchEvents(strings.Fields(c.args))
		got := strings.Join(names, " ")
		if err != nil {
			got = "error: " + shownError(err)
		}
		if c.want != got && !(err != nil && strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: %s, want %s", c.args, got, c.want)
		}
	}
	if names, err := matchEvents([]string{"*"}); err != nil || len(names) != 82 {
		t.Errorf("all: %d, %v", len(names), err)
	}
}

func TestCompile(t *testing.T) {
	for _, c := range []struct{ where, names, want string }{
		{`from == "user"`, "message:send", ""},
		{`from == "user"`, "", ""},
		{`from == "user"`, "message:send session:removed", ""},
		{`frm == "user"`, "message:send", `--where: column 1: `},
		{`frm == "user"`, "", `--where: none of the events has the fields of frm == "user"`},
		{`from == `, "", `--where: column `},
	} {
		_, err := compile(c.where, strings.Fields(c.names))
		if got := shownError(err); (err == nil) != (c.want == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s: %s, want %s", c.where, c.names, got, c.want)
		}
	}
}
