package lua

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

func TestSessionErrors(t *testing.T) {
	enginetest.CheckEntryErrors(t, NewRuntime(), "local before = 1", []enginetest.EntryErrorCase{
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
	})
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
	enginetest.CheckEntryStops(t, s, []string{
		"while true do end", "while true do pcall(function() while true do end end) end", "crisp.people.wait()", "while true do pcall(crisp.people.wait) end",
		"coroutine.wrap(function() while true do end end)()", "parallel(crisp.people.wait, function() while true do end end)",
		"setmetatable({}, {__index = function() while true do end end}).x", "for p in crisp.people.each() do while true do n = n end end",
		"('x'):rep(100000):find(('x-'):rep(50) .. 'y')",
	}, func(t *testing.T) {
		if o := evaluate(t, s, "n + #crisp.people.list() - 1"); o.Text != "42" {
			t.Errorf("got %s afterwards", o.Text)
		}
	})
}

func TestSessionOutcome(t *testing.T) {
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
	enginetest.CheckOutcomes(t, s, []enginetest.OutcomeCase{
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
	})
}

func TestSessionRequire(t *testing.T) {
	root := t.TempDir()
	enginetest.WriteFiles(t, root, map[string]string{
		"util.lua": "local M = {}\nfunction M.fail()\n  error('in util')\nend\nfunction M.twice(x) return 2 * x end\nreturn M\n",
	})
	s := enginetest.NewSessionAt(t, NewRuntime(), engine.Config{Modules: []*engine.Module{inbox()}}, root)
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
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}, Stdout: &out})
	evaluate(t, s, `Base = {hello = function() end}; Base.__index = Base
		obj = setmetatable({n = 1, s = ""}, Base)
		people = crisp.people.list()
		magic = setmetatable({}, {__index = function() print("ran") return {} end, __pairs = function() print("ran") end})`)
	for _, test := range []struct{ path, want string }{
		{"obj", "n:number s:string __index:object hello:function"},
		{"people.2", "person_id:string email:string"},
		{"people.9", ""},
		{"people.x", ""},
		{"magic", ""},
		{"magic.x", ""},
	} {
		if got := enginetest.Members(s, test.path); got != test.want {
			t.Errorf("%s: got %s\nwant %s", test.path, got, test.want)
		}
	}
	enginetest.CheckMembers(t, s, map[string]string{
		"": "obj:object print:function string:module", "string": "upper:function", "obj.s": "upper:function",
	})
	if out.Len() > 0 {
		t.Errorf("looking ran the script: %s", &out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
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
		enginetest.Saved(s, code)
		enginetest.Saved(s, code+"a")
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		_, _ = s.Eval(ctx, "entry", code+"a")
		cancel()
	}
}
