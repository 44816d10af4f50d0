package repl

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
)

func TestPipe(t *testing.T) {
	for _, c := range []struct {
		name     string
		language engine.Language
		input    string
		out, err string
		fails    bool
	}{
		{"values", engine.JavaScript, "1 + 1\n'a'\nundefined\n[1, 'x']\n", "2\na\n[1, \"x\"]\n", "", false},
		{"no line end", engine.JavaScript, "crisp.visitors.count().count", "5\n", "", false},
		{"statements", engine.JavaScript, "function f() {\n  return 3\n}\n\nf()\n", "3\n", "", false},
		{"statements", engine.Lua, "local function f()\n  return 3\nend\nf()\n", "3\n", "", false},
		{"else", engine.JavaScript, "if (false) {\n  1\n}\nelse {\n  console.log('else')\n}\n", "else\n", "", false},
		{"a chain", engine.JavaScript, "[1, 2]\n  .map(x => x * 2)\n  .filter(x => x > 2)\n.json\n1\n", "[4]\n1\n", "", false},
		{"commands", engine.JavaScript, ".json\n({a: 1})\n.lua\n#'abc'\n", "{\n  \"a\": 1\n}\n3\n", "", false},
		{"stops", engine.JavaScript, "1\nnope\n2\n", "1\n", "ReferenceError: nope is not defined (line 1, column 1)\n", true},
		{"not complete", engine.JavaScript, "1\nfunction f() {\n", "1\n", "SyntaxError", true},
		{"wrong command", engine.JavaScript, ".nope\n1\n", "", "there is no command .nope", true},
		{"no bytes of another encoding", engine.JavaScript, "'a\xffb'.length\n", "3\n", "", false},
		{"long line", engine.JavaScript, "'" + strings.Repeat("x", 1<<20) + "'.length\n", "1048576\n", "", false},
		{"many lines", engine.JavaScript, "const list = [\n" + strings.Repeat("  1,\n", 5000) + "]\nlist.length\n", "5000\n", "", false},
		{"exit", engine.JavaScript, "1\n.exit\n2\n", "1\n", "", false},
		{"nothing", engine.JavaScript, "", "", "", false},
	} {
		t.Run(c.name+" "+string(c.language), func(t *testing.T) {
			x := newTrial(t, c.language, false, sandbox.Config{Conversations: 5, People: -1, Visitors: 5})
			err := x.pipe(t, c.input)
			if (err != nil) != c.fails || x.out.String() != c.out || !strings.Contains(x.err.String(), c.err) || c.err == "" && x.err.String() != "" {
				t.Errorf("error %v\nout %.500q\nerr %q", err, x.out.String(), x.err.String())
			}
		})
	}
}

func TestPipeGoesOn(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	x.cfg.Continue = true
	if err := x.pipe(t, "nope\n1\n"); err == nil || x.out.String() != "1\n" {
		t.Errorf("%v %q", err, x.out.String())
	}
}
