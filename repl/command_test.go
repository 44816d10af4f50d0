package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/repl/internal/render"
)

// commandCases has at least one case for each command; TestCommands sees to that. FILE stands for a file in the test's
// directory.
var commandCases = []struct {
	command  string
	language engine.Language
	lines    []string
	want     []string
	lacks    []string
}{
	{"help", engine.JavaScript, []string{".help"}, []string{".watch SECONDS EXPR", "Calls: api, conversations", "_ is the last result"}, nil},
	{"help", engine.JavaScript, []string{".help people.get_meta"}, []string{"no script call is named"}, nil},
	{"help", engine.JavaScript, []string{".help people.update"}, []string{
		"crisp.people.update(people_id, { … })", "Change fields of a profile", "\n    nickname ", "Tiers       website, plugin, user",
		`crisp.people.update("anna@example.com", {email: "anna@example.com"`, "https://docs.crisp.chat/",
	}, nil},
	{"help", engine.Lua, []string{"crisp.people.update?"}, []string{"Change fields of a profile", "email = "}, []string{"email: "}},
	{"help", engine.JavaScript, []string{"help(crisp.people.update)"}, []string{"Change fields of a profile"}, nil},
	{"help", engine.JavaScript, []string{"const f = crisp.people.update", "help(f)"}, []string{"Change fields of a profile"}, nil},
	{"help", engine.JavaScript, []string{"crisp.people.update"}, []string{"crisp.people.update(people_id, { … })", "Change fields of a profile"}, []string{"Options"}},
	{"help", engine.JavaScript, []string{".help people"}, []string{"crisp.people.list ", "crisp.people.eventNames.list "}, nil},
	{"help", engine.JavaScript, []string{".help .watch"}, []string{".watch SECONDS EXPR\n  evaluate"}, nil},
	{"help", engine.JavaScript, []string{"crisp.people.updat?"}, []string{`did you mean "people.update"?`}, nil},
	{"js", engine.Lua, []string{".js", "[1].length"}, []string{"1\n"}, nil},
	{"lua", engine.JavaScript, []string{".lua", "#{1}"}, []string{"1\n"}, nil},
	{"load", engine.JavaScript, []string{".load FILE.js", "loaded(2)"}, []string{"3\n"}, nil},
	{"load", engine.JavaScript, []string{".load FILE.lua", "loaded(2)"}, []string{"switches to it", "4\n"}, nil},
	{"load", engine.JavaScript, []string{".load FILE.ts", "loaded(2)", "const n: number = 1"}, []string{"5\n", "SyntaxError"}, nil},
	{"load", engine.TypeScript, []string{".load FILE.ts", "loaded(2 as number)"}, []string{"5\n"}, []string{"SyntaxError"}},
	{"load", engine.JavaScript, []string{".load nothing.js", ".load missing", ".load", ".load FILE.txt"}, []string{"nothing.js cannot be read", "missing cannot be read", ".load needs more", "cannot tell the language"}, nil},
	{"run", engine.JavaScript, []string{"var loaded = 1", ".run FILE-run.js a 'b c'", "loaded"}, []string{"args a|b c undefined\n1\n"}, nil},
	{"run", engine.Lua, []string{".run FILE-run.js"}, []string{"args "}, nil},
	{"run", engine.JavaScript, []string{".run FILE-bad.js"}, []string{"SyntaxError", "bad.js:1"}, nil},
	{"paste", engine.JavaScript, []string{".paste", "const a = {", "", "  b: 1}", "a.b + 1", ".end", "a.b"}, []string{"2\n1\n"}, nil},
	{"paste", engine.Lua, []string{".paste", "local function f()", "  return 7", "end", "return f()", "\x04"}, []string{"7\n"}, nil},
	{"paste", engine.JavaScript, []string{".paste", "throw 1", "\x03", "2"}, []string{"2\n"}, []string{"error"}},
	{"history", engine.JavaScript, []string{"1 + 1", "2 + 2", ".history +"}, []string{"1  1 + 1\n", "2  2 + 2\n", "3  .history +\n"}, nil},
	{"table", engine.JavaScript, []string{".json", ".table", "({a: 1})"}, []string{"a  1\n"}, nil},
	{"json", engine.JavaScript, []string{".json", "({a: [1, 'x']})", "[]"}, []string{"{\n  \"a\": [\n    1,\n    \"x\"\n  ]\n}\n[]\n"}, nil},
	{"csv", engine.JavaScript, []string{".csv", "[{a: 1, b: {c: 'x,y'}}, {a: 2, d: [1]}]"}, []string{"a,b.c,d\n1,\"x,y\",\n2,,[1]\n"}, nil},
	{"csv", engine.JavaScript, []string{".csv", "crisp.people.list({limit: 21}).map(p => ({email: p.email}))", "it"}, []string{"email\n", "20 of 21"}, nil},
	{"yaml", engine.JavaScript, []string{".yaml", "({a: [1, {b: 'yes', c: ''}], d: 'x: y', e: 'plain text', f: {}})"}, []string{"a:\n  - 1\n  - b: \"yes\"\n    c: \"\"\nd: \"x: y\"\ne: plain text\nf: {}\n"}, nil},
	{"expanded", engine.JavaScript, []string{".expanded", "[{a: 1}, {a: 2}]", ".expanded off", "[{a: 1}]"}, []string{"─ 0 ─", "a  1\n─ 1 ─", "#  a\n"}, nil},
	{"time", engine.JavaScript, []string{".time 1 + 1", "3", ".time on", "4", ".time off"}, []string{"2\n", "s\n3\n", "time is on"}, nil},
	{"watch", engine.JavaScript, []string{".watch", ".watch x 1", ".watch 0 1"}, []string{".watch needs more", "write .watch SECONDS EXPR"}, nil},
	{"plan", engine.JavaScript, []string{
		".plan crisp.people.create({email: 'new@example.com', person: {nickname: 'New'}})", ".plan crisp.people.list()", ".plan nope", "crisp.people.exists('new@example.com')",
	}, []string{"POST /website/11111111-1111-4111-8111-111111111111/people/profile\n", `"email": "new@example.com"`, "1 call would be made, none was sent", "no writes", "ReferenceError", "false\n"}, nil},
	{"plan", engine.Lua, []string{".plan for p in crisp.people.each{limit = 3} do crisp.people.delete(p.people_id) end"}, []string{"DELETE", "3 calls would be made"}, nil},
	{"safe", engine.JavaScript, []string{".safe", ".safe writes", ".safe never"}, []string{"safe is deletes; on this website nothing asks", "safe is writes", ".safe takes off, writes or deletes"}, nil},
	{"trace", engine.JavaScript, []string{".trace", ".trace on", "(function f() { throw new Error('x') })()", ".trace off"}, []string{"no error so far", "error: x\n", "at f (line 1"}, nil},
	{"website", engine.JavaScript, []string{".website", ".website 1", ".website 8c842203-7ed8-4e29-a608-7cf78a7d2fcc", "crisp.website_id", ".lua", "crisp.website_id"}, []string{
		"Fernleaf  11111111-", `"1" is not a website's id`, "\n8c842203-7ed8-4e29-a608-7cf78a7d2fcc\n8c842203-7ed8-4e29-a608-7cf78a7d2fcc\n",
	}, nil},
	{"websites", engine.JavaScript, []string{".websites"}, []string{"* 11111111-1111-4111-8111-111111111111  Fernleaf"}, nil},
	{"whoami", engine.JavaScript, []string{".whoami"}, []string{"token    sandbox (website)", "from     the test", "mode     sandbox", "http://127.0.0.1:"}, nil},
	{"events", engine.JavaScript, []string{".events", ".events on"}, []string{"events are off", "this shell has no connection for events"}, nil},
	{"clear", engine.JavaScript, []string{".clear", "1"}, []string{"1\n"}, nil},
	{"exit", engine.JavaScript, []string{"1", ".exit", "2"}, []string{"1\n"}, []string{"2\n"}},
	{"out", engine.JavaScript, []string{".out FILE.csv", ".csv", "crisp.people.list()", "1", ".out", "'back'"}, []string{"30 rows written to", "back\n"}, []string{"email"}},
	{"out", engine.JavaScript, []string{".out /nowhere/at/all"}, []string{"/nowhere/at/all cannot be written"}, nil},
	{"save", engine.JavaScript, []string{".save FILE-new.js"}, []string{"nothing was entered yet"}, nil},
	{"edit", engine.JavaScript, []string{".edit nothing"}, []string{`no entry made "nothing"`}, nil},
}

