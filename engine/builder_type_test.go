package engine

import (
	"context"
	"reflect"
	"testing"
)

// cursor is a handle type.
type cursor struct {
	at     int
	closed int
}

func (c *cursor) Next(ctx context.Context, by *int) int {
	if by == nil {
		c.at++
	} else {
		c.at += *by
	}
	return c.at
}
func (c *cursor) NextPage() *cursor { return c }
func (c *cursor) Close() error      { c.closed++; return nil }

func TestHandles(t *testing.T) {
	var made []*cursor
	m := moduleOf(t, NewModule("m").
		Func("open", func() *cursor { made = append(made, &cursor{}); return made[len(made)-1] }).
		Func("none", func() *cursor { return nil }).
		Func("list", func() []*cursor { return made }).
		Func("at", func(c *cursor) int { return c.at }).
		Type(&cursor{}, Doc("A place in a list."), Method("Next", Writes(), Doc("Goes on.", "by: how far"))))
	i := NewInvoker(&Config{})
	run := func(f *Function, name string, args ...any) (any, error) {
		return i.Call(context.Background(), f, name, args)
	}
	get := func(name string) *Function { f, _, _ := m.Member(name, nil); return f }

	value, err := run(get("open"), "m.open")
	h, ok := value.(Handle)
	if err != nil || !ok || h.Value != any(made[0]) || h.Class.Name != "cursor" || h.Class.Doc != "A place in a list." {
		t.Fatalf("got %#v, %v", value, err)
	}
	var names []string
	for _, f := range h.Class.Methods {
		names = append(names, f.Name)
	}
	if want := []string{"close", "next", "next_page"}; !reflect.DeepEqual(names, want) {
		t.Errorf("got methods %v, want %v", names, want)
	}
	if !reflect.DeepEqual(m.Classes, []*Class{h.Class}) || h.Class.Module != "m" {
		t.Errorf("got classes %+v of module %q", m.Classes, h.Class.Module)
	}
	next := &h.Class.Methods[1]
	if next.Effect != Write || next.permission(h.Class.CallName("next")) != "m" || next.Doc != "Goes on." || next.Params[0].Name != "by" {
		t.Errorf("got %+v", next)
	}
	if got, err := run(next, "cursor.next", h); err != nil || got != int64(1) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := run(next, "cursor.next", h, int64(4)); err != nil || got != int64(5) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := run(&h.Class.Methods[2], "cursor.next_page", h); err != nil || got != any(h) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := run(get("at"), "m.at", h); err != nil || got != int64(5) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := run(get("none"), "m.none"); err != nil || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := run(get("list"), "m.list"); err != nil || !reflect.DeepEqual(got, []any{h}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, test := range []struct {
		f    *Function
		name string
		args []any
		want string
	}{
		{next, "cursor.next", nil, "cursor.next: is a method and was called without its cursor"},
		{next, "cursor.next", []any{int64(1)}, "cursor.next: is a method and was called without its cursor"},
		{next, "cursor.next", []any{h, "x"}, "cursor.next: argument 1: takes a number, not a string"},
		{next, "cursor.next", []any{h, int64(1), int64(2)}, "cursor.next: takes one argument at most, got 2"},
		{get("at"), "m.at", []any{map[string]any{}}, "m.at: argument 1: takes a cursor, not an object"},
		{get("at"), "m.at", []any{Handle{Value: new(int), Class: &Class{Name: "Other"}}},
			"m.at: argument 1: takes a cursor, not an Other"},
	} {
		if _, err := run(test.f, test.name, test.args...); errorText(err) != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}

	// The first one is closed by the script, the second with the instance.
	if _, err := run(get("open"), "m.open"); err != nil {
		t.Fatal(err)
	}
	if _, err := run(&h.Class.Methods[0], "cursor.close", h); err != nil {
		t.Fatal(err)
	}
	i.Close()
	i.Close()
	if made[0].closed != 1 || made[1].closed != 1 {
		t.Errorf("closed %d and %d times", made[0].closed, made[1].closed)
	}
}

func TestOnlyLeavesMethodsOut(t *testing.T) {
	e, err := New(fakeLanguage, WithModules(NewModule("m").Type(&badHandle{}, Only("Read"))))
	if err != nil {
		t.Fatal(err)
	}
	if class := e.types.classes[reflect.TypeFor[*badHandle]()]; len(class.Methods) != 1 ||
		class.Methods[0].Name != "read" {
		t.Errorf("got %+v", class.Methods)
	}
}

// Types are known to all modules of an engine, in any order, and to no other engine.
func TestTypesOfOtherModules(t *testing.T) {
	user := NewModule("user").Func("open", func() *cursor { return &cursor{} })
	owner := NewModule("owner").Type(&cursor{})
	with, err := New(fakeLanguage, WithModules(user, owner))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := call(&with.Modules()[0].Functions[0]); err != nil {
		t.Error(err)
	} else if _, ok := got.(Handle); !ok {
		t.Errorf("got %#v", got)
	}
	without, err := New(fakeLanguage, WithModules(user))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := call(&without.Modules()[0].Functions[0]); err != nil {
		t.Error(err)
	} else if _, ok := got.(Record); !ok {
		t.Errorf("got %#v", got)
	}
}

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{
		"Next": "next", "NextPage": "next_page", "HTTPServer": "http_server", "GetURL": "get_url", "ID": "id",
		"Base64": "base64",
		"ToJSON": "to_json", "X": "x",
	} {
		if got := snake(name); got != want {
			t.Errorf("snake(%q) = %q, want %q", name, got, want)
		}
	}
}
