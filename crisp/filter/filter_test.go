package filter_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
)

// payload is a message with something of every type.
const payload = `{
	"website_id": "11111111-1111-4111-8111-111111111111", "session_id": "session_5b0f4f2e-8f3c-4c38-9d0a-1f2b6c7d8e90", "inbox_id": null,
	"type": "text", "from": "user", "content": "Where is my  Invoice?", "timestamp": 1700000000000, "fingerprint": 163408807661111,
	"stamped": true, "mentions": ["ann", "bob"], "user": {"nickname": "Zoé", "user_id": "session_5b0f4f2e"}
}`

func TestMatch(t *testing.T) {
	for text, want := range map[string]bool{
		`from == "user"`:                           true,
		`from == 'operator'`:                       false,
		"from == `user`":                           true,
		`"user" == from`:                           true,
		`from != "user"`:                           false,
		`inbox_id == null`:                         true,
		`inbox_id == nil`:                          true,
		`inbox_id != null`:                         false,
		`stamped`:                                  true,
		`not stamped`:                              false,
		`!stamped`:                                 false,
		`not not stamped`:                          true,
		`stamped == true`:                          true,
		`stamped != false`:                         true,
		`true`:                                     true,
		`false or stamped`:                         true,
		`timestamp > 1_600_000_000_000`:            true,
		`timestamp <= 1.7e12`:                      true,
		`1 < timestamp`:                            true,
		`timestamp > -1`:                           true,
		`1 < timestamp < 5`:                        false,
		`type < "zebra"`:                           true,
		`type >= "text"`:                           true,
		`from in ["user", "operator"]`:             true,
		`from not in ["user"]`:                     false,
		`not (from in ["operator"])`:               true,
		`"ann" in mentions`:                        true,
		`mentions contains "eve"`:                  false,
		`mentions not contains "eve"`:              true,
		`content contains "  "`:                    true,
		`content contains 'invoice'`:               false,
		`content matches "(?i)\\binvoice\\b"`:      true,
		"content matches `^Where.*\\?$`":           true,
		`content not matches "^Where"`:             false,
		`user.nickname == "Zoé"`:                   true,
		`user["nickname"] == "Zo\u00e9"`:           true,
		`mentions[1] == "bob"`:                     true,
		`mentions[7] == "bob"`:                     false,
		`mentions[7] == null`:                      true,
		`from == type`:                             false,
		`from != type`:                             true,
		`from == "user" and type == "text"`:        true,
		`from == "user" && type == "file"`:         false,
		`from == "bot" or type == "text" and true`: true,
		`from == "bot" || type == "file"`:          false,
		"from == \"user\"\n  and type == \"text\"": true,
		// A field that is missing is null, and nothing else.
		`automated`:                        false,
		`not automated`:                    true,
		`automated == false`:               false,
		`automated != true`:                true,
		`automated == null`:                true,
		`user.avatar == null`:              true,
		`user.avatar contains "x"`:         false,
		`user.avatar matches ""`:           false,
		`user.avatar in ["x"]`:             false,
		`user.avatar not in ["x"]`:         true,
		`user.avatar < "x"`:                false,
		`user.avatar >= "x"`:               false,
		`preview.deeper.still == null`:     true,
		`preview[0].x contains "anything"`: false,
		// Values of another type are other values.
		`content.title == null`: true,
		`content == 1`:          false,
		`content > 1`:           false,
		`fingerprint == "1"`:    false,
		`mentions == 1`:         false,
		`mentions[0][0] == 1`:   false,
		`stamped[0] == null`:    true,
		`type contains 1`:       false,
	} {
		f, err := filter.Compile(text, nil)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := f.Match(json.RawMessage(payload))
		if err != nil || got != want {
			t.Errorf("%s is %v, %v, want %v", text, got, err, want)
		}
		if f.String() != text {
			t.Errorf("%s is written as %s", text, f)
		}
	}
}

