package scripts_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
)

// styles are the ways to write one comment; each takes its lines and returns a script.
var styles = []struct {
	name     string
	language engine.Language
	// columns is how far the text stands from the margin, and lines how many lines stand above it.
	columns, lines int
	write          func(lines []string) string
}{
	{"lua lines", engine.Lua, 3, 0, each("-- ", "", "local x = 1")},
	{"lua doc lines", engine.Lua, 3, 0, each("---", "", "local x = 1")},
	{"lua block", engine.Lua, 0, 1, each("", "--[[\n", "]] local x = 1")},
	{"lua level block", engine.Lua, 2, 1, each("  ", "--[==[\n", "]==]\n")},
	{"lua shebang", engine.Lua, 3, 1, each("-- ", "#!/usr/bin/env -S crisphost run\n", "print(1)")},
	{"lua byte order mark", engine.Lua, 3, 0, each("-- ", "\ufeff", "print(1)")},
	{"js lines", engine.JavaScript, 3, 0, each("// ", "", "let x = 1")},
	{"js block", engine.JavaScript, 3, 1, each(" * ", "/**\n", " */ let x = 1")},
	{"js plain block", engine.JavaScript, 2, 1, each("  ", "/*\n", "*/")},
	{"js shebang", engine.JavaScript, 3, 2, each(" * ", "#!/usr/bin/env -S crisphost run\n/**\n", " */")},
	{"js line ends", engine.JavaScript, 3, 0, func(lines []string) string {
		return strings.ReplaceAll(each("// ", "", "let x = 1")(lines), "\n", "\r\n")
	}},
	{"ts lines", engine.TypeScript, 4, 0, each("/// ", "", "let x: number = 1")},
}

func each(prefix, before, after string) func([]string) string {
	return func(lines []string) string {
		var b strings.Builder
		b.WriteString(before)
		for _, l := range lines {
			b.WriteString(prefix + l + "\n")
		}
		b.WriteString(after)
		return b.String()
	}
}

func TestReadHeader(t *testing.T) {
	cases := []struct {
		name  string
		lines []string
		want  scripts.Header
	}{
		{"nothing", []string{""}, scripts.Header{}},
		{"prose", []string{"Unread conversations", "by operator.", "", "More text."}, scripts.Header{Description: "Unread conversations by operator."}},
		{"rule", []string{"======", "Report", "------", "Details"}, scripts.Header{Description: "Report"}},
		{"directive first", []string{"eslint-disable", "Copyright 2026 Acme", "", "Report"}, scripts.Header{Description: "Report"}},
		{"all tags", []string{
			"Unread conversations.", "@schedule 0 9 * * 1-5", "@schedule  every   15m", "@timezone Europe/Paris", "@timeout 1m30s", "@retries 3 fixed 30s",
			"@overlap queue", "@missed all within 1d", "@env A_1 B", "@env B C", "@permissions conversations:read store", "@permissions fetch:api.example.com:8443",
			"@name reports/weekly", "@description Other words,", "  longer ones.", "@disabled", "@memory 64M",
		}, scripts.Header{
			Name: "reports/weekly", Description: "Other words, longer ones.",
			Schedules: []scripts.Schedule{{Text: "0 9 * * 1-5"}, {Text: "every 15m"}},
			Timezone:  "Europe/Paris", Timeout: 90 * time.Second,
			Retries: &scripts.Retries{Max: 3, Backoff: scripts.BackoffFixed, Delay: 30 * time.Second},
			Overlap: scripts.OverlapQueue, Missed: &scripts.Missed{Policy: scripts.MissedAll, Within: 24 * time.Hour},
			Env: []string{"A_1", "B", "C"},
			Permissions: []scripts.Permission{
				{Subject: "conversations", Scope: "read"}, {Subject: "store"}, {Subject: "fetch", Scope: "api.example.com:8443"},
			},
			Disabled: true, Memory: 64 << 20,
		}},
		{"exponential by default", []string{"@retries 2 5s"}, scripts.Header{Retries: &scripts.Retries{Max: 2, Backoff: scripts.BackoffExponential, Delay: 5 * time.Second}}},
		{"no retries", []string{"@retries 0"}, scripts.Header{Retries: &scripts.Retries{Backoff: scripts.BackoffExponential}}},
		{"foreign tags", []string{"@param {string} x", "  is passed over", "@ts-check", "Text."}, scripts.Header{Description: "Text."}},
		{"at sign in prose", []string{"Mail bob@example.com", "or (@jane)."}, scripts.Header{Description: "Mail bob@example.com or (@jane)."}},
		{"non-ASCII", []string{"Réponses à trier", "@name été"}, scripts.Header{Description: "Réponses à trier", Name: "été"}},
	}
	for _, c := range cases {
		testHeader(t, c.name, c.lines, c.want)
	}
}

