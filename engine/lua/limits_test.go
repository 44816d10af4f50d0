package lua

import (
	"errors"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// TestFullStack fills the stack of values in every way that a script has. Each is an error of the script, and the VM goes on.
func TestFullStack(t *testing.T) {
	for _, c := range []struct{ name, code string }{
		{"string.byte", `string.byte(("x"):rep(1e7), 1, -1)`},
		{"string.byte, protected", `error((select(2, pcall(string.byte, ("x"):rep(1e7), 1, -1))), 0)`},
		{"utf8.codepoint", `utf8.codepoint(("x"):rep(1e7), 1, -1)`},
		{"unpack", `unpack({}, 1, 1e7)`},
		{"unpack from below", `unpack({}, -2^62, 2^62)`},
		{"many arguments", `local function f(...) return f(unpack({}, 1, 3e4), ...) + f(...) end f(unpack({}, 1, 1.2e5))`},
		{"many arguments, protected", `local function f(...) local ok, e = pcall(f, unpack({}, 1, 3e4), ...) error(e, 0) end f(unpack({}, 1, 1.2e5))`},
		{"many variables", "local function f(n) local " + strings.Repeat("a, ", 190) + "z; string.rep('x', 1) return 1 + f(n) end f(1)"},
		{"in a coroutine", `local co = coroutine.wrap(function() return string.byte(("x"):rep(1e7), 1, -1) end) co()`},
		{"out of a coroutine", `local function f(...) return 1 + f(1, coroutine.wrap(function() return unpack({}, 1, 1.2e5) end)()) end f()`},
		{"pcall inside itself", `local function f() local ok, e = pcall(f) error(e, 0) end f()`},
		{"parallel", `parallel(function() string.byte(("x"):rep(1e7), 1, -1) end)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			rt := NewRuntime()
			v := enginetest.NewVM(t, rt, engine.Config{})
			run := func(code string) (any, error) {
				p, err := enginetest.Script{Source: engine.Source{Name: "test.lua", Code: []byte(code)}}.Compile(rt)
				if err != nil {
					t.Fatal(err)
				}
				return v.Run(t.Context(), p)
			}
			for range 2 {
				_, err := run(c.code)
				var failure *engine.Error
				if !errors.As(err, &failure) || !strings.Contains(failure.Message, "too many") && !strings.Contains(failure.Message, "stack overflow") {
					t.Errorf("Run: %v", err)
				}
			}
			if result, err := run("local n = 1; local f = function() n = n + 1 end; pcall(f); return n"); err != nil || result != int64(2) {
				t.Errorf("the next program: %v, error %v", result, err)
			}
		})
	}
}
