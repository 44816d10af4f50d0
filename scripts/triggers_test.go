package scripts_test

import (
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts"
)

func TestReadTriggers(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  scripts.Header
	}{
		{"an event", []string{"@on message:send"}, scripts.Header{On: []scripts.On{{Event: "message:send"}}}},
		{"the blanks of texts", []string{`@on  message:send  where  content == "a   b"   and from == 'user'  `}, scripts.Header{
			On: []scripts.On{{Event: "message:send", Where: `content == "a   b"   and from == 'user'`}},
		}},
		{"lines", []string{"@on message:send", "  where from == 'user' and", "    type == 'text'", "@on message:received"}, scripts.Header{
			On: []scripts.On{{Event: "message:send", Where: "from == 'user' and\ntype == 'text'"}, {Event: "message:received"}},
		}},
		{"a condition below its word", []string{"@on message:send where", "  from == 'user'"}, scripts.Header{
			On: []scripts.On{{Event: "message:send", Where: "from == 'user'"}},
		}},
		{"two conditions", []string{"@on message:send where from == 'user'", "@on message:send where automated"}, scripts.Header{
			On: []scripts.On{{Event: "message:send", Where: "from == 'user'"}, {Event: "message:send", Where: "automated"}},
		}},
		{"how runs start", []string{"@on message:send", "@key session_id", "@throttle 10/m", "@debounce 5s"}, scripts.Header{
			On: []scripts.On{{Event: "message:send"}}, Key: "session_id", Debounce: 5 * time.Second,
			Throttle: &scripts.Throttle{Count: 10, Per: time.Minute},
		}},
		{"a batch", []string{"@on message:send", "@batch 50 within 10s", "@throttle 1/30s"}, scripts.Header{
			On: []scripts.On{{Event: "message:send"}}, Batch: &scripts.Batch{Max: 50, Within: 10 * time.Second},
			Throttle: &scripts.Throttle{Count: 1, Per: 30 * time.Second},
		}},
		{"per day", []string{"@on message:send", "@throttle 3/d"}, scripts.Header{
			On: []scripts.On{{Event: "message:send"}}, Throttle: &scripts.Throttle{Count: 3, Per: 24 * time.Hour},
		}},
	} {
		testHeader(t, c.name, c.lines, c.want)
	}
}

func TestReadTriggersErrors(t *testing.T) {
	for _, c := range []headerMistake{
		{[]string{"@on"}, 1, 1, "@on needs a value", "@on message:send where"},
		{[]string{"@event message:send"}, 1, 1, "unknown tag @event", "did you mean @on?"},
		{[]string{"@on message:sent"}, 1, 5, `unknown event "message:sent"`, "did you mean message:send?"},
		{[]string{"@on frobnicated"}, 1, 5, `unknown event "frobnicated"`, "docs/events-reference.md"},
		{[]string{"@on message:send where fron == 'user'"}, 1, 24, "message:send has no field fron", "did you mean from?"},
		{[]string{"@on message:send where from == 'usr'"}, 1, 32, `from is never "usr"`, `did you mean "user"?`},
		{[]string{"@on message:send where", "  from  ==  'user'", "    and  'é' == frm"}, 3, 17, "message:send has no field frm", ""},
		{[]string{"@on message:send where from ="}, 1, 29, `unexpected "="`, ""},
		{[]string{"@on message:send where from =="}, 1, 31, "the condition is not complete", ""},
		{[]string{"@on message:send", "@key sesion_id"}, 2, 6, "message:send has no field sesion_id", "did you mean session_id?"},
		{[]string{"@on message:send", "@on people:profile:created", "@key session_id"}, 3, 6, "people:profile:created has no field session_id", ""},
		{[]string{"@on message:send", "@key user.nick_name"}, 2, 11, "message:send has no field user.nick_name", "did you mean user.nickname?"},
		{[]string{"@on message:send", "@key user"}, 2, 6, "which is not one value", ""},
		{[]string{"@on message:send", "@key user..x"}, 2, 11, "is not the path of a field", "joined by dots"},
		{[]string{"@on message:send, message:received"}, 1, 5, `"message:send," is not the name of an event`, "one @on for each"},
		{[]string{"@on message:send from == 'user'"}, 1, 18, `"from" does not fit behind @on message:send`, "where"},
		{[]string{"@on message:send where"}, 1, 18, "@on message:send where is not complete", "where from"},
		{[]string{"@on message:send", "@on message:send where from == 'user'"}, 2, 5, "@on message:send on line ", "keep"},
		{[]string{"@on message:send where automated", "@on message:send"}, 2, 5, "starts a run for these events already", "more events"},
		{[]string{"@on message:send", "@key"}, 2, 1, "@key needs a value", "session_id"},
		{[]string{"@on message:send", "@key a b"}, 2, 8, `"b" is too much for @key`, ""},
		{[]string{"@key session_id"}, 1, 1, "@key is about events, and the script has no @on", "@on message:send"},
		{[]string{"@schedule @daily", "@debounce 5s"}, 2, 1, "@debounce is about events", ""},
		{[]string{"@throttle 1/m"}, 1, 1, "@throttle is about events", ""},
		{[]string{"@batch 5 within 1m"}, 1, 1, "@batch is about events", ""},
		{[]string{"@on message:send", "@debounce 5"}, 2, 11, `"5" is not a duration above zero`, "5s"},
		{[]string{"@on message:send", "@debounce 0s"}, 2, 11, `"0s" is not a duration above zero`, ""},
		{[]string{"@on message:send", "@throttle 10"}, 2, 11, `"10" is not a number of runs and a time`, "10/m"},
		{[]string{"@on message:send", "@throttle 0/m"}, 2, 11, `"0" is not a number of runs from 1`, ""},
		{[]string{"@on message:send", "@throttle 10/min"}, 2, 14, `"min" is not s, m, h, d or a duration`, "5/30s"},
		{[]string{"@on message:send", "@throttle 10/0s"}, 2, 14, `"0s" is not s, m, h, d or a duration`, ""},
		{[]string{"@on message:send", "@batch 50"}, 2, 8, "@batch 50 is not complete", "50 within 10s"},
		{[]string{"@on message:send", "@batch 1 within 10s"}, 2, 8, `"1" is not a number of events from 2 to 1000`, ""},
		{[]string{"@on message:send", "@batch 50 for 10s"}, 2, 11, `"for" does not fit behind @batch 50`, ""},
		{[]string{"@on message:send", "@batch 50 within soon"}, 2, 18, `"soon" is not a duration above zero`, ""},
		{[]string{"@on message:send", "@overlap allow", "@key session_id"}, 3, 1, "@key keeps in order what @overlap allow runs", "remove one"},
		{[]string{"@on message:send", "@batch 50 within 10s", "@debounce 5s"}, 3, 1, "@debounce drops the events that @batch gathers", "keep"},
	} {
		testHeaderError(t, c)
	}
}
