package lua

import (
	"errors"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestHintsForWhatIsNotHere: what scripts bring along from other Lua hosts, later versions and other languages names the way here.
func TestHintsForWhatIsNotHere(t *testing.T) {
	for _, c := range []struct{ code, hint string }{
		{`print(7 // 2)`, "math.floor(a / b)"},
		{`local x = #t // 2`, "math.floor(a / b)"},
		{`local x = f() // 2`, "math.floor(a / b)"},
		{"x = 1\n// a comment", "Comments begin with --."},
		{`for i = 1, 3 do if i == 2 then continue end end`, "::continue::"},
		{"for i = 1, 3 do\n continue\n print(i) end", "::continue::"},
		{`continue()`, "::continue::"},
		{`x += 1`, "x = x + 1"},
		{`x -= 1`, "x = x + 1"},
		{`if x != 2 then end`, "a ~= b"},
		{`if x && y then end`, "'and' and 'or'"},
		{`print(3 & 4)`, "no bit operators"},
		{`print(3 | 4)`, "no bit operators"},
		{`print(3 << 4)`, "a * 2^n"},
		{`print(3 >> 4)`, "math.floor(a / 2^n)"},
		{`print(~3)`, "no bit operators"},
		{`local x <const> = 1`, "<const>: leave it out"},
		{`local t = [1, 2]`, "{ 1, 2 }"},
		{`local x = a ? b : c`, "a and b or c"},
		{`elif x then end`, "elseif"},
		{"local s = `x`", "quotes"},
		{`io.open("x")`, "files.read(path)"},
		{`io.write("x")`, "print writes to standard output"},
		{`for l in io.lines("x") do end`, "files.lines(path)"},
		{`os.getenv("HOME")`, `env.get("NAME")`},
		{`os.exit(1)`, "return at the top level"},
		{`os.execute("ls")`, "start no programs"},
		{`os.remove("x")`, "files.write"},
		{`os.clocks()`, "os.clock?"},
		{`sleep(1)`, "time.sleep"},
		{`print(debug.traceback())`, "log.error(err)"},
		{`bit.band(1, 2)`, "no bit operations"},
		{`bit32.bor(1, 2)`, "no bit operations"},
		{`utf8.sub("x", 1, 2)`, "utf8.offset"},
		{`utf8.nothing("x")`, "utf8 has char, charpattern, codepoint, codes, len, offset"},
		{`utf8.codepoints("x")`, "utf8.codepoint?"},
		{`table.move({}, 1, 2, 3)`, "write a loop"},
		{`table.foreach({}, print)`, "pairs(t)"},
		{`local t = {} t:insert(1)`, "table.insert(t, value)"},
		{`local t = {} t.push(1)`, "table.insert(t, value)"},
		{`string.gfind("a", "b")`, "string.gmatch"},
		{`("a"):split(",")`, "gmatch"},
		{`("a"):trim()`, "match"},
		{`math.type(1)`, "one kind"},
		{`dofile("x")`, `require("name")`},
		{`package.path = "x"`, `require("name")`},
		{`require("io")`, "files.read(path)"},
		{`require("cjson")`, "json.encode"},
		{`local name = "socket.http" require(name)`, "fetch(url"},
		{`console.log("x")`, "print(...)"},
		{`throw("x")`, "error(value)"},
	} {
		modules := []*engine.Module{{Name: "files"}, {Name: "env"}, {Name: "time"}, {Name: "log"}, {Name: "json"}}
		_, _, err := script(t, engine.Config{Modules: modules}, c.code)
		var e *engine.Error
		if !errors.As(err, &e) || !strings.Contains(e.Hint, c.hint) {
			hint := ""
			if e != nil {
				hint = e.Hint
			}
			t.Errorf("%s\nerror %v\nhint %q, want one with %q", c.code, err, hint, c.hint)
		}
	}
	// A hint names no module that the host does not have.
	for _, code := range []string{`io.open("x")`, `os.getenv("x")`, `debug.traceback()`, `require("io")`, `sleep(1)`} {
		_, _, err := script(t, engine.Config{}, code)
		var e *engine.Error
		if !errors.As(err, &e) || strings.Contains(e.Hint, "files.") || strings.Contains(e.Hint, "env.") || strings.Contains(e.Hint, "log.") ||
			strings.Contains(e.Hint, "time.") {
			t.Errorf("%s: %v", code, err)
		}
	}
}
