//go:build unix

package worker_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/worker"
)

const (
	tinyLua = `print("x")`
	tinyJS  = `console.log("x")`
)

// BenchmarkStart measures the time until a script prints its first line: on a fresh worker that waits, on one that has run
// the same before, on one that has to be started, and on one that was told to compile it. Versions differ by a variable, so that none
// finds the worker of the one before.
func BenchmarkStart(b *testing.B) {
	for _, c := range []struct {
		name, file, code string
		same             bool
		warm             int
		prepared         bool
	}{
		{"warm/lua", "s%d.lua", tinyLua, false, 1, false},
		{"warm/js", "s%d.js", tinyJS, false, 1, false},
		{"reused/lua", "s.lua", tinyLua, true, 1, false},
		{"reused/js", "s.js", tinyJS, true, 1, false},
		{"cold/lua", "s%d.lua", tinyLua, false, -1, false},
		{"cold/js", "s%d.js", tinyJS, false, -1, false},
		{"prepared/lua", "s%d.lua", tinyLua, false, 1, true},
		{"prepared/js", "s%d.js", tinyJS, false, 1, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := newPool(b, worker.Options{Workers: 1, Warm: c.warm})
			if c.same {
				run(b, p, job(b, c.file, c.code))
			}
			var total time.Duration
			for i := range b.N {
				name := c.file
				if !c.same {
					name = fmt.Sprintf(c.file, i)
				}
				code := c.code
				if !c.same {
					code = fmt.Sprintf("%s@env V%d\n%s", map[bool]string{true: "-- ", false: "// "}[strings.HasSuffix(name, "lua")], i, code)
				}
				j := job(b, name, code)
				testwait.Until(b, "a worker waits", func() bool { return p.Stats().Fresh == max(c.warm, 0) })
				if c.prepared {
					if err := p.Prepare(b.Context(), &j); err != nil {
						b.Fatal(err)
					}
				}
				time.Sleep(30 * time.Millisecond) // it runs a line in both languages first
				var first time.Time
				began := time.Now()
				outcome := start(context.Background(), p, j, &record{onLine: func(worker.Line) { first = time.Now() }})
				if outcome.Error != nil {
					b.Fatal(outcome.Error)
				}
				total += first.Sub(began)
			}
			b.ReportMetric(float64(total.Microseconds())/float64(b.N), "µs/start")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkHundred measures a hundred tiny runs that come at once: all of one script, of ten, and each of its own.
func BenchmarkHundred(b *testing.B) {
	for _, scripts := range []int{1, 10, 100} {
		for _, file := range []string{"s%d.lua", "s%d.js"} {
			b.Run(fmt.Sprintf("%d%s", scripts, file[3:]), func(b *testing.B) {
				p := newPool(b, worker.Options{})
				code := tinyLua
				if file == "s%d.js" {
					code = tinyJS
				}
				hundred := func() {
					var all sync.WaitGroup
					for i := range 100 {
						all.Go(func() { run(b, p, job(b, fmt.Sprintf(file, i%scripts), code)) })
					}
					all.Wait()
				}
				hundred()
				for b.Loop() {
					hundred()
				}
				b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds(), "runs/s")
			})
		}
	}
}