// testHeader reads a header in each style.
func testHeader(t *testing.T, name string, lines []string, want scripts.Header) {
	for _, style := range styles {
		t.Run(name+"/"+style.name, func(t *testing.T) {
			src := style.write(lines)
			got, err := scripts.ReadHeader([]byte(src), style.language)
			if err != nil {
				t.Fatalf("%v\n%s", err, src)
			}
			withoutPositions(&got)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v\n%s", got, want, src)
			}
		})
	}
}

// withoutPositions leaves what every style has in common.
func withoutPositions(h *scripts.Header) {
	h.Tags = nil
	for i := range h.Schedules {
		h.Schedules[i].Position = engine.Position{}
	}
	for i := range h.Permissions {
		h.Permissions[i].Position = engine.Position{}
	}
	for i := range h.On {
		h.On[i].Position = engine.Position{}
	}
}

func TestReadHeaderErrors(t *testing.T) {
	for _, c := range []headerMistake{
		{[]string{"Text.", "@scedule 0 9 * * *"}, 2, 1, "unknown tag @scedule", "did you mean @schedule?"},
		{[]string{"@Timeout 2m"}, 1, 1, "unknown tag @Timeout", "did you mean @timeout?"},
		{[]string{"@frobnicate"}, 1, 1, "unknown tag @frobnicate", "tags are @schedule, "},
		{[]string{"@timeout 2m", "", "@timeout 3m"}, 3, 1, "@timeout is given twice, first on line ", "keep one"},
		{[]string{"@timeout"}, 1, 1, "@timeout needs a value", "90s"},
		{[]string{"@timeout 120"}, 1, 10, `"120" is not a duration above zero`, "90s"},
		{[]string{"@timeout -2m"}, 1, 10, `"-2m" is not a duration above zero`, ""},
		{[]string{"@timeout 2m 3m"}, 1, 13, `"3m" is too much for @timeout`, ""},
		{[]string{"@timeout 2m", "   3m"}, 2, 4, `"3m" is too much for @timeout`, ""},
		{[]string{"@timezone Europe/Pariss"}, 1, 11, `unknown time zone "Europe/Pariss"`, "IANA"},
		{[]string{"@timezone Local"}, 1, 11, `unknown time zone "Local"`, ""},
		{[]string{"@timezone ../../etc/passwd"}, 1, 11, "unknown time zone", ""},
		{[]string{"@schedule"}, 1, 1, "@schedule needs a value", "cron"},
		{[]string{"@retries many"}, 1, 10, `"many" is not a number of retries`, ""},
		{[]string{"@retries 101"}, 1, 10, `"101" is not a number of retries`, ""},
		{[]string{"@retries 3 linear 1s"}, 1, 12, `"linear" is no backoff`, ""},
		{[]string{"@retries 3 soon"}, 1, 12, `"soon" is not a duration above zero`, ""},
		{[]string{"@overlap skp"}, 1, 10, `"skp" is no value of @overlap`, "did you mean skip?"},
		{[]string{"@missed skip within 1h"}, 1, 14, `"within" does not fit`, ""},
		{[]string{"@missed all within"}, 1, 13, "@missed all within is not complete", ""},
		{[]string{"@missed all since 1h"}, 1, 13, `"since" does not fit`, ""},
		{[]string{"@missed all within never"}, 1, 20, `"never" is not a duration above zero`, ""},
		{[]string{"@env A 1B"}, 1, 8, `"1B" is not the name of an environment variable`, ""},
		{[]string{"@permissions conversations: x"}, 1, 14, `"conversations:" is not a permission`, ""},
		{[]string{"@permissions fetch:https://x.org/"}, 1, 14, "is not a permission", ""},
		{[]string{"@permissions a, b"}, 1, 14, `"a," is not a permission`, ""},
		{[]string{"@name two words"}, 1, 11, `"words" is too much for @name`, ""},
		{[]string{"@name -x"}, 1, 7, `"-x" cannot be a script's name`, ""},
		{[]string{"@disabled false"}, 1, 11, `"false" is too much for @disabled`, "alone"},
		{[]string{"@memory lots"}, 1, 9, `"lots" is not a size`, ""},
		{[]string{"@memory 9999999999GiB"}, 1, 9, "is not a size", ""},
		{[]string{"@memory 5kB"}, 1, 9, "too little", ""},
		{[]string{"été @ ici", "@env É"}, 2, 6, `"É" is not the name`, ""},
		{[]string{"bad \xff text"}, 1, 1, "not UTF-8", "UTF-8"},
	} {
		testHeaderError(t, c)
	}
}

