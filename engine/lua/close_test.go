package lua

import (
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// TestCloseDuringCall closes an instance out of its own call.
func TestCloseDuringCall(t *testing.T) {
	loaded := func(t *testing.T, cfg engine.Config, open bool, body string) engine.VM {
		code := "function f() " + body + " end"
		if open {
			code = "local each = host.open() each() " + code
		}
		return newInstance(t, cfg, code)
	}
	enginetest.CheckCloseDuringCall(t, loaded, "host.stop()", map[string]string{
		"host call":         "return host.stop()",
		"synchronous call":  "return host.stop_sync()",
		"protected":         "pcall(host.stop) while true do end",
		"task":              "map({1, 2}, function() host.stop() end)",
		"deep":              "local function down(n) if n == 0 then host.stop() end down(n - 1) return n end down(3000)",
		"coroutine":         "coroutine.wrap(function() host.stop() end)()",
		"sequence":          "for _ in host.each() do end",
		"other instance":    "host.stop_loaded()",
		"last function":     "host.on_close()",
		"print":             "print('x')",
		"print, protected":  "pcall(print, 'x')",
		"print in a thread": "parallel(function() print('x') end)",
	})
}
