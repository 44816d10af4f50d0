package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/internal/valuepath"
)

func nothing(context.Context, []any) (any, error)      { return nil, nil }
func pending(context.Context, []any) (*Pending, error) { return nil, nil }
func module(name string, functions ...Function) *Module {
	return &Module{Name: name, Functions: functions}
}
func valued(name string, value any) *Module {
	return &Module{Name: "m", Values: []Constant{{Name: name, Value: value}}}
}
func around(m *Module, inner ...*Module) *Module { m.Modules = append(m.Modules, inner...); return m }

func TestModuleMistakes(t *testing.T) {
	self := module("m")
	around(self, self, self)
	ring := []any{nil}
	ring[0] = ring
	tests := []struct {
		name    string
		modules []ModuleSource
		want    string
	}{
		{"nil", []ModuleSource{nil}, "module 1 is nil"},
		{"typed nil", []ModuleSource{(*Module)(nil)}, "a module is nil"},
		{"nil builder", []ModuleSource{(*ModuleBuilder)(nil)}, "a module is nil"},
		{"no name", []ModuleSource{module("")}, `a module of "" has no name`},
		{"spaces", []ModuleSource{module("a b")}, `module name "a b" is not a name that scripts can write`},
		{"digit first", []ModuleSource{module("1a")}, `module name "1a" is not a name`},
		{"not ASCII", []ModuleSource{module("ä")}, `module name "ä" is not a name`},
		{"Lua keyword", []ModuleSource{module("end")}, `module name "end" is not a name`},
		{"JavaScript keyword", []ModuleSource{module("delete")}, `module name "delete" is a keyword of JavaScript`},
		{"global of Lua", []ModuleSource{module("string")}, `module name "string" would hide a global of Lua`},
		{"global of JavaScript", []ModuleSource{NewModule("console")}, `module name "console" would hide a global of JavaScript`},
		{"spelled in camel case", []ModuleSource{module("set_timeout")},
			`module name "set_timeout" would hide a global of JavaScript`},
		{"twice", []ModuleSource{module("a"), NewModule("a")}, `two modules are named "a"`},
		{"nil within", []ModuleSource{around(module("m"), nil)}, "module m has a nil module in it"},
		{"nil class", []ModuleSource{&Module{Name: "m", Classes: []*Class{nil}}}, "module m has a nil class in it"},
		{"in itself", []ModuleSource{self}, "module m.m contains itself"},
		{"no Call", []ModuleSource{module("m", Function{Name: "f"})}, "function m.f has no Call"},
		{"Call and Bind", []ModuleSource{module("m", Function{Name: "f", Call: nothing, Bind: pending})},
			"function m.f has Call and Bind"},
		{"function without a name", []ModuleSource{module("m", Function{Call: nothing})},
			`a function of "m." has no name`},
		{"function name", []ModuleSource{module("m", Function{Name: "a.b", Call: nothing})},
			`function name "m.a.b" is not a name`},
		{"two functions",
			[]ModuleSource{module("m", Function{Name: "get_x", Call: nothing}, Function{Name: "getX", Call: nothing})},
			`module m has two members "getX" (a function and a function)`},
		{"function and module", []ModuleSource{around(module("m", Function{Name: "x", Call: nothing}), module("x"))},
			`module m has two members "x" (a function and a module)`},
		{"Sync that sends", []ModuleSource{module("m", Function{Name: "f", Call: nothing, Sync: true, Effect: Send})},
			"function m.f has the effect send and cannot be Sync"},
		{"unknown effect", []ModuleSource{module("m", Function{Name: "f", Call: nothing, Effect: 9})},
			"function m.f has the unknown effect 9"},
		{"Apply", []ModuleSource{&Module{Name: "m", Apply: &Function{Name: "m"}}}, "function m has no Call"},
		{"value", []ModuleSource{valued("V", make(chan int))},
			"value m.V: has the Go type chan int, which scripts cannot take"},
		{"struct value", []ModuleSource{valued("V", struct{}{})},
			"value m.V: has the Go type struct {}, which scripts cannot take"},
		{"value name", []ModuleSource{valued("a-b", 1)}, `value name "m.a-b" is not a name`},
		{"large value", []ModuleSource{valued("V", uint64(1)<<60)}, "value m.V: is 1152921504606846976, beyond 2^53"},
		{"cyclic value", []ModuleSource{valued("V", ring)}, "value m.V: " + valuepath.TooDeep},
		{"permission", []ModuleSource{module("m", Function{Name: "f", Call: nothing, Permission: "ma"})},
			`function m.f needs the permission "ma", which no module describes`},
		{"permission of a method", []ModuleSource{NewModule("m").Type(&cursor{}, Method("Next", Needs("ma")))},
			`function m.cursor.next needs the permission "ma", which no module describes`},
		{"misspelt permission",
			[]ModuleSource{NewModule("store").Func("f", func() {}).Func("g", func() {}, Needs("stroe"))},
			`function store.g needs the permission "stroe", which no module describes; did you mean "store"?`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(fakeLanguage, WithModules(test.modules...))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			if n := strings.Count(err.Error(), "\n") + 1; n != 1 && test.name != "in itself" {
				t.Errorf("got %d lines: %s", n, err)
			}
		})
	}
}

func TestNewMistakes(t *testing.T) {
	runtime := func() Runtime { return fakeRuntime{} }
	tests := []struct {
		name    string
		options []Option
		want    string
	}{
		{"no language", nil, "engine: no language: pass lua.Language, js.Language, or both"},
		{"nil option", []Option{fakeLanguage, nil}, "engine: an option is nil"},
		{"nil within", []Option{Options(fakeLanguage, nil)}, "engine: an option is nil"},
		{"nil runtime", []Option{Languages(nil, Lua)}, "engine: the runtime of a language is nil"},
		{"language twice", []Option{fakeLanguage, Languages(runtime, Lua)}, "engine: the language lua is given twice"},
		{"nil gate", []Option{fakeLanguage, WithGate(nil)}, "engine: a gate is nil"},
		{"global name", []Option{fakeLanguage, WithGlobal("new", 1)},
			`engine: global "new" is not a name that scripts can write`},
		{"global value", []Option{fakeLanguage, WithGlobal("g", map[string]any{"a": func() {}})},
			"engine: global g: a: has the Go type func(), which scripts cannot take"},
		{"memory", []Option{fakeLanguage, WithMemoryLimit(-1)}, "engine: memory limit -1 is negative"},
		{"no module to replace", []Option{fakeLanguage, ReplaceModule(module("m"))},
			`engine: the engine has no module "m" to replace`},
		{"nil replacement", []Option{fakeLanguage, ReplaceModule(nil)}, "engine: a module is nil"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := New(test.options...)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if e != nil {
				t.Error("an engine came with the error")
			}
		})
	}
}

// All mistakes come at once.
func TestNewJoinsMistakes(t *testing.T) {
	_, err := New(nil, WithModules(module("a b"), NewModule("x").Func("f", nil)), WithGate(nil))
	for _, want := range []string{"an option is nil", `"a b"`, "x.f: the function is nil", "no language"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}

func TestOtherLanguage(t *testing.T) {
	e, err := New(fakeLanguage)
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Compile(context.Background(), FromString("a.js", "1"))
	if want := "compile a.js: this engine does not run js: it has lua"; errorText(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := Eval[int](context.Background(), e, "a.txt", "1"); err == nil ||
		!strings.Contains(err.Error(), "cannot tell the language") {
		t.Errorf("got %v", err)
	}
	if _, err := e.NewVM(TypeScript); err == nil {
		t.Error("no error")
	}
}
