package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/help"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/repl/internal/term"
)

// completing starts a shell, enters lines, and hands its completer to a function while the shell lives.
func completing(t testing.TB, language engine.Language, enter []string, use func(x *trial, s *shell)) {
	t.Helper()
	x := newTrial(t, language, false, sandbox.Config{Conversations: -1, People: -1, Visitors: -1})
	s, err := newShell(t.Context(), x.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.current().wait(); err != nil {
		t.Fatal(err)
	}
	for _, line := range enter {
		if err := s.execute(line); err != nil {
			t.Fatal(err)
		}
	}
	use(x, s)
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

// offered are the candidates at the end of a line, with a bar between them.
func offered(t testing.TB, s *shell, line string) string {
	t.Helper()
	head, list, tail := s.completer.complete(line, utf8.RuneCountInString(line))
	for _, candidate := range list {
		// liner replaces the text before the cursor by the candidates' common beginning.
		if !strings.HasPrefix(head+candidate, line) {
			t.Errorf("%q offers %q, which does not begin with what was typed", line, head+candidate)
		}
	}
	if tail != "" {
		t.Errorf("%q: tail %q", line, tail)
	}
	return strings.Join(list, "|")
}

func TestCompletion(t *testing.T) {
	cases := map[engine.Language][][2]string{
		engine.JavaScript: {
			{"", ""}, {" ", ""}, {"\t", ""}, {"1 + ", ""}, {"crisp.people.list({limit: 1, ", ""},
			{"cris", "crisp"}, {"crisp.conv", "conversations"}, {"crisp.people.u", "update("}, {"1 + crisp.vis", "visitors"},
			{"crisp.people.eventN", "eventNames"}, {"crisp.nope.x", ""}, {"nope.", ""},
			{"mine", "mineOne|mineTwo"}, {"mineTwo.in", "inner"}, {"mineTwo.inner.de", "deep"}, {"mineTwo.inner.", "deep|other"}, {"rows[0].na", "name"},
			{"f(mineO", "mineOne"}, {"f({a: mineO", "mineOne"}, {"[mineO", "mineOne"}, {"x => mineO", "mineOne"}, {"f().x", ""},
			{"crisp.conversations.list({filter_unr", "filter_unread: "}, {"crisp.conversations.list({filter_un", "filter_unassigned|filter_unread"},
			{"crisp.conversations.list({unread: t", "true"}, {"crisp.conversations.list({unread: f", "false"}, {"crisp.conversations.list({unread: mineO", "mineOne"},
			{"crisp.conversations.list({limit: 5, filter_unr", "filter_unread: "}, {"const a = crisp.conversations.list({unre", "unread: "},
			{"crisp.conversations.list({search_type: \"", `filter"|segment"|text"`}, {"crisp.conversations.list({search_type: 'seg", "segment'"},
			{"crisp.conversations.list({order: \"w", `waiting"`}, {"crisp.conversations.list({search_query: \"w", ""},
			{"crisp.people.update(id, {per", "person: "}, {"crisp.people.update(id, {person: {nick", "nickname: "}, {"crisp.people.update(id, {person: {nickname: 'x'}, ema", "email: "},
			{"crisp.people.update(id, {person: {employment: {ti", "title: "},
			{"crisp.conversations.state.update(id, \"re", `resolved"`}, {"crisp.conversations.state.update(id, {state: \"re", `resolved"`},
			{"({filter_unr", ""}, {"if (x) { cris", "crisp"}, {"'crisp.conv", ""}, {"\"a\" + cris", "crisp"}, {"// crisp.conv", ""}, {"`${1}` + cris", "crisp"},
			{".he", ".help "}, {".t", ".table|.time|.trace"}, {".web", ".website|.websites"}, {".exi", ".exit"}, {".nope x", ""},
			{".help people.upd", "people.update"}, {".help crisp.people.upd", "crisp.people.update"}, {".safe w", "writes"}, {".time o", "off|on"}, {".plan crisp.conv", "conversations"}, {".watch 5 crisp.conv", "conversations"},
			{".website 11", sandbox.WebsiteID}, {"hel", "help("},
			{"crisp.people.list({limit: 1}).x", ""}, {`/"/.test(x); mineO`, "mineOne"}, {"if (x) /`/.test(x); mineO", "mineOne"}, {"`${mineO", "mineOne"}, {"`a ${1} ${f(`${mineTwo.in", "inner"}, {"`${1} mineO", ""}, {"crisp.conversations.list({search_type: `seg", "segment`"},
			{"`${crisp.conversations.list({filter_unr", "filter_unread: "}, {"/mineO", ""}, {"/* mineO", ""}, {"mineOne /* x */ + mineT", "mineTwo"}, {"日本 + mineO", "mineOne"}, {"déj", "déjà"}, {"déjà", "déjà"},
		},
		engine.Lua: {
			{"", ""}, {"cris", "crisp"}, {"crisp.conv", "conversations"}, {"crisp.people.u", "update("}, {"crisp.people.event_n", "event_names"},
			{"#mineO", "mineOne"}, {"mineTwo.inner.de", "deep"}, {"mineTwo:in", "inner"},
			{"crisp.conversations.list{filter_unr", "filter_unread = "}, {"crisp.conversations.list({filter_unr", "filter_unread = "}, {"for c in crisp.conversations.each{filter_unr", "filter_unread = "},
			{"crisp.conversations.list{unread = t", "true"}, {"rows[1].na", "name"},
			{"crisp.conversations.list{search_type = \"", `filter"|segment"|text"`}, {"crisp.conversations.list{search_type = 't", "text'"},
			{"crisp.people.update(id, {person = {nick", "nickname = "}, {"crisp.people.update(id, {person = {}, ema", "email = "},
			{"return {cris", "crisp"}, {"-- crisp.conv", ""}, {"x = [[ ", ""}, {"x = [==[ it's ]==] mineO", "mineOne"}, {"x = [==[ ]] mineO", ""}, {"--[==[ it's ]] ]==] mineO", "mineOne"}, {"--[==[ ]] mineO", ""}, {".lua", ".lua"},
		},
	}
	enter := map[engine.Language][]string{
		engine.JavaScript: {"var mineOne = 1, déjà = 2, mineTwo = {inner: {deep: 1, other: 2}}, rows = [{name: 'x'}]"},
		engine.Lua:        {"mineOne = 1; rows = {{name = 1}}; mineTwo = {inner = {deep = 1, other = 2}}"},
	}
	for language, list := range cases {
		completing(t, language, enter[language], func(_ *trial, s *shell) {
			for _, c := range list {
				if got := offered(t, s, c[0]); got != c[1] {
					t.Errorf("%s %q offers %q, want %q", language, c[0], got, c[1])
				}
			}
		})
	}
}

func TestCompletionBeforeTheSession(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	s := &shell{cfg: x.cfg, language: engine.JavaScript, sessions: map[engine.Language]*session{}, screen: &term.Screen{}, index: help.NewIndex(x.cfg.Engine.Modules())}
	s.completer = &completer{shell: s}
	for line, want := range map[string]string{"cris": "crisp", "crisp.people.eventN": "eventNames", "crisp.people.upd": "update("} {
		if got := offered(t, s, line); got != want {
			t.Errorf("%q offers %q, want %q", line, got, want)
		}
	}
}

func TestCompletionInTheMiddle(t *testing.T) {
	completing(t, engine.JavaScript, nil, func(_ *trial, s *shell) {
		line := "日本(crisp.conv) + 1"
		head, list, tail := s.completer.complete(line, 13)
		if head != "日本(crisp." || strings.Join(list, "|") != "conversations" || tail != ") + 1" {
			t.Errorf("%q %q %q", head, list, tail)
		}
		for pos := range 40 { // beyond the end too
			s.completer.complete(line, pos)
		}
	})
}

func TestCompletionOverLines(t *testing.T) {
	completing(t, engine.JavaScript, nil, func(_ *trial, s *shell) {
		s.pending = "crisp.conversations.list({\n  limit: 5,\n"
		if got := offered(t, s, "  filter_unr"); got != "filter_unread: " {
			t.Errorf("offers %q", got)
		}
		if got := offered(t, s, "  "); got != "" {
			t.Errorf("a blank place offers %q", got)
		}
	})
}

func TestSignatureAtParenthesis(t *testing.T) {
	completing(t, engine.JavaScript, nil, func(x *trial, s *shell) {
		line := "crisp.people.update("
		head, list, tail := s.completer.complete(line, len(line))
		if head+strings.Join(list, "|")+tail != line {
			t.Errorf("the line becomes %q %q %q", head, list, tail)
		}
		contains(t, x.out.String(), "\ncrisp.people.update(people_id, { … })", "\n  Change fields of a profile\n")
		for _, line := range []string{"nope(", "if (", "("} {
			if got := offered(t, s, line); got != "" {
				t.Errorf("%q offers %q", line, got)
			}
		}
	})
}

func TestCompletionOfFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"report.js", "report.lua", "readme.md", "résumé.js", ".hidden", "evil\x1b[31m.js"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Skip(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "results"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	completing(t, engine.JavaScript, nil, func(_ *trial, s *shell) {
		for _, c := range [][2]string{
			{".load rep", "report.js|report.lua"}, {".run re", "report.js|report.lua|results/"}, {".save ./re", "./readme.md|./report.js|./report.lua|./results/"},
			{".out ré", "résumé.js"}, {".load ", ""}, {".load nope/x", ""}, {".load ev", ""}, {".load .hid", ""}, {".out .hid", ".hidden"},
		} {
			if got := offered(t, s, c[0]); got != c[1] {
				t.Errorf("%q offers %q, want %q", c[0], got, c[1])
			}
		}
	})
}

func TestPasteTurnsTabsIntoSpaces(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	x.reader.before = func(line string) {
		if line != "x" {
			return
		}
		head, list, tail := x.reader.completer("  a", 1)
		if head+"|"+strings.Join(list, "|")+"|"+tail != " |  | a" {
			t.Errorf("%q %q %q", head, list, tail)
		}
	}
	x.enter(t, ".paste", "x", "\x03")
}

func FuzzCompletion(f *testing.F) {
	for _, line := range []string{"crisp.conversations.list({", "a[0].b", "f{a = {", "'\\", "/* x", "]})(", "`${", "a?.b", ".load ", "日本."} {
		f.Add(line, 3)
	}
	completing(f, engine.JavaScript, nil, func(_ *trial, s *shell) {
		f.Fuzz(func(t *testing.T, line string, pos int) {
			if !utf8.ValidString(line) {
				t.Skip()
			}
			for _, s.language = range []engine.Language{engine.JavaScript, engine.Lua} {
				head, list, tail := s.completer.complete(line, pos)
				runes := []rune(line)
				before := string(runes[:min(max(pos, 0), len(runes))])
				if behind := string(runes[min(max(pos, 0), len(runes)):]); len(list) > 0 && tail != behind {
					t.Errorf("%q at %d has %q behind it, and loses %q", line, pos, tail, behind)
				}
				for _, candidate := range list {
					if !strings.HasPrefix(head+candidate, before) || head+candidate+tail == "" {
						t.Errorf("%q at %d offers %q", line, pos, head+candidate)
					}
				}
			}
			s.language = engine.JavaScript
		})
	})
}

// BenchmarkCompletion answers Tab: below 5 ms, from what is there.
func BenchmarkCompletion(b *testing.B) {
	completing(b, engine.JavaScript, nil, func(_ *trial, s *shell) {
		for _, line := range []string{"crisp.conversations.l", "crisp.conversations.list({filter_unr", "c", "crisp.conversations.list({search_type: \"", strings.Repeat("f(crisp.people, {a: 1});", 300) + "crisp.conv"} {
			b.Run(plain.Cut(line, 40), func(b *testing.B) {
				pos := utf8.RuneCountInString(line)
				for b.Loop() {
					s.completer.complete(line, pos)
				}
			})
		}
	})
}
