package repl

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/plain"
)

func TestEntries(t *testing.T) {
	for _, c := range []struct {
		name     string
		language engine.Language
		lines    []string
		want     string
	}{
		{"expression", engine.JavaScript, []string{"1 + 1"}, "2\n"},
		{"expression", engine.Lua, []string{"1 + 1"}, "2\n"},
		{"nothing", engine.JavaScript, []string{"undefined", "", "   ", "const a = 1", "let b", "b", "({}).c", "function f() {}", "f()", "console.log('x')", "if (a) { }", "[a].forEach(x => x)"}, "undefined\nundefined\nundefined\nundefined\nx\nundefined\n"},
		{"nothing", engine.Lua, []string{"nil", "", "local a = 1", "local b", "b", "({}).c", "function f() end", "f()", "print('x')", "if a then end"}, "nil\nnil\nnil\nx\n"},
		{"no answer", engine.JavaScript, []string{"time.sleep(1)", "printTable([{a: 1}])", "log.info('x')", "null"}, "done\n a\n───\n 1\ndone\nnull\n"},
		{"no answer", engine.Lua, []string{"time.sleep(1)", "print_table({{a = 1}})", "log.info('x')"}, "done\n a\n───\n 1\ndone\n"},
		{"awaited", engine.JavaScript, []string{"crisp.visitors.count().count"}, "5\n"},
		{"awaited", engine.Lua, []string{"crisp.visitors.count().count"}, "5\n"},
		{"awaited in an assignment", engine.JavaScript, []string{"const c = crisp.people.list()", "c.length"}, "30\n"},
		{"awaited in an assignment", engine.Lua, []string{"c = crisp.people.list()", "#c"}, "30\n"},
		{"awaited below", engine.JavaScript, []string{"[crisp.visitors.count().count + 1, 0]"}, "[6, 0]\n"},
		{"again", engine.JavaScript, []string{"const a = 1", "const a = 2", "a", "let a = 3", "a", "function f() { return 4 }", "f()", "class f { }", "typeof f"}, "2\n3\n4\nfunction\n"},
		{"again", engine.Lua, []string{"local a = 1", "local a = 2", "a", "function f() return 4 end", "f()"}, "2\n4\n"},
		{"last result", engine.JavaScript, []string{"20 + 1", "_ * 2"}, "21\n42\n"},
		{"last result", engine.Lua, []string{"20 + 1", "_ * 2"}, "21\n42\n"},
		{"several lines", engine.JavaScript, []string{"function twice(x) {", "return x * 2", "}", "twice(4)"}, "8\n"},
		{"several lines", engine.Lua, []string{"function twice(x)", "return x * 2", "end", "twice(4)"}, "8\n"},
		{"several lines of a call", engine.JavaScript, []string{"crisp.visitors.list({", "limit: 2", "}).length"}, "2\n"},
		{"several lines of a call", engine.Lua, []string{"#crisp.visitors.list{", "limit = 2", "}"}, "2\n"},
		{"a template", engine.JavaScript, []string{"`a", "b`"}, "a\nb\n"},
		{"a long text", engine.Lua, []string{"[[a", "b]]"}, "a\nb\n"},
		{"abandoned", engine.JavaScript, []string{"function f() {", "\x03", "1"}, "1\n"},
		{"abandoned twice", engine.JavaScript, []string{"function f() {", "\x03", "\x03", "1", "\x03", "2"}, "Ctrl-C again, Ctrl-D or .exit leaves\n1\nCtrl-C again, Ctrl-D or .exit leaves\n2\n"},
		{"left", engine.JavaScript, []string{"if (true) {", "\x03", "\x03", "\x03", "1"}, "Ctrl-C again, Ctrl-D or .exit leaves\n"},
		{"a fraction is no command", engine.JavaScript, []string{".5 + 1"}, "1.5\n"},
		{"one language after the other", engine.JavaScript, []string{"shared.n = 1", "var own = 1", ".lua", "shared.n + 1", "own == nil", "shared.list = {1, 2}", ".js", "shared.list", "own"}, "2\ntrue\n[1, 2]\n1\n"},
	} {
		t.Run(c.name+" "+string(c.language), func(t *testing.T) {
			if got := play(t, c.language, c.lines...); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		language engine.Language
		lines    []string
		want     []string
	}{
		{engine.JavaScript, []string{"nope"}, []string{"ReferenceError: nope is not defined\n"}},
		{engine.Lua, []string{"nope.x"}, []string{"nope"}},
		{engine.JavaScript, []string{"crisp.people.lst"}, []string{"TypeError: crisp.people has no member lst", "did you mean crisp.people.list?"}},
		{engine.Lua, []string{"crisp.people.lst"}, []string{"TypeError: crisp.people has no member lst", "did you mean crisp.people.list?"}},
		{engine.JavaScript, []string{"const f = crisp.peple"}, []string{"crisp has no member peple", "did you mean crisp.people?"}},
		{engine.Lua, []string{"local f = crisp.peple"}, []string{"crisp has no member peple", "did you mean crisp.people?"}},
		{engine.JavaScript, []string{"store.sett", "crisp.api.gett"}, []string{"did you mean store.set?", "did you mean crisp.api.get?"}},
		{engine.Lua, []string{"store.sett", "crisp.api.gett"}, []string{"did you mean store.set?", "did you mean crisp.api.get?"}},
		{engine.JavaScript, []string{"crisp.conversations.qwertz"}, []string{"has no member qwertz", "`.help crisp.conversations` lists what it has."}},
		{engine.Lua, []string{"crisp.conversations.qwertz"}, []string{"has no member qwertz", "`.help crisp.conversations` lists what it has."}},
		{engine.JavaScript, []string{"crisp.people.lst()"}, []string{"TypeError: ", "hint: ", "did you mean crisp.people.list?"}},
		{engine.Lua, []string{"crisp.people.lst()"}, []string{"hint: ", "did you mean crisp.people.list?"}},
		{engine.JavaScript, []string{"crisp.people.list({limt: 1})"}, []string{"limt", "limit"}},
		{engine.JavaScript, []string{"crisp.people.get('nobody@example.com')"}, []string{"CrispError: crisp.people.get: 404", "hint: "}},
		{engine.JavaScript, []string{"crisp.people.eventNames.delete('none')"}, []string{"CrispError: crisp.people.eventNames.delete: 404"}},
		{engine.Lua, []string{"crisp.people.event_names.delete('none')"}, []string{"CrispError: crisp.people.event_names.delete: 404"}},
		{engine.Lua, []string{"crisp.api.get('website/{website_id}/none')"}, []string{"CrispError: crisp.api.get: GET /website/", "/none: 404"}},
		{engine.JavaScript, []string{"await Promise.any([Promise.reject(new Error('x')), Promise.reject(1)])"}, []string{"AggregateError: several errors\n", "  error 1: Error: x (", "  error 2: 1\n"}},
		{engine.JavaScript, []string{"throw new Error('x')", "_error.message"}, []string{"error: x\n", "\nx\n"}},
		{engine.JavaScript, []string{"1 +* 2", "3"}, []string{"SyntaxError: ", "(line 1, column 4)\n", "3\n"}},
		{engine.JavaScript, []string{"(function deep() { throw new Error('x') })()", ".trace"}, []string{"at deep (line 1, column "}},
		{engine.JavaScript, []string{".nope", ".histroy"}, []string{"error: there is no command .nope\n", "hint: did you mean .history?"}},
	} {
		t.Run(strings.Join(c.lines, " "), func(t *testing.T) {
			contains(t, play(t, c.language, c.lines...), c.want...)
		})
	}
}

// TestNoHint enters what no other name is near to.
func TestNoHint(t *testing.T) {
	for _, c := range []struct {
		language engine.Language
		lines    []string
	}{
		{engine.JavaScript, []string{`throw new Error("p")`, `undefinedvar`, `let p = 1`, `throw new Error("c p")`}},
		{engine.Lua, []string{`error("x", 0)`, `io.write("x")`, `require("x")`, `-- crisp.people.lst` + "\nerror('crisp.people.lst')"}},
	} {
		for _, line := range c.lines {
			lacks(t, play(t, c.language, line), "did you mean")
		}
	}
}

func TestErrorIsKept(t *testing.T) {
	for language, line := range map[engine.Language]string{engine.JavaScript: "typeof _error", engine.Lua: "type(_error)"} {
		text := play(t, language, "error('no')", line)
		contains(t, text, "no")
		if strings.Contains(text, "undefined") || strings.HasSuffix(text, "nil\n") {
			t.Errorf("%s has no _error: %s", language, text)
		}
	}
}

func TestPrompts(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	x.cfg.Terminal.Width = func() int { return 120 }
	x.enter(t, "function f() {", "if (1) {", "}", "}", ".lua", "1")
	want := []string{"Fernleaf sandbox js> ", "                 ... ", "                 ... ", "                 ... ", "Fernleaf sandbox js> ", "Fernleaf sandbox lua> "}
	if got := strings.Join(x.reader.prompts[:6], "|"); got != strings.Join(want, "|") {
		t.Errorf("prompts %q", x.reader.prompts)
	}
	if got := strings.Join(x.reader.initial[:4], "|"); got != "|  |  |" {
		t.Errorf("indentation %q", x.reader.initial)
	}
	if want := "function f() {\nif (1) {\n}\n}"; x.reader.entries[0] != want {
		t.Errorf("remembered %q", x.reader.entries[0])
	}
	if !x.reader.closed {
		t.Error("the terminal was not given back")
	}
}

func TestPromptLeavesSpace(t *testing.T) {
	x := newTrial(t, engine.JavaScript, true, small)
	for _, columns := range []int{10, 20, 39, 40, 60, 80, 200} {
		x.cfg.Terminal.Width = func() int { return columns }
		x.reader.prompts = nil
		x.enter(t)
		// liner needs ten columns for the entry.
		if got := x.reader.prompts[0]; plain.Width(got) > max(columns-10, len("LIVE js> ")) || !strings.Contains(got, "LIVE") {
			t.Errorf("%d columns: %q", columns, got)
		}
	}
}

// TestIndentationIsNotOfferedTwice types behind the indentation that is offered: texts hold what was typed, and lines that come
// indented from the clipboard keep the indentation that they have.
func TestIndentationIsNotOfferedTwice(t *testing.T) {
	for _, c := range []struct {
		language engine.Language
		lines    []string
		entry    string
	}{
		{engine.Lua, []string{"x = [[", "long", "text]]"}, "x = [[\nlong\ntext]]"},
		{engine.Lua, []string{"f({", "[==[", "a ]] (", "b]==],", "})"}, "f({\n  [==[\na ]] (\nb]==],\n})"},
		{engine.JavaScript, []string{"const t = `{", "long (", "text`"}, "const t = `{\nlong (\ntext`"},
		{engine.JavaScript, []string{"function f() {", "  if (1) {", "    return 2", "  }", "}"}, "function f() {\n  if (1) {\n    return 2\n  }\n}"},
		{engine.JavaScript, []string{"function f() {", "if (1) {", "return 2", "}", "}"}, "function f() {\n  if (1) {\n    return 2\n  }\n}"},
		{engine.Lua, []string{"function f()", "    for i = 1, 2 do", "        g(i)", "    end", "end"}, "function f()\n    for i = 1, 2 do\n        g(i)\n    end\nend"},
	} {
		x := newTrial(t, c.language, false, small)
		x.reader.behind = true
		x.enter(t, c.lines...)
		if x.reader.entries[0] != c.entry {
			t.Errorf("remembered\n%s\nwant\n%s", x.reader.entries[0], c.entry)
		}
	}
}

func TestOfferedIndentation(t *testing.T) {
	for _, c := range []struct{ line, indent, want string }{
		{"  }", "  ", "}"},
		{"    end", "    ", "  end"},
		{"  ending = 1", "  ", "  ending = 1"},
		{"  x", "  ", "  x"},
		{"    }", "  ", "  }"},
		{"    if (x) {", "  ", "  if (x) {"},
		{"        y()", "    ", "    y()"},
		{"      }", "    ", "  }"},
		{"  \ty()", "  ", "\ty()"},
		{"}", "", "}"},
	} {
		if got := withoutOffered(c.line, c.indent, strings.TrimPrefix(c.indent, indentation)); got != c.want {
			t.Errorf("withoutOffered(%q, %q) = %q", c.line, c.indent, got)
		}
	}
}

func TestLeaving(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	contains(t, x.enter(t, "\x03", "1", "\x03", "\x03", "2"), "Ctrl-C again", "1\n")
	if len(x.reader.keys) != 1 {
		t.Errorf("left to type: %q", x.reader.keys)
	}
	x = newTrial(t, engine.JavaScript, false, small)
	x.enter(t, ".exit", "2")
	if len(x.reader.keys) != 1 {
		t.Errorf("left to type: %q", x.reader.keys)
	}
}

// TestInterrupt presses Ctrl-C while something runs: it ends, and nothing else does.
func TestInterrupt(t *testing.T) {
	for _, c := range []struct {
		language engine.Language
		line     string
	}{
		{engine.JavaScript, "kept = 1; console.log(\"go\"); while (true) {}"},
		{engine.Lua, "kept = 1; print(\"go\"); while true do end"},
		{engine.JavaScript, "kept = 1; console.log(\"go\"); while (true) { crisp.visitors.count() }"},
		{engine.Lua, "kept = 1; print(\"go\"); while true do crisp.visitors.count() end"},
		{engine.JavaScript, "kept = 1; console.log(\"go\"); await new Promise(() => setTimeout(() => 1, 1e6))"},
		{engine.Lua, "kept = 1; print(\"go\"); time.sleep(1000)"},
	} {
		t.Run(c.line, func(t *testing.T) {
			x := newTrial(t, c.language, false, small)
			done := make(chan struct{})
			x.reader.before = func(line string) {
				if line == c.line {
					go func() {
						defer close(done)
						x.interruptWhen(t, func() bool { return strings.Contains(x.out.String(), "go\n") })
					}()
				}
			}
			contains(t, x.enter(t, c.line, "kept + 1"), "stopped\n", "2\n")
			<-done
		})
	}
}
