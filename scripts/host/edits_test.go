//go:build unix

package host_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/savetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/state"
)

// edition is a script that prints the number of its edit at its beginning and at its end, and that of the file that it imports. In Lua
// half of it would run as well.
func edition(name string, n int) string {
	filler := func(comment string) string {
		return strings.Repeat(fmt.Sprintf("%s a line of edit %d\n", comment, n), 50)
	}
	switch filepath.Ext(name) {
	case ".lua":
		if strings.HasPrefix(name, "lib/") {
			return fmt.Sprintf("local n = %d\n%sreturn n .. ' ' .. %d\n", n, filler("--"), n)
		}
		return fmt.Sprintf("-- @schedule * * * * * *\n-- @overlap allow\nprint('begin %d')\n%sprint('import ' .. require('lib.shared'))\nprint('end %d')\n", n, filler("--"), n)
	default:
		if strings.HasPrefix(name, "lib/") {
			return fmt.Sprintf("const n = %d\n%sexport default n + ' ' + %d\n", n, filler("//"), n)
		}
		return fmt.Sprintf("// @schedule * * * * * *\n// @overlap allow\nimport shared from './lib/shared.js'\nconsole.log('begin %d')\n%sconsole.log('import ' + shared)\nconsole.log('end %d')\n", n, filler("//"), n)
	}
}

// TestEditsWhileRunsGoOn saves 200 times, in all ways in which files are saved, while schedules and people start runs: no run sees
// half a file, each tells the version that it ran, and in the end every script runs its newest one.
func TestEditsWhileRunsGoOn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux reports whether a file is open for writing")
	}
	const edits = 200
	names := []string{"a.lua", "b.js", "c.ts", "d.lua", "lib/shared.lua", "lib/shared.js"}
	files := map[string]string{}
	for _, name := range names {
		files[name] = edition(name, 0)
	}
	m := newMachine(t, files)
	h := m.start()
	stop := make(chan struct{})
	var people sync.WaitGroup
	for _, script := range []string{"a", "b", "c", "d"} {
		people.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
				if _, err := h.Trigger(context.Background(), script, nil, "somebody"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	newest := map[string]int{}
	for n := 1; n <= edits; n++ {
		way, name := savetest.Ways[n%len(savetest.Ways)], names[n*5%len(names)]
		if err := way.Save(m.path(name), []byte(edition(name, n))); err != nil {
			t.Fatalf("%s: %v", way.Name, err)
		}
		newest[name] = n
		time.Sleep(time.Duration(n*7%31) * time.Millisecond)
	}
	close(stop)
	people.Wait()
	for _, name := range []string{"a.lua", "b.js", "c.ts", "d.lua"} {
		shared := "lib/shared.js"
		if filepath.Ext(name) == ".lua" {
			shared = "lib/shared.lua"
		}
		script := strings.TrimSuffix(name, filepath.Ext(name))
		want := fmt.Sprintf("begin %d|import %d %[2]d|end %[1]d", newest[name], newest[shared])
		testwait.Until(m, script+" runs "+want, func() bool {
			_, lines := h.run(script)
			return strings.Join(lines, "|") == want
		})
	}
	h.checkEditions()
}

// checkEditions compares what all runs printed with the version that they name.
func (r *running) checkEditions() {
	r.m.Helper()
	runs, err := r.db.Runs(context.Background(), state.RunFilter{States: []state.RunState{state.Succeeded, state.Failed, state.TimedOut}})
	r.m.must(err)
	bySchedule, versions := 0, map[string]bool{}
	for _, run := range runs {
		if run.Trigger.Kind == state.BySchedule {
			bySchedule++
		}
		versions[run.Version] = true
		_, lines := r.ended(run.ID)
		version, err := r.db.Version(context.Background(), run.Version)
		r.m.must(err)
		var begin, shared, again, end int
		if _, err := fmt.Sscanf(strings.Join(lines, " "), "begin %d import %d %d end %d", &begin, &shared, &again, &end); err != nil || begin != end || shared != again || run.State != state.Succeeded {
			r.m.Errorf("run %s of %s: %q, %+v", run.ID, run.Script, lines, run.Error)
			continue
		}
		for file, content := range version.Files {
			n := begin
			if strings.HasPrefix(file, "lib/") {
				n = shared
			}
			if string(content) != edition(file, n) {
				r.m.Errorf("run %s printed edit %d of %s, and its version holds\n%s", run.ID, n, file, content)
			}
		}
	}
	r.m.Logf("%d runs of %d versions, %d by schedules", len(runs), len(versions), bySchedule)
	if len(runs) < 50 || bySchedule == 0 || len(versions) < 20 {
		r.m.Error("too few runs to tell")
	}
}
