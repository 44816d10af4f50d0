package js

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// slowInbox is an Inbox with a call that waits, the first time, until as many of it go on as want says, and counts how many there were.
func slowInbox(want int64, peak *atomic.Int64) *engine.Module {
	m := enginetest.Inbox()
	var mu sync.Mutex
	going, reached := int64(0), make(chan struct{})
	m.Modules[0].Functions = append(m.Modules[0].Functions, engine.Function{Name: "slow", Call: func(ctx context.Context, args []any) (any, error) {
		mu.Lock()
		going++
		if peak.Store(max(peak.Load(), going)); going == want {
			close(reached)
			want = -1
		}
		mu.Unlock()
		select {
		case <-reached:
			time.Sleep(time.Millisecond) // in which others could begin
		case <-time.After(200 * time.Millisecond): // the calls are made one after the other
		case <-ctx.Done():
		}
		mu.Lock()
		going--
		mu.Unlock()
		return map[string]any{"id": args[0], "ok": false}, nil
	}}, engine.Function{Name: "fail", Call: func(context.Context, []any) (any, error) {
		time.Sleep(time.Millisecond)
		return nil, &engine.HostError{Name: "CrispError", Message: "no"}
	}})
	return m
}

// TestSessionWaits checks what calls of the host give in all the places where entries have them, and how many go on at the same time.
func TestSessionWaits(t *testing.T) {
	for _, test := range []struct {
		code, want string
		peak       int64
	}{
		{"await Promise.all([crisp.people.slow(1), crisp.people.slow(2), crisp.people.slow(3)]).then(l => l.length)", "3", 3},
		{"Promise.all([1,2,3].map(i => crisp.people.slow(i))).length", "3", 3},
		{"Promise.all([1,2,3].map(crisp.people.slow)).length", "3", 3},
		{"Promise.all([1,2,3].map(function (i) { return crisp.people.slow(i) })).length", "3", 3},
		{"Promise.all([...[1,2].map(i => crisp.people.slow(i)), crisp.people.slow(3)]).length", "3", 3},
		{"Promise.all([1,2,3].filter(i => !crisp.people.slow(i).ok).map(async i => (await crisp.people.slow(i)).id))", "[ 1, 2, 3 ]", 3},
		{"[1,2,3].map(i => crisp.people.slow(i).id)", "[ 1, 2, 3 ]", 1},
		{"[1,2,3].map(i => crisp.people.slow(i))[2].id", "3", 1},
		{"[1,2,3].map(crisp.people.slow)[2].id", "3", 1},
		{"[1,2,3].some(i => crisp.people.slow(i).ok)", "false", 1},
		{"map([1,2,3], i => crisp.people.slow(i).id, 8)", "[ 1, 2, 3 ]", 3},
		{"map([1,2,3], crisp.people.slow, 8).length", "3", 3},
		{"const one = i => crisp.people.slow(i).id; map([1,2,3], one, 8)", "[ 1, 2, 3 ]", 1},
		{"const two = async i => crisp.people.slow(i).id; map([1,2,3], two, 8)", "[ 1, 2, 3 ]", 3},
		{"parallel(() => crisp.people.slow(1).id, () => crisp.people.slow(2).id)", "[ 1, 2 ]", 2},
		{"async function f() { const a = crisp.people.slow(1), b = crisp.people.slow(2); return [(await a).id, (await b).id] }\nf()", "[ 1, 2 ]", 2},
		{"async function f() { const [a, b] = await Promise.all([crisp.people.slow(1), crisp.people.slow(2)]); return [a.id, b.id] }\nf()", "[ 1, 2 ]", 2},
		{"async function f() { if (crisp.people.slow(1).ok) return 1; for (const p of crisp.people.list()) if (crisp.people.slow(1).ok) return 2; return [...crisp.people.list()].length }\nf()", "2", 1},
		{"async function f() { return ['x'].filter(crisp.people.exists).length }\nf()", "0", 0},
		{"['x'].filter(crisp.people.exists).length", "0", 0},
		{"let p; (() => { p = Promise.all([crisp.people.slow(1), crisp.people.slow(2)]); return crisp.people.slow(3).id })() + p.then(l => l.length)", "5", 3},
		{"let order = []; const q = Promise.all([crisp.people.slow(1)]).then(() => order.push('then')); (() => { crisp.people.slow(2); crisp.people.slow(3); order.push('sync') })(); await q; order", "[ 'sync', 'then' ]", 2},
		{"let k = 0; const id = setInterval(() => k++, 1); (() => crisp.people.slow(1))(); const during = k; clearInterval(id); during", "0", 1},
		{"let k = 0; const id = setInterval(() => k++, 1); while (k < 3) crisp.people.get('a'); clearInterval(id); k >= 3", "true", 0},
		{"(() => { try { crisp.people.fail() } catch (e) { return e.message } })()", "'no'", 0},
		{"(() => { try { crisp.people.fail() } finally { return 7 } })()", "7", 0},
		{"let c = 0; function* g() { for (const p of crisp.people.each()) { yield crisp.people.get(p.person_id).email } }\nfor (const e of g()) { if (++c == 2) break }\nc", "2", 0},
		{"async function* ag() { for (let i = 0; i < 2; i++) yield crisp.people.slow(i).id }\nlet s = []; for await (const x of ag()) s.push(x)\ns", "[ 0, 1 ]", 1},
		{"let s = []; for await (const x of [crisp.people.slow(1), crisp.people.slow(2)]) s.push(x.id)\ns", "[ 1, 2 ]", 1},
		{"[3,1,2].sort((a, b) => crisp.people.slow(a).id - crisp.people.slow(b).id)", "[ 1, 2, 3 ]", 1},
		{"crisp?.people?.slow(1)?.id", "1", 1},
		{"crisp.nothing?.slow(1).id.x.y", "undefined", 0},
		{"crisp.people.nothing?.(1).id.x.y", "undefined", 0},
		{"(() => crisp.people.nothing?.(1).id.x.y)()", "undefined", 0},
		{"const t = s => crisp.people.slow(s[0]).id; t`5`", "'5'", 1},
		{"delete crisp.people.slow(1).id", "true", 1},
		{"import('crisp').then(m => m.people.slow(1).id)", "1", 1},
		{"import('crisp').people.slow(1).id", "1", 1},
		{"const w = new WeakMap(), o = {}; w.set(o, crisp.people.slow(1)); w.get(o).id", "1", 1},
		{"async function f() { const l = crisp.people.list(); return l.length }\nf()", "2", 0},
		{"async function f() { const l = [1, 2].map(i => crisp.people.slow(i)); return (await Promise.all(l)).length }\nf()", "2", 2},
		{"const l = [1, 2].map(i => crisp.people.slow(i)); (await Promise.all(l)).length", "2", 2},
		{"const l = crisp.people.slow(1); await l; l.then(x => x.id)", "1", 1},
		{"const [a, b] = [crisp.people.slow(1), crisp.people.slow(2)]; a.id + b.id", "3", 1},
		{"eval('crisp.people.exists(\"x\") ? 1 : 2')", "2", 0},
		{"(() => eval('crisp.people.exists(\"x\") ? 1 : 2'))()", "2", 0},
		{"new Function('return crisp.people.exists(\"x\") ? 1 : 2')()", "2", 0},
		{"let log = []; let q; (() => { q = Promise.all([crisp.people.slow(1)]).then(() => log.push('then')); crisp.people.slow(2); log.push('sync') })(); await q; log", "[ 'sync', 'then' ]", 2},
		{"const o = {async m() { return crisp.people.exists('x') ? 1 : 2 }}; o.m()", "2", 0},
		{"const c = (...a) => a.length ? crisp.people.slow(a[0]).id : 0; c(...[4])", "4", 1},
		{"let u = 0; for (const i of [1, 2]) { const f = () => crisp.people.slow(i).id; u += f() }\nu", "3", 1},
		{"switch (crisp.people.slow(1).id) { case crisp.people.slow(1).id: 'same' }", "undefined", 1},
		{"[[1, 2]].flatMap(l => l.map(i => crisp.people.slow(i).id))", "[ 1, 2 ]", 1},
		{"new Promise(r => r(crisp.people.slow(1).id))", "1", 1},
		{"new Promise(r => setTimeout(() => r(crisp.people.slow(1).id), 1))", "1", 1},
		{"const m = function () { return this.v + crisp.people.slow(1).id }; m.call({v: 1})", "2", 1},
		{"Object.defineProperty({}, 'x', {get: () => crisp.people.slow(1).id}).x", "1", 1},
		{"Array.from(crisp.people.each(), p => crisp.people.get(p.person_id).email).length", "3", 0},
		{"(() => { const [first] = crisp.people.each(); return first.person_id })()", "'a'", 0},
		// More calls than go on at the same time, each of which makes another one that waits.
		{"Promise.all(Array.from({length: 600}, (_, i) => crisp.people.slow(i).then(x => ['a'].map(id => crisp.people.get(id).email)[0]))).length", "600", 256},
		// Variables of one name in several functions, of which one stands for a promise.
		{"const f = () => { const p = crisp.people.exists('x'); return p.then(v => v) }, g = () => { const p = crisp.people.exists('x'); return p ? 1 : 2 }; g()", "2", 0},
		{"const f = () => { const p = crisp.people.exists('x'); return Promise.all([p]) }; const p = crisp.people.exists('x'); p ? 1 : 2", "2", 0},
		{"const p = crisp.people.slow(1); const f = () => { const p = crisp.people.exists('x'); return p ? 1 : 2 }; await p; f()", "2", 1},
		{"const f = () => { let p; const g = () => { p = crisp.people.slow(1) }; g(); return p.then(v => v.id) }; f()", "1", 1},
		{"const f = () => { const g = () => p.then(v => v.id); let p = crisp.people.slow(1); return g() }; f()", "1", 1},
		// Functions that run several times at once, and change what they share.
		{"let n = 0; map([1, 2, 3], i => { n += crisp.people.slow(i).id }, 8); n", "6", 1},
		{"let n = 0; map([1, 2, 3], async i => { n += crisp.people.slow(i).id }, 8); n", "6", 1},
		{"const n = {}; map([1, 2, 3], i => { n.x = (n.x || 0) + crisp.people.slow(i).id }, 8); n.x", "6", 1},
		{"const m = new Map(); map([1, 2, 3], i => { m.set('x', (m.get('x') || 0) + crisp.people.slow(i).id) }, 8); m.get('x')", "6", 1},
		{"let n = 0; parallel(() => { n += crisp.people.slow(1).id }, () => { n += crisp.people.slow(2).id }); n", "3", 1},
		{"const id = i => i; let n = 0; map([1, 2, 3], i => { n += id(i) }); n", "6", 0},
		{"const id = i => i; let n = 0; [1, 2, 3].map(async i => { n = n + id(i) }); n", "6", 0},
		{"const m = new Map(); map([1, 2, 3], i => { m.set('x', (m.get('x') || 0) + 1) }); m.get('x')", "3", 0},
		{"const id = i => i, n = {}; map([1, 2, 3], i => { const old = n.x || 0, now = id(i); n.x = old + now }); n.x", "6", 0},
		{"let n = 0; map([1, 2, 3], i => { let own = 1; own += crisp.people.slow(i).id; n += own }, 8); n", "9", 3},
		{"let n = 0; map([1, 2, 3], i => { const id = crisp.people.slow(i).id; n += id }, 8); n", "6", 3},
		{"const own = async i => crisp.people.slow(i).id, at = '#'; map([1, 2, 3], i => at + own(i), 8)", "[ '#1', '#2', '#3' ]", 3},
		{"const own = async i => crisp.people.slow(i).id; let n = 0; const all = async () => { for (const i of [1, 2]) n += own(i) }; all(); n", "3", 1},
		{"map([1, 2, 3], i => crisp.people.slow(i).id + crisp.people.slow(i).id, 8)", "[ 2, 4, 6 ]", 3},
		{"Math.max(...[1, 2].map(i => crisp.people.slow(i).id))", "2", 1},
	} {
		t.Run(test.code, func(t *testing.T) {
			var peak atomic.Int64
			s := sessionOf(t, engine.Config{Modules: []*engine.Module{slowInbox(test.peak, &peak)}})
			o := evaluate(t, s, test.code)
			text := o.Text
			if o.None {
				text = "undefined"
			}
			if text != test.want || peak.Load() != test.peak {
				t.Errorf("got %s with %d at once, want %s with %d", text, peak.Load(), test.want, test.peak)
			}
		})
	}
}