// headerMistake is what the error of a header begins with.
type headerMistake struct {
	lines        []string
	line, column int
	problem      string
	hint         string
}

// testHeaderError reads a wrong header in each style.
func testHeaderError(t *testing.T, c headerMistake) {
	for _, style := range styles {
		t.Run(c.problem+"/"+style.name, func(t *testing.T) {
			src := style.write(c.lines)
			got, err := scripts.ReadHeader([]byte(src), style.language)
			var herr *scripts.HeaderError
			if !errors.As(err, &herr) {
				t.Fatalf("got error %v, want a *HeaderError\n%s", err, src)
			}
			if !reflect.DeepEqual(got, scripts.Header{}) {
				t.Errorf("a wrong header was half-applied: %+v", got)
			}
			if !strings.Contains(herr.Problem, c.problem) || !strings.Contains(herr.Hint, c.hint) {
				t.Errorf("got problem %q, hint %q", herr.Problem, herr.Hint)
			}
			want := engine.Position{Line: c.line + style.lines, Column: c.column + style.columns}
			if herr.Position != want {
				t.Errorf("at %v, want %v\n%s", herr.Position, want, src)
			}
			if line := strings.ToValidUTF8(c.lines[c.line-1], "\ufffd"); !strings.HasSuffix(herr.SourceLine, line) {
				t.Errorf("source line %q, want %q", herr.SourceLine, line)
			}
		})
	}
}

