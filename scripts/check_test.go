package scripts_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
)

// check writes scripts and returns their problems, one a line.
func check(t *testing.T, files map[string]string, own ...engine.ModuleSource) string {
	t.Helper()
	l := &library{t: t, dir: t.TempDir()}
	for name, code := range files {
		l.write(name, code)
	}
	_, problems, err := scripts.Check(t.Context(), l.dir, scripts.LibraryOptions{Engine: newEngine(t, own...)})
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
		{"a.lua", "-- @permissions people:read\nstore.set('a', 1) print(store.get('a'))", "a.lua:2:1: permission a: store.set needs the permission store:write\na.lua:2:25: permission a: store.get needs the permission store:read"},
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
		{"a.js", "// @permissions conversation:read\n", `a.js:1:17: header a: unknown permission "conversation:read"`},
		{"a.lua", "-- @timeout soon\n-- @permissions conversation:read store:some people:write\n-- @memory lots\nlet = 1", `a.lua:1:13: header a: "soon" is not a duration above zero
a.lua:2:17: header a: unknown permission "conversation:read"
a.lua:2:35: header a: unknown effect "some" in "store:some"
a.lua:3:12: header a: "lots" is not a size`},
		{"a.js", "// @permissions conversations:read\nfor await (const c of crisp.conversations.each()) { await crisp.conversations.messages.send(c.session_id, {}); await crisp.conversations.delete(c.session_id) }", "a.js:2:59: permission a: crisp.conversations.messages.send needs the permission conversations:write (and 1 more such call)"},
	} {
		if got := strings.TrimSuffix(check(t, map[string]string{c.file: c.code}), "\n"); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.code, got, c.want)
		}
	}
}