// savedCases are entries whose last one gives out a value. Those that must not be saved have a refusal.
var savedCases = []struct {
	entries []string
	refusal string
}{
	{entries: []string{"const has = e => crisp.people.exists(e)", "const label = e => has(e) ? 'yes' : 'no'", "out = ['x', 'y'].map(label)"}},
	{entries: []string{"function email(p) { return crisp.people.get(p.person_id).email }", "out = crisp.people.list().map(email)"}},
	{entries: []string{"function email(p) { return crisp.people.get(p.person_id).email }", "let s = ''; for (const p of crisp.people.each()) s += email(p)", "out = s"}},
	{entries: []string{"const all = () => { const list = []; for (const p of crisp.people.each()) list.push(p.email); return list }", "out = all()"}},
	{entries: []string{"const count = () => [...crisp.people.each()].length", "out = count() + [...crisp.people.each()].length"}},
	{entries: []string{"const [first] = crisp.people.each()", "out = first.email"}},
	{entries: []string{"const g = crisp.people.get", "const mail = id => g(id).email", "out = mail('a')"}},
	{entries: []string{"const twice = (f, x) => [f(x), f(x)]", "out = twice(id => crisp.people.get(id).email, 'a')"}},
	{entries: []string{"const o = {name: 'b', mail() { return crisp.people.get(this.name).email }}", "out = o.mail().length"}},
	{entries: []string{"class A { #id = 'a'; mail() { return crisp.people.get(this.#id).email } static make() { return new A() } }", "out = A.make().mail()"}},
	{entries: []string{"const both = () => Promise.all([crisp.people.get('a'), crisp.people.get('b')])", "out = both().length"}},
	{entries: []string{"const ids = ['a', 'b']", "out = map(ids, id => crisp.people.get(id).email, 2)"}},
	{entries: []string{"out = parallel(() => crisp.people.get('a').email, () => crisp.people.get('b').email)"}},
	{entries: []string{"out = retry(() => crisp.people.get('a').email, {times: 2}).length"}},
	{entries: []string{"const mail = id => retry(() => crisp.people.get(id).email, {times: 2})", "out = mail('a') + mail('b')"}},
	{entries: []string{"function mail() { return crisp.people.get('a').email }", "const again = () => retry(mail)", "out = [1, 2].map(again).join()"}},
	{entries: []string{"async function f(id) { return crisp.people.get(id).email }", "out = f('a') + f('b')"}},
	{entries: []string{"const p = crisp.people.get('a'), q = crisp.people.get('b'); const [a, b] = await Promise.all([p, q])", "out = a.email + b.email"}},
	{entries: []string{"const mails = ids => ids.map(id => crisp.people.get(id).email)", "out = mails(['a', 'b']).join()"}},
	{entries: []string{"const nested = () => { const inner = id => crisp.people.get(id); return inner('a').email }", "out = nested()"}},
	{entries: []string{"out = (() => crisp.people.get('a').email)()"}},
	{entries: []string{"const c = {list: ['a']}", "out = c.list?.map(id => crisp.people.get(id).email)[0]"}},
	{entries: []string{"const missing = {}", "out = missing.f?.(1).x ?? crisp.people.get('a')?.email"}},
	{entries: []string{"const f = flag => { if (flag && crisp.people.exists('x')) return 1; return crisp.people.exists('y') ? 2 : 3 }", "out = f(true)"}},
	{entries: []string{"async function* mails() { for (const id of ['a', 'b']) yield (await crisp.people.get(id)).email }", "let s = ''; for await (const m of mails()) s += m", "out = s"}},
	{entries: []string{"const {people} = crisp", "const f = () => people.list().length", "out = f()"}},
	{entries: []string{"const run = async () => { try { return crisp.people.get('a').email } finally { crisp.people.exists('x') } }", "out = run()"}},
	{entries: []string{"let n = 0", "const step = () => { n += crisp.people.list().length }", "step(); step()", "out = n"}},
	{entries: []string{"const make = () => id => crisp.people.get(id).email", "const mail = make()", "out = mail('a')"}},
	{entries: []string{"out = crisp.people.each().filter(p => crisp.people.get(p.person_id).email < 'b').toArray().length"}},
	{entries: []string{"out = crisp.people.each().map(async p => crisp.people.get(p.person_id).email).take(1).toArray()[0]"}},
	{entries: []string{"out = 0; crisp.people.each().forEach(p => { out += crisp.people.get(p.person_id).email.length })"}},
	{entries: []string{"out = crisp.people.list().filter(p => crisp.people.exists(p.email)).length"}, refusal: "filter does not wait for calls in a script"},
	{entries: []string{"const known = p => crisp.people.exists(p)", "out = ['a'].some(known)"}, refusal: "some does not wait for calls in a script"},
	{entries: []string{"out = 0; ['a', 'b'].map(id => { out += crisp.people.get(id).email.length })"}, refusal: "several of these calls wait at the same time, between reading and writing out"},
	{entries: []string{"const n = {a: 0}; ['a', 'b'].map(id => { n.a = n.a + crisp.people.list().length })", "out = n.a"}, refusal: "between reading and writing n.a"},
	{entries: []string{"const add = id => { out += crisp.people.get(id).email.length }", "out = 0; ['a', 'b'].map(add)"}, refusal: "between reading and writing out"},
	{entries: []string{"out = 0; ['a', 'b'].map(id => { const {email} = crisp.people.get(id); out += email.length })"}},
	{entries: []string{"const n = 'x: '", "out = ['a', 'b'].map(id => n + crisp.people.get(id).email).join()"}},
	{entries: []string{"out = 0; for (const id of ['a', 'b']) out += crisp.people.get(id).email.length"}},
	{entries: []string{"out = ['a'].filter(crisp.people.exists)"}, refusal: "filter does not wait for calls in a script"},
	{entries: []string{"out = ['b', 'a'].sort((x, y) => crisp.people.get(x).email < crisp.people.get(y).email ? -1 : 1)"}, refusal: "sort does not wait"},
	{entries: []string{"let s = ''; ['a'].forEach(id => { s += crisp.people.get(id).email })", "out = s"}, refusal: "forEach does not wait"},
	{entries: []string{"const o = {get mail() { return crisp.people.get('a').email }}", "out = o.mail"}, refusal: "a getter or setter cannot wait"},
	{entries: []string{"class B { constructor() { this.list = crisp.people.list() } }", "out = new B().list.length"}, refusal: "a constructor cannot wait"},
	{entries: []string{"class C { list = crisp.people.list() }", "out = new C().list.length"}, refusal: "a field of a class cannot wait"},
	{entries: []string{"function* g() { yield crisp.people.get('a').email }", "out = [...g()]"}, refusal: "a generator cannot wait"},
	{entries: []string{"const f = (n = crisp.people.list().length) => n", "out = f()"}, refusal: "the default value of a parameter cannot wait"},
	{entries: []string{"out = 'a b'.replace(/\\w/g, id => crisp.people.get(id).email)"}, refusal: "replace does not wait"},
	{entries: []string{"out = new Set(crisp.people.each()).size"}, refusal: "what takes this stream does not wait"},
	{entries: []string{"out = Array.from(crisp.people.each()).length"}, refusal: "what takes this stream does not wait"},
	{entries: []string{"out = String({toString() { return crisp.people.get('a').email }})"}, refusal: "what String calls cannot wait"},
}

