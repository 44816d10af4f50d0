package lua

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

func TestSessionErrors(t *testing.T) {
	tests := []struct {
		name, code string
		position   string
		message    string
		line       string
	}{
		{"raised", "x = 1\nerror('bad')", "entry:2:1", "bad", "error('bad')"},
		{"in an expression", "nothing.field", "entry:1:9", "attempt to index a nil value (global 'nothing')", "nothing.field"},
		{"in a local", "local x, y = 'é', ({}).a.b", "entry:1:26", "attempt to index a nil value (field 'a')", "local x, y = 'é', ({}).a.b"},
		{"after a statement", "x = 1; x.y.z", "entry:1:10", "attempt to index a number value (global 'x')", "x = 1; x.y.z"},
		{"host", "crisp.people.get()", "entry:1:1", "people.get: the person is missing", "crisp.people.get()"},
		{"statement", "x = = 2", "entry:1:5", "unexpected symbol near '='", "x = = 2"},
		{"expression", "1 +* 2", "entry:1:4", "unexpected symbol near '*'", "1 +* 2"},
		{"two words", "foo bar", "entry:1:5", "'=' or a call expected near 'bar'", "foo bar"},
		{"bracket", "f(]", "entry:1:3", "unexpected symbol near ']'", "f(]"},
		{"string", "x = 'abc", "entry:1:5", "unfinished string near '\"abc'", "x = 'abc"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
			evaluate(t, s, "local before = 1")
			e := evaluateError(t, s, "entry", test.code)
			if e.Position.String() != test.position || e.Message != test.message || e.SourceLine != test.line {
				t.Errorf("got %s %q %q\nwant %s %q %q", e.Position, e.Message, e.SourceLine, test.position, test.message, test.line)
			}
			if o := evaluate(t, s, "before"); o.Text != "1" {
				t.Errorf("before = %s", o.Text)
			}
		})
	}
}

func TestSessionErrorOfEarlierEntry(t *testing.T) {
	s := sessionOf(t, engine.Config{})
	ctx := context.Background()
	if _, err := s.Eval(ctx, "[1]", "\n\nfunction f(x) return x.y.z end"); err != nil {
		t.Fatal(err)
	}
	e := evaluateError(t, s, "[2]", "a = 1\nf({})")
	if e.Position.String() != "[1]:3:26" || len(e.Trace) != 2 || e.Trace[1].String() != "[2]:2:1" {
		t.Errorf("got %v, trace %v", e, e.Trace)
	}
	if o := evaluate(t, s, "_error"); !strings.Contains(o.Text, "attempt to index a nil value") {
		t.Errorf("_error is %s", o.Text)
	}
}

func TestSessionCancel(t *testing.T) {
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
	evaluate(t, s, "n = 41")
	for _, code := range []string{
		"while true do end", "while true do pcall(function() while true do end end) end", "crisp.people.wait()", "while true do pcall(crisp.people.wait) end",
		"coroutine.wrap(function() while true do end end)()", "parallel(crisp.people.wait, function() while true do end end)",
		"setmetatable({}, {__index = function() while true do end end}).x", "for p in crisp.people.each() do while true do n = n end end",
		"('x'):rep(100000):find(('x-'):rep(50) .. 'y')",
	} {
		t.Run(code, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			timer := time.AfterFunc(30*time.Millisecond, cancel)
			defer timer.Stop()
			_, err := s.Eval(ctx, "entry", code)
			var e *engine.Error
			if !errors.As(err, &e) || e.Kind != engine.KindInterrupt && !strings.Contains(code, "find") {
				t.Errorf("got %v, want an interrupt", err)
			}
			if o := evaluate(t, s, "n + #crisp.people.list() - 1"); o.Text != "42" {
				t.Errorf("got %s afterwards", o.Text)
			}
		})
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err := s.Eval(ctx, "entry", "crisp.people.wait()")
	var e *engine.Error
	if !errors.As(err, &e) || e.Kind != engine.KindTimeout {
		t.Errorf("got %v, want a timeout", err)
	}
	if _, err := s.Eval(ctx, "entry", "while true do end"); err == nil {
		t.Error("an entry ran after its context had ended")
	}
}

func TestSessionOutcome(t *testing.T) {
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
	tests := []struct{ code, json, text, call string }{
		{"1.5", "1.5", "1.5", ""},
		{"2^53", "9007199254740992", "", ""},
		{"'ä'", `"ä"`, `"ä"`, ""},
		{"true", "true", "true", ""},
		{"{b = 1, a = {true, 'x'}}", `{"a":[true,"x"],"b":1}`, "", ""},
		{"{}", "{}", "{}", ""},
		{"crisp.people.list()", `[{"person_id":"a","email":"a@x.test"},{"person_id":"b","email":"b@x.test"}]`, "", ""},
		{"(function() local p = crisp.people.list()[1]; p.email = 1; return p end)()", `{"email":1,"person_id":"a"}`, "", ""},
		{"0/0", "", "", ""},
		{"{1, nil, 3}", "", "", ""},
		{"{1, a = 2}", "", "", ""},
		{"{f = print}", "", "", ""},
		{"print", "", "<function>", ""},
		{"1, nil, 'x'", "", "1\tnil\t\"x\"", ""},
		{"nil, 'failed'", "", "nil\t\"failed\"", ""},
		{"crisp.people.list", "", "<function>", "crisp.people.list"},
		{"crisp.people.each", "", "<function>", "crisp.people.each"},
	}
	for _, test := range tests {
		o := evaluate(t, s, test.code)
		if string(o.JSON) != test.json || test.text != "" && o.Text != test.text || o.Call != test.call || o.Text == "" {
			t.Errorf("%s: got JSON %s, text %s, call %s", test.code, o.JSON, o.Text, o.Call)
		}
	}
	o := evaluate(t, s, "crisp.people.each()")
	items := 0
	for _, err := range o.Sequence {
		if err != nil {
			t.Fatal(err)
		}
		items++
	}
	if items != 3 {
		t.Errorf("the stream had %d items", items)
	}
	if o := evaluate(t, s, "k = 0; for p in _ do k = k + 1 end; k"); o.Text != "3" {
		t.Errorf("the stream in _ had %s items", o.Text)
	}
}

