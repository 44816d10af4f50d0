//go:build unix

package host_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/state"
)

// TestHostileFilesAreTroublesOfTheirOwn has files that take minutes to compile, more than there are places to compile in, and FIFOs where
// imports and scripts are expected.
func TestHostileFilesAreTroublesOfTheirOwn(t *testing.T) {
	const depth = 5000
	endless := strings.Repeat("for await (const x of y) {", depth/2) + strings.Repeat("}", depth/2)
	files := map[string]string{
		"good.js": "console.log('good')", "huge.js": "1n<<2n**63n", "tower.js": "const x = 7n**7n**9n; console.log(x)",
		"piped.js": "import x from './lib/pipe.json'; console.log(x)", "piped.lua": "-- @name piped2\nrequire 'lib.pipe'", "lib/x.lua": "",
	}
	for i := range 5 {
		files[fmt.Sprintf("bad%d.js", i)] = endless
	}
	m := newMachine(t, files)
	for _, name := range []string{"lib/pipe.json", "lib/pipe.lua", "pipe.lua"} {
		m.must(syscall.Mkfifo(m.path(name), 0o600))
	}
	h := m.start()
	if run, lines := h.run("good"); run.State != state.Succeeded || len(lines) != 1 || lines[0] != "good" {
		t.Errorf("%+v: %q", run, lines)
	}
	if len(h.Notes()) == 0 {
		t.Error("nothing says that scripts take long to compile")
	}
	for _, name := range []string{"piped", "piped2"} {
		if s := h.script(name); s.Broken == nil || !strings.Contains(s.Broken.Message, "it is not a regular file") {
			t.Errorf("%s is %+v", name, s.Broken)
		}
	}
	if s := h.script("bad0"); s.Broken == nil {
		t.Errorf("%+v", s)
	}
	m.write("later.lua", "print('later')")
	testwait.Until(t, "the new script", func() bool { return h.script("later").Version != "" })
	if len(h.Notes()) == 0 {
		t.Error("the new script has waited for the others")
	}
	if run, _ := h.run("later"); run.State != state.Succeeded {
		t.Errorf("%+v", run)
	}
}