// TestSessionSaved saves what a session has run, and compares what the scripts do with what the session did.
func TestSessionSaved(t *testing.T) {
	for _, test := range savedCases {
		for _, language := range []engine.Language{engine.JavaScript, engine.TypeScript} {
			t.Run(string(language)+" "+test.entries[len(test.entries)-1], func(t *testing.T) {
				cfg := engine.Config{Modules: []*engine.Module{inbox()}}
				s := sessionOf(t, cfg)
				if err := s.(engine.MultilingualSession).SetLanguage(language); err != nil {
					t.Fatal(err)
				}
				for _, code := range test.entries {
					evaluate(t, s, code)
				}
				want, err := s.Get("out")
				if err != nil {
					t.Fatal(err)
				}
				texts, err := s.Scripts(test.entries)
				var unsavable *engine.UnsavableError
				switch {
				case test.refusal != "":
					if !errors.As(err, &unsavable) || !strings.Contains(unsavable.Err.Message, test.refusal) || unsavable.Err.Hint == "" || unsavable.Err.Line == 0 {
						t.Errorf("saved as %q, %v; want %s", texts, err, test.refusal)
					}
					return
				case err != nil:
					t.Fatal(err)
				}
				script := strings.Join(texts, "\n") + "\nexport default out\n"
				rt := NewRuntime()
				program, err := rt.Compile(t.Context(), engine.Source{Name: "saved." + string(language), Code: []byte(script), Language: language}, []string{"crisp"})
				if err != nil {
					t.Fatalf("%s\n%v", script, err)
				}
				vm, err := rt.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = vm.Close() }()
				got, err := vm.Run(t.Context(), program)
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s\ngot %v, %v, want %v", script, got, err, want)
				}
			})
		}
	}
}

