//go:build unix

package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/rtm"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// databases are those that the benchmarks of events run on.
var databases = []struct {
	name    string
	address func(testing.TB) string
}{
	{"sqlite", statetest.SQLite},
	{"postgres", func(t testing.TB) string { return statetest.Shared(t).Database(t) }},
}

// printed tells of the lines that runs print, which have the time at which the worker process printed them.
type printed struct {
	lines chan state.LogLine
	ended chan state.Run
}

func newPrinted() *printed {
	return &printed{make(chan state.LogLine, 1<<10), make(chan state.Run, 1<<10)}
}

func (p *printed) Started(state.Run, time.Duration)            {}
func (p *printed) Ended(run state.Run)                         { p.ended <- run }
func (p *printed) Reload(string, error)                        {}
func (p *printed) Remove(string)                               {}
func (p *printed) Runner(next schedule.Runner) schedule.Runner { return &printedRunner{next, p} }

type printedRunner struct {
	schedule.Runner
	printed *printed
}

func (r *printedRunner) Run(ctx context.Context, run state.Run, version *state.Version, header scripts.Header, sink schedule.Sink) schedule.Outcome {
	return r.Runner.Run(ctx, run, version, header, &printedSink{sink, r.printed})
}

type printedSink struct {
	schedule.Sink
	printed *printed
}

func (s *printedSink) Log(line state.LogLine) {
	s.printed.lines <- line
	s.Sink.Log(line)
}

// BenchmarkEventToStart measures the time from an event in the sandbox, over its RTM socket, to the first statement of the script that it
// starts. The host is idle before each.
func BenchmarkEventToStart(b *testing.B) {
	for _, kind := range databases {
		for name, code := range map[string]string{
			"a.lua": "-- @on message:send where from == \"user\"\n-- @key session_id\nprint(event.content)\n",
			"a.js":  "// @on message:send where from == \"user\"\n// @key session_id\nconsole.log(event.content)\n",
		} {
			b.Run(kind.name+"/"+name, func(b *testing.B) {
				m, server, events := newListening(b, map[string]string{name: code})
				m.address = kind.address(b)
				p := newPrinted()
				m.start(func(c *host.Config) { c.Events, c.Telemetry = events, p })
				waitListening(b, server, p)
				var took []time.Duration
				n := 0
				for b.Loop() {
					n++
					began := time.Now()
					emitMessage(b, server, n)
					line := <-p.lines
					took = append(took, line.Time.Sub(began))
					if want := fmt.Sprint("message ", n); line.Message != want {
						b.Fatalf("the script printed %q, want %q", line.Message, want)
					}
					<-p.ended
					b.StopTimer()
					time.Sleep(time.Duration(n*7919%20) * time.Millisecond) // what is done at intervals falls anywhere
					b.StartTimer()
				}
				reportTimes(b, took)
			})
		}
	}
}

// newListening makes a machine whose hosts may listen to a sandbox.
func newListening(b *testing.B, files map[string]string) (*machine, *sandbox.Running, *rtm.Client) {
	b.Helper()
	m := newMachine(b, files)
	server := sandboxtest.Start(b, sandbox.Config{})
	m.client = sandboxtest.Connect(b, server.URL())
	events, err := rtm.New(m.client, rtm.Options{FirstAttempts: -1})
	m.must(err)
	b.Cleanup(func() { m.must(events.Close()) })
	return m, server, events
}

func emitMessage(b *testing.B, server *sandbox.Running, n int) {
	b.Helper()
	data := fmt.Sprintf(`{"website_id":%q,"session_id":"session_00000000-0000-4000-8000-%012d","type":"text","from":"user","origin":"chat",
		"content":"message %d","fingerprint":%d,"timestamp":%d,"user":{"nickname":"Ada","user_id":"session_1"}}`,
		sandbox.WebsiteID, n%50, n, n, time.Now().UnixMilli())
	if err := server.Emit(sandbox.WebsiteID, "message:send", json.RawMessage(data)); err != nil {
		b.Fatal(err)
	}
}

// waitListening emits until the host hears, and waits for the runs.
func waitListening(b *testing.B, server *sandbox.Running, p *printed) {
	b.Helper()
	n := 1_000_000
	testwait.Until(b, "the host hears events", func() bool {
		n += 50 // of one conversation, whose runs keep their order
		emitMessage(b, server, n)
		time.Sleep(20 * time.Millisecond)
		return len(p.ended) > 0
	})
	for last := ""; last != fmt.Sprint("message ", n); {
		last = (<-p.lines).Message
	}
	testwait.Until(b, "all runs end", func() bool { return len(p.lines) == 0 })
	time.Sleep(200 * time.Millisecond) // only so that the first measured event finds an idle host
	for len(p.ended) > 0 {
		<-p.ended
	}
}

func reportTimes(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	for name, at := range map[string]int{"ms-p50": len(took) / 2, "ms-p99": len(took) * 99 / 100, "ms-max": len(took) - 1} {
		b.ReportMetric(float64(took[at].Microseconds())/1000, name)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(loadAverage(), "load")
}

// loadAverage is how busy the machine was in the last minute, or 0 where that is not told.
func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	word, _, _ := strings.Cut(string(text), " ")
	load, _ := strconv.ParseFloat(word, 64)
	return load
}

// hookSender posts signed hooks to a host.
type hookSender struct {
	url      string
	client   *http.Client
	accepted atomic.Int64
	refused  atomic.Int64 // with 503
}

