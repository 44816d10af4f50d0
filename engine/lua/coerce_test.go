package lua

import (
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestTextAsNumber calls library functions with text where they take numbers. The answers are those of Lua 5.1.
func TestTextAsNumber(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{`("x"):rep("3")`, "xxx"},
		{`("hello"):sub("2", "3")`, "el"},
		{`string.format("%d %5.1f %x", "3", "2.5", "0x10")`, "3   2.5 10"},
		{`string.char("65")`, "A"},
		{`math.max("10", 9)`, "10"},
		{`math.floor("2.7")`, "2"},
		{`table.concat({1, 2, 3}, ",", "2", "3")`, "2,3"},
		{`select("2", "a", "b")`, "b"},
		{`tonumber("z", "36")`, "35"},
		{`os.date("!%Y", "0")`, "1970"},
		{`pcall(string.rep, "x", "three")`, "false\tmain.lua:1: bad argument #2 to (anonymous) (number expected, got string)"},
		{`pcall(string.rep, "x", {})`, "false\tmain.lua:1: bad argument #2 to (anonymous) (number expected, got table)"},
	} {
		t.Run(c.code, func(t *testing.T) {
			out, _, err := script(t, engine.Config{}, "print("+c.code+")")
			if err != nil || out != c.want+"\n" {
				t.Errorf("printed %q, error %v; want %q", out, err, c.want)
			}
		})
	}
}