// TestCompileErrors tells the mistakes in conditions of message:send, with the places under which a ^ stands.
func TestCompileErrors(t *testing.T) {
	for _, c := range []struct{ text, place, problem, hint string }{
		// Fields.
		{`fron == "user"`, `^`, "message:send has no field fron", "did you mean from?"},
		{`event.from == "user"`, `^`, "message:send has no field event", `fields stand without "event."`},
		{`zzzzz == 1`, `^`, "message:send has no field zzzzz", "its fields are website_id, session_id"},
		{`user.nicknme == "Ann"`, `     ^`, "message:send has no field user.nicknme", "did you mean user.nickname?"},
		{`from.name == "x"`, `     ^`, `from is `, ""},
		{`from[0] == "x"`, `    ^`, "which is not a list", ""},
		{`mentions.length > 0`, `         ^`, "mentions is string[], which has no fields", "mentions[0] is its first item"},
		// Values that they never have.
		{`from == 1`, `        ^`, "from is never 1", ""},
		{`true == from`, `^`, "from is never true", ""},
		{`timestamp == "now"`, `             ^`, `timestamp is never "now"`, "integer"},
		{`timestamp > "now"`, `          ^`, `">" compares two numbers or two texts`, ""},
		{`session_id == "5b0f"`, `              ^`, `session_id is never "5b0f"`, "session_"},
		{`from in ["user", 5]`, `                 ^`, "from is never 5", ""},
		{`from == timestamp`, `     ^`, "they are never the same", ""},
		{`timestamp contains "1"`, `^`, "which contains nothing", ""},
		{`timestamp matches "1"`, `^`, "matches reads text", ""},
		{`from contains 1`, `              ^`, "from is text, and 1 is not", ""},
		{`"x" in from`, `       ^`, "which is not a list", "contains looks into a text"},
		{`from`, `^`, "from is not true or false", "compare it"},
		{`not from == "user"`, `^`, `"not" belongs to what stands next to it`, "not (from"},
		{`null`, `^`, "null is not a condition", "compare"},
		{`from == operator`, `        ^`, "message:send has no field operator", `texts stand in quotes: "operator"`},
		{`from == user`, `     ^`, "they are never the same", `texts stand in quotes: "user"`},
		// The language.
		{`from == "user" AND stamped`, `               ^`, `unexpected "AND"`, `write "and"`},
		{`stamped & automated`, `        ^`, `unexpected "&"`, `write "and"`},
		{``, `^`, "the condition is empty", ""},
		{`from = "user"`, `     ^`, `unexpected "="`, `write "=="`},
		{`from === "user"`, `       ^`, `unexpected "="`, `write "=="`},
		{`from ~= "user"`, `     ^`, `unexpected "~"`, `write "!="`},
		{`from ==`, `       ^`, "the condition is not complete", "operators"},
		{`from == "user`, `             ^`, "the text does not end", "quote"},
		{"from == \"us\ner\"", `           ^`, "the text does not end", ""},
		{`content matches "\d"`, `                  ^`, "unknown escape", "backquotes"},
		{`content matches "(?<=a)b"`, `                ^`, "the regular expression is not valid", "RE2"},
		{`content matches "(a{30}){30}"`, `                ^`, "the regular expression is too large", ""},
		{`content matches from`, `                ^`, "matches takes a text", "in quotes"},
		{`from is "user"`, `     ^`, `unexpected "is"`, "the operators are"},
		{`from == "user" "x"`, `               ^`, `unexpected "x"`, "the operators are"},
		{`"from" == "user"`, `       ^`, "two fixed values are compared", "without quotes"},
		{`"from" matches "user"`, `^`, "two fixed values are compared", "without quotes"},
		{`len(content) > 5`, `^`, "conditions have no functions", "the operators are"},
		{`content.upper() == "A"`, `        ^`, "conditions have no functions", ""},
		{`any(mentions, # == "a")`, `^`, "conditions have no functions", ""},
		{`content | len() == 1`, `          ^`, "conditions have no functions", ""},
		{`timestamp + 1 > 5`, `          ^`, `"+" is not an operator of conditions`, ""},
		{`content startsWith "a"`, `        ^`, `"startsWith" is not an operator of conditions`, `matches "^`},
		{`user?.nickname == "a"`, `      ^`, `"?." is not needed`, "null"},
		{`from == "user" ? true : false`, ``, "this is not a part of conditions", ""},
		{`let x = 1; from == "user"`, `    ^`, "this is not a part of conditions", ""},
		{`{"a": 1} == from`, `^`, "this is not a part of conditions", ""},
		{`from == ["user"]`, `        ^`, "a list cannot be compared", "in"},
		{`from in [["user"]]`, `         ^`, "lists take fixed values only", ""},
		{`from in [type]`, `         ^`, "lists take fixed values only", ""},
		{`from in "user"`, `        ^`, "in takes a list", "contains"},
		{`["user"] contains from`, `^`, "contains looks into a field", "in"},
		{`content contains null`, `                 ^`, "contains takes one text", ""},
		{`(from == "user") == true`, `      ^`, "a condition cannot be compared", "and, or, not"},
		{`timestamp > 9007199254740993`, `            ^`, "too large to be exact", ""},
		{`-from == 1`, `^`, `"-" stands before something`, ""},
		{`timestamp > 99999999999999999999`, ``, "invalid integer literal", ""},
		{strings.Repeat("from == 'user' or ", 100) + "true", ``, "more than 200 parts", "in the script"},
		{strings.Repeat("x", 5000), `^`, "longer than 4 KiB", "in the script"},
	} {
		_, err := filter.Compile(c.text, spec.FindEvent("message:send"))
		var wrong *filter.Error
		if !errors.As(err, &wrong) {
			t.Errorf("%s: no error (%v), want %s", c.text, err, c.problem)
			continue
		}
		if !strings.Contains(wrong.Problem, c.problem) || !strings.Contains(wrong.Hint, c.hint) {
			t.Errorf("%s:\n got %s (%s)\nwant %s (%s)", c.text, wrong.Problem, wrong.Hint, c.problem, c.hint)
		}
		if c.place != "" && wrong.Column != len(c.place) {
			t.Errorf("%s: column %d, want %d", c.text, wrong.Column, len(c.place))
		}
	}
}
