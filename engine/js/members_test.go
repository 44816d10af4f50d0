package js

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestHostObjects uses the objects of modules as scripts use plain objects.
func TestHostObjects(t *testing.T) {
	value := func(name string, v any) engine.Constant { return engine.Constant{Name: name, Value: v} }
	m := &engine.Module{Name: "own", Values: []engine.Constant{value("A", 1), value("B", 2)}, Modules: []*engine.Module{
		{Name: "sub_group", Values: []engine.Constant{value("C", 3)}},
	}}
	for _, c := range []struct{ name, statements, value, want string }{
		{"keys", ``, `[Object.keys(own), Object.entries(own.subGroup), "A" in own, "x" in own, Object.hasOwn(own, "B")]`,
			`[["subGroup","A","B"],[["C",3]],true,false,true]`},
		{"loops", `const seen = []; for (const k in own) seen.push(k); const { A, ...rest } = own`, `[seen, A, rest]`,
			`[["subGroup","A","B"],1,{"subGroup":{"C":3},"B":2}]`},
		{"identity", ``, `own.subGroup === own.subGroup`, `true`},
		{"assignment", `own.A = 5; own.more = 6`, `[own.A, own.more, Object.keys(own)]`, `[5,6,["subGroup","A","B","more"]]`},
		{"deletion", `const gone = delete own.A; delete own.nothing`, `[gone, own.A, "A" in own, Object.keys(own)]`, `[true,null,false,["subGroup","B"]]`},
		{"added and deleted", `own.more = 1; delete own.more`, `[own.more, Object.keys(own)]`, `[null,["subGroup","A","B"]]`},
		{"deleted and assigned", `delete own.A; own.A = 7`, `[own.A, Object.keys(own)]`, `[7,["subGroup","A","B"]]`},
		{"properties", `Object.defineProperty(own, "A", { value: 8 })`, `[own.A, Object.getOwnPropertyDescriptor(own, "B")]`,
			`[8,{"value":2,"writable":true,"enumerable":true,"configurable":true}]`},
		{"what every object has", ``, `[typeof own.toString, own instanceof Object, String(own), typeof own.constructor]`,
			`["function",true,"[object Object]","function"]`},
		{"frozen", `Object.freeze(own); let failed; try { own.A = 9 } catch (e) { failed = e.name }`,
			`[failed, own.A, Object.isFrozen(own), Object.isExtensible(own)]`, `["TypeError",1,true,false]`},
		{"sealed", `Object.seal(own); own.A = 9; let failed, kept; try { own.more = 1 } catch (e) { failed = e.name }
			try { delete own.B } catch (e) { kept = e.name }`,
			`[failed, kept, own.A, Object.isSealed(own), Object.isFrozen(own)]`, `["TypeError","TypeError",9,true,false]`},
		{"the console", `console.log = (x) => console.info("[" + x + "]"); console.log(1)`, `[typeof console.table, Object.keys(console).length > 10]`,
			`["function",true]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := script{code: c.statements + "\nexport default JSON.stringify(" + c.value + ")", config: engine.Config{Modules: []*engine.Module{m}}}.run(t)
			if o.err != nil {
				t.Fatal(o.err)
			}
			if o.result != c.want {
				t.Errorf("%s, want %s", o.result, c.want)
			}
		})
	}
}

// TestGuardsAreNoMembers completes names after an entry that the engine has guarded.
func TestGuardsAreNoMembers(t *testing.T) {
	s := sessionOf(t, engine.Config{})
	if outcome, err := s.Eval(t.Context(), "entry", "let text = 'a'; text += 2n ** 3n; text"); err != nil || !strings.Contains(outcome.Text, "a8") {
		t.Fatalf("%s, error %v", outcome.Text, err)
	}
	for _, m := range s.Members("") {
		if strings.HasPrefix(m.Name, "__") {
			t.Errorf("%s is offered", m.Name)
		}
	}
}