// TestCheckModules has calls of every module, those of the program's own included, and of paths of the API.
func TestCheckModules(t *testing.T) {
	function := func(context.Context, []any) (any, error) { return nil, nil }
	billing := &engine.Module{
		Name: "my_billing", Apply: &engine.Function{Name: "my_billing", Call: function},
		Functions: []engine.Function{
			{Name: "open_invoices", Call: function},
			{Name: "charge", Effect: engine.Write, Call: function},
			{Name: "round", Permission: engine.NoPermission, Call: function},
		},
		Modules: []*engine.Module{{Name: "plans", Functions: []engine.Function{{Name: "cancel_all", Effect: engine.Delete, Call: function}}}},
		Values:  []engine.Constant{{Name: "CURRENCY", Value: "EUR"}},
	}
	const api = "crisp.api."
	for _, c := range []struct{ permissions, lua, js, want, hint string }{
		{"my_billing:read", "my_billing.open_invoices()", "myBilling.openInvoices()", "", ""},
		{"store", "my_billing.open_invoices()", "myBilling.openInvoices()", "BILLING.OPEN needs the permission my_billing:read", "add my_billing:read to @permissions"},
		{"store", "my_billing.charge(1)", "myBilling.charge(1)", "BILLING.charge needs the permission my_billing:write", "add my_billing:write to @permissions"},
		{"my_billing:read", "my_billing.charge(1)", "myBilling.charge(1)", "BILLING.charge needs the permission my_billing:write", "add my_billing:write to @permissions"},
		{"my_billing:write", "my_billing.charge(1)", "myBilling.charge(1)", "", ""},
		{"my_billing:write", "my_billing.plans.cancel_all()", "myBilling.plans.cancelAll()", "", ""},
		{"store", "my_billing.round(1)", "myBilling.round(1)", "", ""},
		{"store", "my_billing(1)", "myBilling(1)", "BILLING needs the permission my_billing:read", "add my_billing:read to @permissions"},
		{"store", "my_billing.CURRENCY:sub(1)", "myBilling.CURRENCY.slice(1)", "", ""},
		{"", "my_billing.chargee(1)", "myBilling.chargee(1)", `no call is named "BILLING.chargee"`, `did you mean "BILLING.charge"?`},
		{"", "my_billing.charge.now()", "myBilling.charge.now()", `no call is named "BILLING.charge.now"`, ""},
		{"", "my_billing.plans()", "myBilling.plans()", `no call is named "BILLING.plans"`, ""},
		{"", "store.gett('a')", "store.gett('a')", `no call is named "store.gett"`, `did you mean "store.get"?`},
		{"", "store()", "store()", `no call is named "store"`, ""},
		{"store", "files.write('a', 'b')", "files.write('a', 'b')", "files.write needs the permission files:write", "add files:write to @permissions"},
		{"files:write", "files.read('a')", "files.read('a')", "files.read needs the permission files:read", "add files:read to @permissions"},
		{"store", "files.read('-')", "files.read('-')", "", ""},
		{"files", "files.read('a') files.write('a', 'b')", "files.read('a'); files.write('a', 'b')", "", ""},
		{"store", "env.get('TEAM')", "env.get('TEAM')", "env.get needs the permission env:TEAM", "add @env TEAM to the header"},
		{"", "env.get('TEAM')", "env.get('TEAM')", "env.get needs the permission env:TEAM", "add @env TEAM to the header"},
		{"env:TEAM", "env.get('TEAM') env.get('CRISPHOST_RUN_ID') env.get(x) env.TEAM:sub(1)", "env.get('TEAM'); env.get('CRISPHOST_TICK'); env.get(x); env.TEAM.slice(1)", "", ""},
		{"store", "log.info('a') time.now() print_table({})", "log.info('a'); time.now(); printTable([]); crypto.randomUUID(); store.hasOwnProperty('x')", "", ""},
		{"conversations:read", api + "get('website/{website_id}/conversations/1')", api + "get('/website/{website_id}/conversations/1')", "", ""},
		{"conversations:read", api + "post('website/{website_id}/conversation')", api + "post('website/{website_id}/conversation', {})", "crisp.api.post needs the permission conversations:write", "add conversations:write to @permissions"},
		{"api", api + "patch('website/w/people/profile/x')", api + "patch(`website/w/people/profile/x`)", "crisp.api.patch needs the permission people:write", "add people:write to @permissions"},
		{"store", api + "get('unknown/thing')", api + "get('unknown/thing')", "crisp.api.get needs the permission api:read", "add api:read to @permissions"},
		{"api:read", api + "delete('unknown/thing')", api + "delete('unknown/thing')", "crisp.api.delete needs the permission api:write", "add api:write to @permissions"},
		{"store", api + "post(path) " + api + "call({ method = 'POST', path = 'a' })", api + "post(path); " + api + "call({ method: 'POST', path: 'a' })", "", ""},
		{"", "crisp.foo()", "crisp.foo()", `no call is named "crisp.foo"`, ""},
		{"fetch:a.org:443", "local fetch = 1", "fetch('https://a.org/x'); fetch('HTTPS://A.org.:443')", "", ""},
		{"", "crisp.people.event_names.list()", "crisp.people.eventNames.list()", "", ""},
	} {
		header := ""
		if c.permissions != "" {
			header = "@permissions " + c.permissions
		}
		for file, code := range map[string]string{"a.lua": "-- " + header + "\n" + c.lua, "a.ts": "// " + header + "\ndeclare const x: any, path: any;\n" + c.js} {
			spelled := strings.NewReplacer("BILLING", "my_billing", "OPEN", "open_invoices")
			if file == "a.ts" {
				spelled = strings.NewReplacer("BILLING", "myBilling", "OPEN", "openInvoices")
			}
			l := &library{t: t, dir: t.TempDir()}
			l.write(file, code)
			_, problems, err := scripts.Check(t.Context(), l.dir, scripts.LibraryOptions{Engine: newEngine(t, billing)})
			if err != nil {
				t.Fatal(err)
			}
			message, hint := "", ""
			for _, p := range problems {
				message, hint = message+p.Message, hint+p.Hint
			}
			want, wantHint := spelled.Replace(c.want), spelled.Replace(c.hint)
			if message != want || wantHint != "" && hint != wantHint {
				t.Errorf("%s\n%s: %s, want %s\nhint %s, want %s", c.permissions, code, message, want, hint, wantHint)
			}
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
	list, problems, err := scripts.Check(t.Context(), dir, scripts.LibraryOptions{Engine: newEngine(t)})
	if err != nil || len(list) != len(files) {
		t.Errorf("%d scripts of %d files, %v", len(list), len(files), err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Position, p.Message)
	}
}
