package scripts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/scripts"
)

// check writes scripts and returns their problems, one a line.
func check(t *testing.T, files map[string]string) string {
	t.Helper()
	l := &library{t: t, dir: t.TempDir()}
	for name, code := range files {
		l.write(name, code)
	}
	_, problems, err := scripts.Check(t.Context(), l.dir, scripts.LibraryOptions{Runtimes: runtimes(), Modules: bindings.ModuleNames()})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%s: %s %s: %s\n", p.Position, p.Kind, p.Script, p.Message)
	}
	return b.String()
}

func TestCheckCalls(t *testing.T) {
	for _, c := range []struct{ file, code, want string }{
		{"a.lua", "-- @permissions conversations:read\ncrisp.conversations.list()\ncrisp.conversations.resolve('s')", "a.lua:3:1: permission a: crisp.conversations.resolve needs the permission conversations:write"},
		{"a.lua", "-- @permissions conversations:read\nfor c in crisp.conversations.each{ unread = true } do end", ""},
		{"a.lua", "-- @permissions people:read\n-- crisp.conversations.list()\n--[[ crisp.conversations.list() ]] local s = 'crisp.conversations.list()' .. [[ crisp.conversations.list() ]]", ""},
		{"a.lua", "-- @permissions people:read\nlocal c = crisp.conversations\nlocal m = c.messages\nm.list('s')", "a.lua:4:1: permission a: crisp.conversations.messages.list needs the permission conversations:read"},
		{"a.lua", "-- @permissions people:read\nlocal api = require 'crisp'\napi.website('x').websites.operators.list()", "a.lua:3:1: permission a: crisp.websites.operators.list needs the permission operators:read"},
		{"a.lua", "-- @permissions people:read\ncrisp['visitors'].count()", "a.lua:2:1: permission a: crisp.visitors.count needs the permission visitors:read"},
		{"a.lua", "crisp.conversations.resolve('s')", ""},
		{"a.lua", "-- @permissions people:read\nstore.set('a', 1) print(store.get('a'))", "a.lua:2:1: permission a: store.set needs the permission store (and 1 more such call)"},
		{"a.lua", "-- @permissions store:read\nprint(store.get 'a', store.shared.list())", ""},
		{"a.lua", "-- @permissions people:read\nlocal store = {}\nstore.set(1)", ""},
		{"a.lua", "crisp.conversatons.list()", `a.lua:1:1: call a: no call is named "crisp.conversatons.list"`},
		{"a.lua", "print(crisp.website_id:sub(1, 2)) crisp.api.get('/x')", ""},
		{"a.ts", "// @permissions conversations:read\nconst x: string = `a ${await crisp.conversations.list({})} crisp.people.list()`;\nconst r = /crisp.people.list()'/.test(x);\nawait crisp.conversations.meta.get('s');\ncrisp.people.list();", "a.ts:5:1: permission a: crisp.people.list needs the permission people:read"},
		{"a.js", "// @permissions people:read\nimport c from 'crisp';\nawait c?.conversations.list?.()\nconst o = { crisp: 1 }, half = 4 / 2; o.crisp.people.delete();", "a.js:3:7: permission a: crisp.conversations.list needs the permission conversations:read"},
		{"a.js", "await fetch('https://api.example.com/x')", "a.js:1:7: permission a: fetch needs the permission fetch:api.example.com"},
		{"a.js", "// @permissions fetch:*.example.com\nawait fetch('https://api.example.com/x'); await fetch(new URL('https://x.org')); await fetch('http://other.org:81/')", "a.js:2:88: permission a: fetch needs the permission fetch:other.org:81"},
		{"a.js", "// @permissions people:read\nfunction load(store) { return store.get('x') }", ""},
		{"a.lua", "-- @permissions people:read\nlocal function load(store) return store.get('x') end", ""},
		{"a.js", "// @permissions conversations:read\nconst { people: { list } } = crisp;\nlist()", "a.js:3:1: permission a: crisp.people.list needs the permission people:read"},
		{"a.lua", "-- @permissions conversations:read\nlocal p = crisp.people\np.list()", "a.lua:3:1: permission a: crisp.people.list needs the permission people:read"},
		{"a.js", "// @permissions conversations:read\nif (s) /`/.test(s); crisp.people.list()", "a.js:2:21: permission a: crisp.people.list needs the permission people:read"},
		{"a.js", "// @permissions conversations:read\ncrisp.people.list.bind(crisp); crisp.websiteId.slice(1); crisp.conversations.list().then(x)", "a.js:2:1: permission a: crisp.people.list.bind needs the permission people:read"},
		{"a.js", "// @permissions conversations:read\ncrisp.website('x').website('y').people.list()", "a.js:2:1: permission a: crisp.people.list needs the permission people:read"},
		{"a.js", "crisp.people.list.name()", `a.js:1:1: call a: no call is named "crisp.people.list.name"`},
		{"a.js", "const fetch = () => 1; fetch('https://x.org')", ""},
		{"a.js", "// @permissions conversation:read\n", `a.js:1:17: header a: there is no group of calls "conversation"`},
		{"a.lua", "-- @timeout soon\n-- @permissions conversation:read store:some people:write\n-- @memory lots\nlet = 1", `a.lua:1:13: header a: "soon" is not a duration above zero
a.lua:2:17: header a: there is no group of calls "conversation"
a.lua:2:35: header a: "some" is no effect
a.lua:3:12: header a: "lots" is not a size`},
		{"a.js", "// @permissions conversations:read\nfor await (const c of crisp.conversations.each()) { await crisp.conversations.messages.send(c.session_id, {}); await crisp.conversations.delete(c.session_id) }", "a.js:2:59: permission a: crisp.conversations.messages.send needs the permission conversations:write (and 1 more such call)"},
	} {
		if got := strings.TrimSuffix(check(t, map[string]string{c.file: c.code}), "\n"); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.code, got, c.want)
		}
	}
}

func TestCheckFilesOfAScript(t *testing.T) {
	got := check(t, map[string]string{
		"sub/a.lua": "-- @permissions people:read\nrequire 'lib.send'", "lib/send.lua": "return function(s)\n  crisp.conversations.messages.send(s, {})\nend",
		"b.js": "let = 1", "c.lua": "-- @name b\n", "d.lua": "-- @schedule 0 0 31 2 *\n", "lib/unused.js": "let = 1",
	})
	want := `b.js:1:1: compile b: ` // what the compiler says follows
	if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, `
c.lua: name c.lua: two scripts are named "b": b.js has the name, so c.lua is not used; rename a file or give one another @name
d.lua:1:18: header d: this schedule is never due: no month 2 has a day 31
lib/send.lua:2:3: permission sub/a: crisp.conversations.messages.send needs the permission conversations:write
`) {
		t.Errorf("got\n%s", got)
	}
}

// TestExamplesPass checks the examples: they ask for what they use.
func TestExamplesPass(t *testing.T) {
	dir := t.TempDir()
	files, err := filepath.Glob("examples/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files { // each example has one name in all languages
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, strings.TrimPrefix(filepath.Ext(file), "."), filepath.Base(file))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, code, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, problems, err := scripts.Check(t.Context(), dir, scripts.LibraryOptions{Runtimes: runtimes(), Modules: bindings.ModuleNames()})
	if err != nil || len(list) != len(files) {
		t.Errorf("%d scripts of %d files, %v", len(list), len(files), err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Position, p.Message)
	}
}
