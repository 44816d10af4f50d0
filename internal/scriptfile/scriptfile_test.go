package scriptfile

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

func TestCheck(t *testing.T) {
	big := bytes.Repeat([]byte(" "), engine.MaxSourceSize+1)
	for _, c := range []struct {
		code     string
		language engine.Language
		want     string
	}{
		{"print(1)", engine.Lua, ""},
		{"\ufeffprint(1)", engine.Lua, ""},
		{"", engine.Lua, `a is empty; write a script, for example: print("hello")`},
		{"\ufeff \n", engine.JavaScript, `a is empty; write a script, for example: console.log("hello")`},
		{"\xff\xfep\x00", engine.Lua, "a is UTF-16 text; save it as UTF-8"},
		{"\x7fELF\x00", engine.Lua, "a is a binary file, not a script; "},
		{"--\n-- \xe9t", engine.Lua, "a is not UTF-8 text (line 2); save it as UTF-8"},
		{string(big), engine.Lua, "a is larger than the 16 MiB limit for scripts; "},
	} {
		got := ""
		if err := Check("a", []byte(c.code), c.language); err != nil {
			var reason *Error
			if !errors.As(err, &reason) {
				t.Fatal(err)
			}
			got = err.Error() + "; " + reason.Hint
		}
		if got != c.want {
			t.Errorf("%.20q: got %q, want %q", c.code, got, c.want)
		}
	}
	if _, err := Read(bytes.NewReader(big), "b"); err == nil || err.Error() != "b is larger than the 16 MiB limit for scripts" {
		t.Errorf("got %v", err)
	}
	if code, err := Read(strings.NewReader("x"), "b"); string(code) != "x" || err != nil {
		t.Errorf("got %q, %v", code, err)
	}
}
