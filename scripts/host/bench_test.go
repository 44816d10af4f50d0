//go:build unix

package host_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts/host"
)

// thousand writes scripts in three languages, a part of which share an import.
func (m *machine) thousand() {
	m.Helper()
	m.write("lib/shared.lua", "return {n = 1}")
	m.write("lib/shared.ts", "export const n: number = 1")
	for i := range 1000 {
		switch i % 4 {
		case 0:
			m.write(fmt.Sprintf("s%d.lua", i), fmt.Sprintf("--- Number %d.\n-- @schedule %d * * * *\nlocal shared = require('lib.shared')\nprint(%d + shared.n)\n", i, i%60, i))
		case 1:
			m.write(fmt.Sprintf("s%d.ts", i), fmt.Sprintf("/** Number %d.\n * @schedule %d * * * *\n */\nimport { n } from './lib/shared'\nconst own: number = %d\nconsole.log(own + n)\n", i, i%60, i))
		case 2:
			m.write(fmt.Sprintf("s%d.js", i), fmt.Sprintf("// @schedule every %dm\nconst page = await crisp.conversations.list({limit: %d})\nconsole.log(page.length)\n", 5+i%10, 1+i%20))
		case 3:
			m.write(fmt.Sprintf("s%d.lua", i), fmt.Sprintf("-- @schedule %d 3 * * *\nfor c in crisp.conversations.each{limit = %d} do print(c.session_id) end\n", i%60, 1+i%20))
		}
	}
}

// BenchmarkReady starts a host on 1,000 scripts, with a new database and with one that knows them.
func BenchmarkReady(b *testing.B) {
	m := newMachine(b, nil)
	m.thousand()
	quiet := func(c *host.Config) { c.Logger = nil }
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			m.address = "sqlite:" + b.TempDir() + "/host.db"
			b.StartTimer()
			h := m.start(quiet)
			b.StopTimer()
			h.end(time.Minute)
			b.StartTimer()
		}
	})
	b.Run("again", func(b *testing.B) {
		m.address = "sqlite:" + b.TempDir() + "/host.db"
		m.start(quiet).end(time.Minute)
		for b.Loop() {
			h := m.start(quiet)
			b.StopTimer()
			h.end(time.Minute)
			b.StartTimer()
		}
	})
}

// BenchmarkEditToLive measures the time from a save to the first moment at which a run would take it, beside the debounce.
func BenchmarkEditToLive(b *testing.B) {
	m := newMachine(b, nil)
	m.thousand()
	debounce := 100 * time.Millisecond
	h := m.start(func(c *host.Config) { c.Logger, c.Library.Debounce = nil, debounce })
	var took []time.Duration
	n := 0
	for b.Loop() {
		n++
		name := []string{"s0.lua", "s1.ts", "s2.js"}[n%3]
		script := name[:2]
		before := h.script(script).Version
		code, err := os.ReadFile(m.path(name))
		m.must(err)
		began := time.Now()
		m.must(os.WriteFile(m.path(name), fmt.Appendf(code, "\n%s edit %d\n", map[string]string{"s0.lua": "--"}[name]+map[string]string{"s1.ts": "//", "s2.js": "//"}[name], n), 0o600))
		for {
			s, err := h.db.Script(context.Background(), script)
			m.must(err)
			if s.Version != before {
				break
			}
			time.Sleep(time.Millisecond)
		}
		took = append(took, time.Since(began)-debounce)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
}