func TestSessionRequire(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "util.lua"), []byte("local M = {}\nfunction M.fail()\n  error('in util')\nend\nfunction M.twice(x) return 2 * x end\nreturn M\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := NewRuntime().(engine.Interactive).NewSession(engine.Config{Modules: []*engine.Module{inbox()}}, root, root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	evaluate(t, s, "local util = require 'util'")
	if o := evaluate(t, s, "util.twice(4)"); o.Text != "8" {
		t.Errorf("got %s", o.Text)
	}
	if e := evaluateError(t, s, "entry", "util.fail()"); e.Position.String() != "util.lua:3:3" {
		t.Errorf("got %v", e)
	}
	if e := evaluateError(t, s, "entry", "require('nothing')"); !strings.Contains(e.Message, "nothing.lua") {
		t.Errorf("got %v", e)
	}
}

func TestSessionMembers(t *testing.T) {
	var out bytes.Buffer
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}, Globals: []engine.Constant{{Name: "args", Value: []any{"a"}}}, Stdout: &out})
	evaluate(t, s, `Base = {hello = function() end}; Base.__index = Base
		obj = setmetatable({n = 1, s = "", list = {1}, o = {deep = {x = true}}}, Base)
		magic = setmetatable({}, {__index = function() print("ran") return {} end, __pairs = function() print("ran") end})
		first = crisp.people.list()[1]
		people = crisp.people`)
	tests := []struct{ path, want string }{
		{"crisp", "people:module website_id:string"},
		{"crisp.people", "list:function each:function get:function exists:function wait:function count_now:function"},
		{"people", "list:function each:function get:function exists:function wait:function count_now:function"},
		{"obj", "list:array n:number o:object s:string __index:object hello:function"},
		{"obj.o.deep", "x:boolean"},
		{"first", "person_id:string email:string"},
		{"magic", ""},
		{"magic.x", ""},
		{"nothing", ""},
		{"nothing.more", ""},
		{"obj.n.x", ""},
	}
	for _, test := range tests {
		var got []string
		for _, m := range s.Members(test.path) {
			got = append(got, m.Name+":"+m.Kind)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: got %s\nwant %s", test.path, strings.Join(got, " "), test.want)
		}
	}
	all := s.Members("")
	for _, want := range []string{"crisp module", "obj object", "people module", "print function", "args array", "string module"} {
		name, kind, _ := strings.Cut(want, " ")
		if !slices.Contains(all, engine.Member{Name: name, Kind: kind}) {
			t.Errorf("%s is not among the globals", want)
		}
	}
	for _, path := range []string{"string", "obj.s"} {
		if !slices.Contains(s.Members(path), engine.Member{Name: "upper", Kind: "function"}) {
			t.Errorf("%s has no upper: %v", path, s.Members(path))
		}
	}
	if out.Len() > 0 {
		t.Errorf("looking ran the script: %s", &out)
	}
}

func TestSessionShared(t *testing.T) {
	s := sessionOf(t, engine.Config{})
	if err := s.Set("shared", map[string]any{"a": []any{int64(1), "x"}}); err != nil {
		t.Fatal(err)
	}
	evaluate(t, s, "shared.b = {c = 1.5}")
	value, err := s.Get("shared")
	if err != nil {
		t.Fatal(err)
	}
	object := value.(map[string]any)
	if object["b"].(map[string]any)["c"] != 1.5 || len(object["a"].([]any)) != 2 {
		t.Errorf("got %v", object)
	}
	if value, err := s.Get("nothing"); value != nil || err != nil {
		t.Errorf("nothing: %v, %v", value, err)
	}
	if _, err := s.Get("print"); err == nil {
		t.Error("print has a value")
	}
	if err := s.Set("x", struct{}{}); err == nil {
		t.Error("a struct was set")
	}
}

func TestSessionClose(t *testing.T) {
	s, err := NewRuntime().(engine.Interactive).NewSession(engine.Config{Modules: []*engine.Module{inbox()}}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	evaluate(t, s, "it = crisp.people.each(); it()")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Eval(context.Background(), "entry", "1"); err == nil {
		t.Error("a closed session evaluates")
	}
	if s.Members("crisp") != nil {
		t.Error("a closed session has members")
	}
}

// Parsers descend into what is nested, on a stack whose overflow ends the process.
func TestSessionSurvivesNesting(t *testing.T) {
	s := sessionOf(t, engine.Config{})
	for _, part := range []string{"(", "{", "f(", "not ", "-", "x=", "a..", "a.b.", "if x then ", "function() ", "[[", "x+", "a^", "do ", "while x do ", "f{", "f'' ", "for i=1,2 do ", "return function() "} {
		code := strings.Repeat(part, (1<<16)/len(part))
		s.Check(code)
		s.Script(code)
		s.Script(code + "a")
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		_, _ = s.Eval(ctx, "entry", code+"a")
		cancel()
	}
}