// testFiles are what commands find.
func testFiles(t *testing.T) string {
	t.Helper()
	base := filepath.Join(t.TempDir(), "file")
	for suffix, text := range map[string]string{
		".js":     "#!/usr/bin/env -S crisphost run\nfunction loaded(x) { return x + 1 }\n",
		".ts":     "function loaded(x: number): number { return x + 3 }\n",
		".lua":    "function loaded(x) return x + 2 end\n",
		".txt":    "1\n",
		"-run.js": "console.log('args ' + args.join('|'), typeof loaded)\n",
		"-bad.js": "const = 1\n",
	} {
		if err := os.WriteFile(base+suffix, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return base
}

func TestCommands(t *testing.T) {
	tried := map[string]bool{}
	for i, c := range commandCases {
		tried[c.command] = true
		t.Run(fmt.Sprint(i, " ", c.command), func(t *testing.T) {
			base := testFiles(t)
			lines := make([]string, len(c.lines))
			for j, line := range c.lines {
				lines[j] = strings.ReplaceAll(line, "FILE", base)
			}
			text := play(t, c.language, lines...)
			contains(t, text, c.want...)
			lacks(t, text, c.lacks...)
		})
	}
	for _, c := range commands() {
		if !tried[c.name] {
			t.Errorf(".%s has no case", c.name)
		}
	}
}

// TestEveryCallHasHelp renders all pages in both languages.
func TestEveryCallHasHelp(t *testing.T) {
	for _, language := range []engine.Language{engine.JavaScript, engine.Lua} {
		x := newTrial(t, language, false, small)
		x.cfg.Terminal.Width = func() int { return 60 }
		var lines []string
		for _, call := range helpSubjects() {
			lines = append(lines, ".help "+call)
		}
		text := x.enter(t, lines...)
		lacks(t, text, "error:", "%!", "\n  (")
		if n := strings.Count(text, "\nExample\n"); n != len(lines) {
			t.Errorf("%d examples for %d calls", n, len(lines))
		}
	}
}

// TestExamplesCompile checks that the examples are code.
func TestExamplesCompile(t *testing.T) {
	for _, language := range []engine.Language{engine.JavaScript, engine.Lua} {
		x := newTrial(t, language, false, small)
		var lines []string
		for _, call := range helpSubjects() {
			lines = append(lines, ".help "+call)
		}
		text := x.enter(t, lines...)
		session, err := testEngine().Session(language, "", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\nExample\n  (.*)\n`).FindAllStringSubmatch(text, -1) {
			_, err := session.Eval(t.Context(), "example", "if (0 == 1) "+map[engine.Language]string{engine.Lua: "then ", engine.JavaScript: "{ "}[language]+m[1]+map[engine.Language]string{engine.Lua: " end", engine.JavaScript: " }"}[language])
			if err != nil {
				t.Errorf("%s: %s", m[1], err)
			}
		}
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestExamplesAreValid plans the examples with whole identifiers: what a call takes is checked before anything is sent.
func TestExamplesAreValid(t *testing.T) {
	const id = "8c842203-7ed8-4e29-a608-7cf78a7d2fcc"
	whole := strings.NewReplacer(`sleep("90s"`, `sleep("1ms"`, `_…"`, `_`+id+`"`, `"8c842203-…"`, `"`+id+`"`)
	for _, language := range []engine.Language{engine.JavaScript, engine.Lua} {
		x := newTrial(t, language, false, small)
		var pages, plans []string
		for _, call := range helpSubjects() {
			pages = append(pages, ".help "+call)
		}
		for _, m := range regexp.MustCompile(`\nExample\n  (.*)\n`).FindAllStringSubmatch(x.enter(t, pages...), -1) {
			plans = append(plans, map[engine.Language]string{engine.JavaScript: "console.log('=> '+", engine.Lua: "print('=> '.."}[language]+
				fmt.Sprintf("%d)", len(plans)/2), ".plan "+whole.Replace(m[1]))
		}
		if len(plans) != 2*len(pages) {
			t.Fatalf("%d examples for %d calls", len(plans)/2, len(pages))
		}
		text := newTrial(t, language, false, small).enter(t, plans...)
		for i, answer := range strings.Split(text, "=> ")[1:] {
			_, answer, _ = strings.Cut(answer, "\n")
			// The host of this test has neither files nor values nor an environment, and no object with this id.
			known := slices.ContainsFunc([]string{": 403 ", ": 404 ", ": 405 ", "this host ", "not available here", "not allowed or not set"}, func(s string) bool { return strings.Contains(answer, s) })
			if !known && strings.Contains(strings.ToLower(answer), "error: ") {
				t.Errorf("%s\n%s", plans[2*i+1], answer)
			}
		}
	}
}

func TestWatch(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	x.reader.before = func(line string) {
		if strings.HasPrefix(line, ".watch") {
			go x.interruptWhen(t, func() bool { return strings.Count(x.out.String(), "n") >= 3 })
		}
	}
	x.cfg.Terminal.Editing = true
	text := x.enter(t, "let n = 0", ".watch 0.4 'n' + ++n", "'after'")
	contains(t, text, "every 400ms · 09:00:00 · Ctrl-C stops\n", "n1\n", "n2\n", "n3\n", "after\n")
}

func TestOutHoldsEverything(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	x.cfg.Terminal.Color = true
	name := filepath.Join(t.TempDir(), "people.json")
	x.enter(t, ".out "+name, ".json", "crisp.people.each()", ".out")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := render.Parse(data)
	if err != nil || !list.IsList() || list.Len() != 30 {
		t.Errorf("%d items of one list: %v\n%.200s", list.Len(), err, data)
	}
}

func TestSave(t *testing.T) {
	for _, c := range []struct {
		language engine.Language
		lines    []string
		want     []string
	}{
		{engine.JavaScript, []string{
			"const c = crisp.visitors.count()", "const c = crisp.visitors.count().count", "console.log('visitors', c)", "nope.nope", ".help", "class A {}", "class A { x() { return 2 } }", "console.log(new A().x())",
		}, []string{"let c = await crisp.visitors.count()\n", "\nc = (await crisp.visitors.count()).count\n", "console.log('visitors', c)\n"}},
		{engine.Lua, []string{"c = crisp.visitors.count().count", "print('visitors', c)", "c + 1", "1 +", "nope.nope()"}, []string{"print('visitors', c)"}},
	} {
		t.Run(string(c.language), func(t *testing.T) {
			x := newTrial(t, c.language, false, small)
			name := filepath.Join(t.TempDir(), "saved")
			file := name + "." + string(c.language)
			lines := append(slices.Clone(c.lines), ".save "+name, ".save "+file, ".save "+name+".py", ".run "+file)
			text := x.enter(t, lines...)
			contains(t, text, " written to ", "exists already", "cannot tell the language")
			lacks(t, text, "does not compile")
			if strings.Count(text, "visitors") < 2 {
				t.Errorf("the script prints nothing: %s", text)
			}
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			contains(t, string(script), c.want...)
			lacks(t, string(script), "nope", ".help")
		})
	}
}

// TestSavedScriptsRun saves entries and runs the script: it must do what the entries did.
func TestSavedScriptsRun(t *testing.T) {
	for _, c := range []struct {
		name     string
		language engine.Language
		lines    []string
		printed  string
	}{
		{"a bracket after a call", engine.JavaScript, []string{"crisp.visitors.count()", "crisp.people.list({limit: 1}).length", "console.log('end')"}, "end\n"},
		{"a list after an expression", engine.JavaScript, []string{"'abc'.length", "[1, 2].forEach(n => console.log(n))"}, "1\n2\n"},
		{"parentheses after a declaration", engine.JavaScript, []string{"let n = 1", "(crisp.visitors.count()).count", "console.log(n)"}, "1\n"},
		{"a template and a comment", engine.JavaScript, []string{"let n = console.log", "/* a */ `b`", "-1", "+1", "/x/.test('x')", "n('end')"}, "end\n"},
		{"patterns again", engine.JavaScript, []string{"const {count} = crisp.visitors.count()", "const {count} = {count: 7}", "let x = 1, y = 2", "let y = 3", "console.log(count, x, y)"}, "7 1 3\n"},
		{"made names", engine.JavaScript, []string{"[p, q] = [1, 2]", "const p = 5", "function f() { return p }", "class f { }", "{a: 1, b: 2}", "console.log(p, q, typeof f)"}, "5 2 function\n"},
		{"import", engine.JavaScript, []string{"const e = import('crisp')", "console.log(typeof e)"}, "object\n"},
		{"return", engine.Lua, []string{"return 5", "print('end')"}, "5\nend\n"},
		{"return", engine.Lua, []string{"x = 1; return x, 'a'; -- b", "return", "print('end')"}, "1\t\"a\"\nend\n"},
		{"shared", engine.JavaScript, []string{"shared.q = 1", "console.log(shared.q)"}, "1\n"},
		{"shared", engine.Lua, []string{"shared.q = 1", "print(shared.q)"}, "1\n"},
		{"parentheses after a call", engine.Lua, []string{"local f = print", "('x'):upper()", "f('end')"}, "end\n"},
	} {
		t.Run(c.name+" "+string(c.language), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "saved."+string(c.language))
			text := newTrial(t, c.language, false, small).enter(t, append(slices.Clone(c.lines), ".save "+file)...)
			contains(t, text, "written to")
			lacks(t, text, "error:")
			if got := play(t, c.language, ".run "+file); got != c.printed {
				script, _ := os.ReadFile(file)
				t.Errorf("printed\n%s\nwant\n%s\nscript\n%s", got, c.printed, script)
			}
		})
	}
}

// TestSaveRefuses saves entries that make no script: it tells why, and leaves no file that would stand in the way.
func TestSaveRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "saved")
	typed := filepath.Join(t.TempDir(), "typed.ts")
	if err := os.WriteFile(typed, []byte("const n: number = 1\nconsole.log('n', n)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := play(t, engine.JavaScript, "1", ".load "+typed, ".save "+file+".js", ".save "+file, ".run "+file+".ts")
	contains(t, text, "nothing was written, because `const n: number = 1 …` cannot stand", "hint: there is TypeScript among the entries: name the file .ts", "2 entries written to "+file+".ts", "saved.ts\nn 1\n")
	if _, err := os.Stat(file + ".js"); err == nil {
		t.Error("a file is left")
	}
	for language, line := range map[engine.Language]string{engine.JavaScript: "_ + 1", engine.Lua: "_ + 1"} {
		name := file + "-last." + string(language)
		contains(t, play(t, language, "20", line, ".save "+name), "`_ + 1` uses _, which a script does not have")
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		contains(t, string(script), " _ is the last result in the shell, and nothing in a script")
	}
	for language, lines := range map[engine.Language][]string{
		engine.JavaScript: {"[1].map((_, i) => i)", "[1].map(_ => 1)", "function f(a, _) { return 1 }", "'_ + 1'", "let [, _] = [1, 2]", "for (const _ of [1]) { }"},
		engine.Lua:        {"for _, n in ipairs({1}) do print(n) end", "for k, _ in pairs({1}) do print(k) end", "local _, n = 1, 2", "f = function(_, a) return a end", "-- _\n'_'"},
	} {
		for i, line := range lines {
			text := play(t, language, line, fmt.Sprintf(".save %s-own%d", file, i))
			contains(t, text, "written to")
			lacks(t, text, "uses _")
		}
	}
}

func TestEdit(t *testing.T) {
	dir := t.TempDir()
	editor := filepath.Join(dir, "my editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\nsed -i.bak s/one/two/ \"$2\"; echo \"edits $1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	x := newTrial(t, engine.JavaScript, false, small)
	x.cfg.In = strings.NewReader("")
	x.cfg.Getenv = func(name string) string {
		return map[string]string{"EDITOR": "'" + editor + "' --wait", "VISUAL": ""}[name]
	}
	text := x.enter(t, "function f() { return 'one' }", "1 + 1", ".edit f", "f()", ".edit g", ".edit")
	contains(t, text, "edits --wait\n", "\ntwo\n", `no entry made "g"`, "nothing was changed")
	if x.reader.lent != 0 {
		t.Error("the terminal was not taken back")
	}
	x = newTrial(t, engine.JavaScript, false, small)
	x.cfg.Getenv = func(string) string { return "/nowhere/editor" }
	contains(t, x.enter(t, "1", ".edit"), "the editor /nowhere/editor failed")
}

func TestRC(t *testing.T) {
	for _, norc := range []bool{false, true} {
		x := newTrial(t, engine.JavaScript, false, small)
		x.cfg.NoRC = norc
		rc := "function mine() {\n  return 'mine'\n}\n\n.expanded on\n.lua\nown = 3\n.js\n"
		if err := os.WriteFile(filepath.Join(x.cfg.ConfigDir, "replrc"), []byte(rc), 0o600); err != nil {
			t.Fatal(err)
		}
		text := x.enter(t, "typeof mine", ".lua", "own")
		if want := !norc; strings.Contains(text, "function\n") != want || strings.Contains(text, "3\n") != want {
			t.Errorf("norc %v: %s", norc, text)
		}
	}
	x := newTrial(t, engine.JavaScript, false, small)
	if err := os.WriteFile(filepath.Join(x.cfg.ConfigDir, "replrc"), []byte("nope()\nvar later = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	contains(t, x.enter(t, "1 + 1"), "nope is not defined", "2\n")
}

func TestFilesOfTheCommandLine(t *testing.T) {
	base := testFiles(t)
	x := newTrial(t, engine.JavaScript, false, small)
	x.cfg.Files = []string{base + ".js"}
	contains(t, x.enter(t, "loaded(1)"), "2\n")
}
