package lua

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestErrorsInCoroutines: an error in a coroutine names the variable, the column and the calls as one outside does.
func TestErrorsInCoroutines(t *testing.T) {
	host := &engine.Module{Name: "host", Functions: []engine.Function{{Name: "fail", Call: engineFail}}}
	for _, c := range []struct{ name, code, want, trace string }{
		{"wrap", "local co = coroutine.wrap(function()\n  local x\n  print(x.foo)\nend)\nco()",
			"main.lua:3:11: attempt to index a nil value (local 'x')", "3:11 5:1"},
		{"resume", "local function inner() local t = {} t.a.b = 1 end\nassert(coroutine.resume(coroutine.create(function() inner() end)))",
			"main.lua:1:41: attempt to index a nil value (field 'a')", "1:41 2:53 2:1"},
		{"again", "for x in coroutine.wrap(function()\n  for y in coroutine.wrap(function() coroutine.yield(1) nosuch() end) do\n    coroutine.yield(y)\n  end\nend) do end",
			"main.lua:2:57: attempt to call a nil value (global 'nosuch')", "2:57 2:3 1:1"},
		{"arithmetic", "local co = coroutine.wrap(function(t) return t.n + 1 end)\nlocal x = co({})",
			"main.lua:1:50: attempt to perform arithmetic on a nil value (field 'n')", "1:50 2:11"},
		{"thrown", "local co = coroutine.wrap(function() error('oh', 0) end)\nco()", "main.lua:1:38: oh", "1:38 2:1"},
		{"table", "local co = coroutine.wrap(function() error({ message = 'oh' }) end)\nco()", "main.lua:1:38: oh", "1:38 2:1"},
		{"host", "local co = coroutine.wrap(function() host.fail() end)\nco()", "main.lua:1:38: host.fail: no", "1:38 2:1"},
		{"overflow", "local co = coroutine.wrap(function()\n  local function g() return g() + 1 end\n  g()\nend)\nco()",
			"main.lua:2:18: stack overflow: calls are nested more than", ""},
		{"overflow outside", "local function g()\n  return g() + 1\nend\ng()", "main.lua:2:10: stack overflow: calls are nested more than", ""},
		{"stale", "coroutine.resume(coroutine.create(function() error('same', 0) end))\nlocal text = 'sa' .. 'me'\nerror(text, 0)",
			"main.lua:3:1: same", "3:1"},
	} {
		_, _, err := script(t, engine.Config{Modules: []*engine.Module{host}}, c.code)
		var e *engine.Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
			continue
		}
		var trace []string
		for _, f := range e.Trace {
			trace = append(trace, fmt.Sprintf("%d:%d", f.Line, f.Column))
		}
		if got := strings.Join(trace, " "); c.trace != "" && got != c.trace || len(trace) > 10 {
			t.Errorf("%s: trace %s, want %s", c.name, got, c.trace)
		}
	}
}

func engineFail(context.Context, []any) (any, error) {
	return nil, &engine.HostError{Call: "host.fail", Message: "no"}
}

// TestYieldAcrossPcall: nothing inside of a coroutine can catch the error of a yield that is refused, so that no loop ends
// early without a word.
func TestYieldAcrossPcall(t *testing.T) {
	for name, code := range map[string]string{
		"pcall":  "for v in coroutine.wrap(function() pcall(function() coroutine.yield(1) end) end) do end",
		"xpcall": "for v in coroutine.wrap(function() xpcall(function() coroutine.yield(1) end, print) end) do end",
		"twice":  "for v in coroutine.wrap(function() pcall(pcall, function() coroutine.yield(1) end) end) do end",
		"sort":   "local co = coroutine.wrap(function() pcall(table.sort, { 2, 1 }, function() coroutine.yield(1) end) end) co()",
		"resume": "assert(coroutine.resume(coroutine.create(function() pcall(coroutine.yield, 1) end)))",
	} {
		_, _, err := script(t, engine.Config{}, code)
		if err == nil || !strings.Contains(err.Error(), "attempt to yield across") {
			t.Errorf("%s: %v", name, err)
		}
	}
	out, _, err := script(t, engine.Config{}, `
local co = coroutine.wrap(function() pcall(function() coroutine.yield(1) end) end)
print(pcall(co))
-- A pcall around the loop, and one inside that has nothing to do with the yield.
print(pcall(function()
  for v in coroutine.wrap(function() print(pcall(error, "x")) coroutine.yield(1) end) do print(v) end
end))`)
	want := "false\tmain.lua:2: attempt to yield across pcall; yield outside of the function that pcall calls, " +
		"or put pcall around the resume\nfalse\tx\n1\ntrue\n"
	if err != nil || out != want {
		t.Errorf("%v, printed %s", err, out)
	}
}