// TestSessionPromises takes promises of functions of the entries' own for their results.
func TestSessionPromises(t *testing.T) {
	for code, want := range map[string]string{
		"const p = get('a'); await p; p.email":                                "write (await ...).email",
		"const f = () => { const p = get('a'); return p.email }; f()":         "this is a promise: make the function around it async and write (await ...).email",
		"const f = () => get('a').email; f()":                                 "get gives a promise, which has to be awaited",
		"const f = () => get('a') ? 1 : 2; f()":                               "get gives a promise, which has to be awaited",
		"const f = () => [1].filter(() => get('a')); f()":                     "get gives a promise, which has to be awaited",
		"const f = () => [1].filter(get); f()":                                "filter takes the promise of an async function",
		"const f = () => `${get('a')}`; f()":                                  "get gives a promise, which has to be awaited",
		"const f = () => [1].some(async () => false); f()":                    "some takes the promise of an async function",
		"const f = () => [1].flatMap(async x => [x]); f()":                    "flatMap takes the promise of an async function",
		"const f = () => { for (const x of get('a')) x }; f()":                "get gives a promise, which has to be awaited",
		"const f = () => { const [x] = get('a'); return x }; f()":             "get gives a promise, which has to be awaited",
		"const f = () => ({...get('a')}); f()":                                "get gives a promise, which has to be awaited",
		"const f = () => get('a') + 1; f()":                                   "get gives a promise, which has to be awaited",
		"const f = () => Promise.all([get('a')]).length; f()":                 "Promise.all gives a promise, which has to be awaited",
		"let n = ''; map(['a'], id => { n += get(id).email }); n":             "get gives a promise, which has to be awaited",
		"const f = () => { const all = map(['a'], get); return all[0] }; f()": "write (await ...)[0]",
	} {
		s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
		evaluate(t, s, "async function get(id) { return crisp.people.get(id) }")
		if o, err := s.Eval(t.Context(), "entry", code); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s, %v, want %s", code, o.Text, err, want)
		}
	}
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
	evaluate(t, s, "async function get(id) { return crisp.people.get(id) }")
	for code, want := range map[string]string{
		"get('a').email": "'a@x.test'", "['a'].map(get)[0].email": "'a@x.test'", "(() => get('a'))().email": "'a@x.test'",
		"const hold = () => { const p = get('a'); return [p instanceof Promise, typeof p, Object.keys(p).length, p.hasOwnProperty('x'), 'then' in p].join() }; hold()": "'true,object,0,false,true'",
		"const hidden = () => { const p = get('a'); console.log(p); return String(Object.prototype.toString.call(p)) + JSON.stringify({p}) }; hidden()":                `'[object Promise]{"p":{}}'`,
	} {
		if o, err := s.Eval(t.Context(), "entry", code); err != nil || o.Text != want {
			t.Errorf("%s: %s, %v, want %s", code, o.Text, err, want)
		}
	}
}
