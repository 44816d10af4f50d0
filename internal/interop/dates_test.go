package interop

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/internal/enginetest"
	"github.com/crisphost/crisphost/internal/testrequire"
)

// TestDateLibraries runs luxon, dayjs and date-fns-tz in the script engine and in Node. They build upon Intl and the methods of Date
// that take a locale and a zone.
func TestDateLibraries(t *testing.T) {
	requireNode(t)
	if _, err := os.Stat("node/node_modules/luxon/package.json"); err != nil {
		testrequire.Missing(t, "node", "the libraries for dates are not installed: run npm ci in internal/interop/node")
	}
	const zone = "America/New_York"
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	var err error
	if time.Local, err = time.LoadLocation(zone); err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("node/dates.mjs")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("node")
	if err != nil {
		t.Fatal(err)
	}
	// The engine takes a file of this name for a module in any case.
	source := engine.Source{Name: "dates.js", Code: code, Root: root, Dir: root}
	o := enginetest.Script{Source: source}.Run(t, js.NewRuntime())
	if o.Err != nil {
		t.Fatalf("%v\n%s%s", o.Err, o.Stdout, o.Stderr)
	}
	got := strings.Split(strings.TrimSpace(o.Stdout), "\n")
	want := node(t, "dates.mjs", nil, "TZ="+zone)
	if len(got) != len(want) {
		t.Fatalf("%d lines, node prints %d", len(got), len(want))
	}
	for i, line := range got {
		var a, b string
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(want[i], &b); err != nil {
			t.Fatal(err)
		}
		if a != b {
			t.Errorf("engine %s\n  node %s", a, b)
		}
	}
}