func TestReadHeaderTellsAllMistakes(t *testing.T) {
	const header = `Report.
@scedule @daily
@schedule 61 25 * * *
@schedule 0 9 31 2 *
@timeout soon
@timeout 2m
@retries many later
@overlap skp
@missed sometimes within never
@env 1A B C-D
@permissions conversations: store:all
    fetch:
@name -x
@disabled now
@memory lots`
	const want = `2:1 unknown tag @scedule
3:11 "61" does not fit the field minute
3:14 "25" does not fit the field hour
4:15 this schedule is never due: no month 2 has a day 31
5:10 "soon" is not a duration above zero
6:1 @timeout is given twice, first on line 5
7:10 "many" is not a number of retries from 0 to 100
7:15 "later" is not a duration above zero
8:10 "skp" is no value of @overlap
9:9 "sometimes" is no value of @missed
9:26 "never" is not a duration above zero
10:6 "1A" is not the name of an environment variable
10:11 "C-D" is not the name of an environment variable
11:14 "conversations:" is not a permission
12:5 "fetch:" is not a permission
13:7 "-x" cannot be a script's name
14:11 "now" is too much for @disabled
15:9 "lots" is not a size
`
	lines := strings.Split(header, "\n")
	for _, style := range styles {
		t.Run(style.name, func(t *testing.T) {
			h, err := scripts.ReadHeader([]byte(style.write(lines)), style.language)
			if !reflect.DeepEqual(h, scripts.Header{}) {
				t.Errorf("a wrong header was half-applied: %+v", h)
			}
			got := mistakes(err, func(e *scripts.HeaderError) string {
				if line := lines[e.Line-style.lines-1]; !strings.HasSuffix(e.SourceLine, line) {
					t.Errorf("source line %q, want %q", e.SourceLine, line)
				}
				problem := strings.ReplaceAll(e.Problem, fmt.Sprintf("line %d", 5+style.lines), "line 5")
				return fmt.Sprintf("%d:%d %s\n", e.Line-style.lines, e.Column-style.columns, problem)
			})
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestReadHeaderMistakesBeforeTheEndOfTheComment(t *testing.T) {
	for src, want := range map[string]string{
		"// @bad\n/* @worse": "1:4 unknown tag @bad\n2:1 this comment does not end\n",
		"/**\n * @bad\n * @schedule */15 * * * *\n * @worse\n */": "2:4 unknown tag @bad\n3:14 the \"*/\" of this @schedule ends the comment\n",
		"// @bad\n// \xff": "2:4 the comment is not UTF-8 text\n",
	} {
		_, err := scripts.ReadHeader([]byte(src), engine.JavaScript)
		got := mistakes(err, func(e *scripts.HeaderError) string { return fmt.Sprintf("%d:%d %s\n", e.Line, e.Column, e.Problem) })
		if got != want {
			t.Errorf("%q\ngot\n%s\nwant\n%s", src, got, want)
		}
	}
}

// errors are all that an error tells of a header.
func mistakes(err error, tell func(*scripts.HeaderError) string) string {
	var wrong *scripts.HeaderError
	if !errors.As(err, &wrong) {
		return fmt.Sprintf("%v is no *HeaderError", err)
	}
	var b strings.Builder
	for _, e := range wrong.All() {
		b.WriteString(tell(e))
	}
	return b.String()
}

func TestReadHeaderExtent(t *testing.T) {
	cases := []struct {
		name     string
		language engine.Language
		src      string
		want     string // the description, or an error when it starts with "error: "
	}{
		{"ends at the first statement", engine.Lua, "-- One\nlocal x = 1\n-- @timeout nonsense\n", "One"},
		{"blank lines between comments", engine.JavaScript, "// Copyright A\n\n// Two\n// three\n\n// Four\n", "Two three"},
		{"two blocks", engine.JavaScript, "/* One */ /* two */", "One two"},
		{"triple dash bracket is one line", engine.Lua, "---[[ One\nprint(1)\n-- @bad ]]", "[[ One"},
		{"unfinished JavaScript block", engine.JavaScript, "\n  /* One", "error: 2:3: this comment does not end"},
		{"unfinished Lua block", engine.Lua, "--[=[ One ]]", "error: 1:1: this comment does not end"},
		{"cron step ends a block", engine.JavaScript, "/**\n * @schedule */15 * * * *\n */", `error: 2:14: the "*/" of this @schedule ends the comment`},
		{"cron step in a line", engine.JavaScript, "// Often.\n// @schedule */15 * * * *\n", "Often."},
		{"empty comment", engine.JavaScript, "/**/ /***/ //", ""},
		{"code only", engine.Lua, "print('-- @timeout x')", ""},
		{"JavaScript marks in Lua", engine.Lua, "// @bad", ""},
		{"number sign line in Lua", engine.Lua, "# anything\n-- One", "One"},
		{"empty", engine.Lua, "", ""},
		{"below an import", engine.TypeScript, "// One\nimport { x } from './x.js'\n\n// @schedule every 15m\n", "error: 4:4: @schedule stands below the first statement, where it does nothing"},
		{"below a statement of Lua", engine.Lua, "local s = 1\n  --- @overlap skip\n", "error: 2:7: @overlap stands below the first statement, where it does nothing"},
		{"in a block below a statement", engine.JavaScript, "let a = `\n`; /* x\n  *\té @b\n  * @permissions a:read */", "error: 4:5: @permissions stands below the first statement, where it does nothing"},
		{"in a Lua block below a statement", engine.Lua, "f() --[[ @missed all\n]]", "error: 1:10: @missed stands below the first statement, where it does nothing"},
		{"below old line ends", engine.JavaScript, "f()\r// a\r  // @on x", "error: 3:6: @on stands below the first statement, where it does nothing"},
		{"in texts", engine.JavaScript, "// @schedule @daily\nconst a = `\n// @schedule x\n` + '// @schedule y' // see @schedule\n", ""},
		{"in a text of Lua", engine.Lua, "-- @schedule @daily\nlocal a = [[\n-- @schedule x\n]] -- as @schedule says", ""},
		{"tags of other tools", engine.JavaScript, "f()\n/**\n * @name f\n * @description x\n * @param y\n */", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h, err := scripts.ReadHeader([]byte(c.src), c.language)
			got := h.Description
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTagPositions(t *testing.T) {
	h, err := scripts.ReadHeader([]byte("-- Report\n--   @schedule every 15m\n-- @permissions a:read\n--   b:write\n"), engine.Lua)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Schedules[0].Position; got != (engine.Position{Line: 2, Column: 16}) {
		t.Errorf("schedule at %v", got)
	}
	if got := h.Permissions[1].Position; got != (engine.Position{Line: 4, Column: 6}) {
		t.Errorf("second permission at %v", got)
	}
	tag, ok := h.Tag("permissions")
	if !ok || tag.Value != "a:read b:write" || tag.Line != 3 {
		t.Errorf("tag %+v, %v", tag, ok)
	}
	if _, ok := h.Tag("env"); ok {
		t.Error("a tag that is not there was found")
	}
}