const hookSecret = "a secret of the benchmark"

func newHookSender(b *testing.B, h *running) *hookSender {
	b.Helper()
	handler, err := hooks.New(hooks.Options{Secrets: []hooks.Secret{{Value: hookSecret}}, Store: h.Hook})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(handler)
	b.Cleanup(server.Close)
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	b.Cleanup(transport.CloseIdleConnections)
	return &hookSender{url: server.URL + "/", client: &http.Client{Transport: transport}}
}

// send posts message n, and again when the host is too busy, if again is set.
func (s *hookSender) send(n int, again bool) error {
	now := strconv.FormatInt(time.Now().UnixMilli(), 10)
	body := fmt.Appendf(nil, `{"website_id":%q,"event":"message:send","data":{"website_id":%q,"session_id":"session_%d","type":"text","from":"user",`+
		`"origin":"chat","content":"message %d","fingerprint":%d,"timestamp":%s},"timestamp":%s}`, sandbox.WebsiteID, sandbox.WebsiteID, n%1000, n, n, now, now)
	for {
		request, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set(hooks.TimestampHeader, now)
		request.Header.Set(hooks.SignatureHeader, hooks.Sign(hookSecret, now, body))
		response, err := s.client.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
		switch response.StatusCode {
		case http.StatusOK:
			s.accepted.Add(1)
			return nil
		case http.StatusServiceUnavailable:
			s.refused.Add(1)
			if !again {
				return nil
			}
			time.Sleep(5 * time.Millisecond)
		default:
			return fmt.Errorf("status %s", response.Status)
		}
	}
}

// The scripts of the benchmarks of hooks.
var hookScripts = map[string]string{
	"match":   "-- @on message:send where from == \"user\"\n-- @key session_id\n",
	"batch":   "-- @on message:send where from == \"user\"\n-- @key session_id\n-- @batch 50 within 10s\n",
	"nomatch": "-- @on message:send where from == \"operator\"\n-- @key session_id\n",
}

// BenchmarkHooks posts signed hooks over real connections to a host, whose senders share its processors. Every one that was accepted has to
// be in the database if a script waits for it.
func BenchmarkHooks(b *testing.B) {
	for _, kind := range databases {
		for _, script := range []string{"match", "batch", "nomatch"} {
			b.Run(kind.name+"/"+script, func(b *testing.B) {
				m := newMachine(b, map[string]string{"a.lua": hookScripts[script]})
				m.address = kind.address(b)
				h := m.start()
				s := newHookSender(b, h)
				b.ResetTimer()
				began := time.Now()
				var next atomic.Int64
				var senders sync.WaitGroup
				for range 32 {
					senders.Go(func() {
						for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
							if err := s.send(int(n), true); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				senders.Wait()
				took := time.Since(began)
				b.StopTimer()
				checkStored(b, h, s, script != "nomatch")
				b.ReportMetric(float64(b.N)/took.Seconds(), "hooks/s")
				b.ReportMetric(float64(s.refused.Load()), "busy")
				b.ReportMetric(loadAverage(), "load")
			})
		}
	}
}

// checkStored compares what was accepted with what the database has.
func checkStored(b *testing.B, h *running, s *hookSender, wanted bool) {
	b.Helper()
	var events, started int64
	if err := h.db.SQL().QueryRow("SELECT count(*) FROM events").Scan(&events); err != nil {
		b.Fatal(err)
	}
	if err := h.db.SQL().QueryRow("SELECT count(*) FROM run_events").Scan(&started); err != nil {
		b.Fatal(err)
	}
	want := s.accepted.Load()
	if !wanted {
		want = 0
	}
	if events != want || started != want {
		b.Fatalf("%d events and %d of runs are stored, want %d", events, started, want)
	}
}

// BenchmarkEventStorm posts hooks at the rate of 100,000 a minute, which -benchtime 100000x makes a minute of. The host may ask for some later;
// what it accepted it has, and its memory is bounded.
func BenchmarkEventStorm(b *testing.B) {
	const each = time.Minute / 100_000
	for _, kind := range databases {
		b.Run(kind.name, func(b *testing.B) {
			m := newMachine(b, map[string]string{"a.lua": hookScripts["match"]})
			m.address = kind.address(b)
			h := m.start()
			s := newHookSender(b, h)
			b.ResetTimer()
			began := time.Now()
			var senders sync.WaitGroup
			for first := range 128 {
				senders.Go(func() {
					for n := first; n < b.N; n += 128 {
						time.Sleep(time.Until(began.Add(each * time.Duration(n))))
						if err := s.send(n, false); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			ended := make(chan struct{})
			go func() { defer close(ended); senders.Wait() }()
			var most uint64
			for done := false; !done; {
				select {
				case <-ended:
					done = true
				case <-time.After(100 * time.Millisecond):
				}
				most = max(most, heapInUse())
			}
			b.ReportMetric(time.Since(began).Seconds(), "s")
			b.StopTimer()
			checkStored(b, h, s, true)
			b.ReportMetric(float64(s.accepted.Load()), "accepted")
			b.ReportMetric(float64(s.refused.Load()), "busy")
			b.ReportMetric(float64(most>>20), "MiB-heap")
			b.ReportMetric(loadAverage(), "load")
			h.end(time.Second)
		})
	}
}

func heapInUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
