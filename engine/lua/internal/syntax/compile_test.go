package syntax

import (
	"errors"
	"strings"
	"testing"

	"github.com/yuin/gopher-lua/ast"

	"github.com/crisphost/crisphost/engine"
)

func TestCompileMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		code                string
		at, message, source string
	}{
		"bytecode":      {"\x1bLuaQ", "a.lua", "this is compiled Lua; only source text can be run", ""},
		"zero byte":     {"x = 1\n\x00\x01", "a.lua", "it has a zero byte in line 2", ""},
		"shebang":       {"#!/usr/bin/env crisphost\nx = = 1", "a.lua:2:5", "unexpected symbol near '='", "x = = 1"},
		"shebang alone": {"#!/usr/bin/env crisphost", "", "", ""},
		"mark":          {"\xef\xbb\xbfx = = 1", "a.lua:1:5", "unexpected symbol near '='", "x = = 1"},
		"mark, shebang": {"\xef\xbb\xbf#!x\ny = = 1", "a.lua:2:5", "unexpected symbol near '='", "y = = 1"},
		"windows lines": {"x = 1\r\ny = = 1\r\n", "a.lua:2:5", "unexpected symbol near '='", "y = = 1"},
		"characters":    {"local s = 'äöü' = 1", "a.lua:1:17", "unexpected symbol near '='", "local s = 'äöü' = 1"},
		"deep":          {"x = " + strings.Repeat("(", 100000) + "1" + strings.Repeat(")", 100000), "", "", ""},
		"deep tables":   {"x = " + strings.Repeat("{", 100000) + strings.Repeat("}", 100000), "a.lua:1", "nested more than 4000 levels deep", ""},
		"deep chain":    {"x = " + strings.Repeat("a..", 100000) + "a", "a.lua:1", "nested more than 4000 levels deep", ""},
		"deep calls":    {"f" + strings.Repeat("()", 100000), "a.lua:1", "nested more than 4000 levels deep", ""},
		"deep mistake":  {"x = " + strings.Repeat("{", 100000), "a.lua:1:100005", "syntax error", ""},
		"deep blocks":   {strings.Repeat("do ", 5000) + strings.Repeat("end ", 5000), "a.lua:1", "nested more than 4000 levels deep", ""},
		"long string":   {"x = [==[ abc\n ]]", "a.lua:2:4", "unfinished long string", " ]]"},
		"long comment":  {"--[[ abc", "a.lua:1:9", "unfinished long string or comment", "--[[ abc"},
		"no number":     {"x = 1\ny = 0E", "a.lua:2:5", "malformed number near '0E'", "y = 0E"},
		"no number, )":  {"print(1e)", "a.lua:1:7", "malformed number near '1e)'", "print(1e)"},
		"no exponent":   {"x = 'ä' .. 1e+\nx = = 1", "a.lua:1:12", "malformed number near '1e+'", ""},
		"too many":      {"local " + strings.Repeat("a,", 300) + "a", "a.lua", "too many local variables", ""},
		"large":         {strings.Repeat("x = 1\n", 2_000_000), "a.lua", "a script may have 8 MB", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Compile("a.lua", []byte(test.code))
			if test.message == "" {
				if err != nil {
					t.Errorf("error %v", err)
				}
				return
			}
			var e *engine.Error
			if !errors.As(err, &e) || e.Kind != engine.KindCompile {
				t.Fatalf("error %v", err)
			}
			if !strings.HasPrefix(e.Position.String(), test.at) || !strings.Contains(e.Message, test.message) {
				t.Errorf("%s: %s", e.Position, e.Message)
			}
			if test.source != "" && e.SourceLine != test.source {
				t.Errorf("source line %q", e.SourceLine)
			}
		})
	}
}

func TestSyntaxHints(t *testing.T) {
	for code, hint := range map[string]string{
		"x != 1":                         "a ~= b",
		"x += 1":                         "x = x + 1",
		"if x = 1 then end":              "==",
		"x = 1 // 2":                     "--",
		"if a && b then end":             "'and' and 'or'",
		"t.end = 1":                      `t["end"]`,
		"local t = {a: 1}":               "name = value",
		"while true do return 1 x() end": "do return end",
		"local s = 'a\nprint(1)":         "quote",
	} {
		_, err := Compile("a.lua", []byte(code))
		var e *engine.Error
		if !errors.As(err, &e) || !strings.Contains(e.Hint, hint) {
			t.Errorf("%s: error %v, hint %q", code, err, e.Hint)
		}
	}
}

// TestCompilePanics makes a mistake of the compiler's own, which must not end the process.
func TestCompilePanics(t *testing.T) {
	_, err := CompileChanged("test.lua", []byte("return 1"), func([]ast.Stmt) { panic("lost a register") })
	var failure *engine.Error
	if !errors.As(err, &failure) || failure.Kind != engine.KindCompile || failure.File != "test.lua" || !strings.Contains(failure.Message, "lost a register") {
		t.Errorf("compileText: %v", err)
	}
	if p := (*engine.PanicError)(nil); !errors.As(err, &p) || len(p.Stack) == 0 {
		t.Errorf("the error has no stack: %#v", err)
	}
}
