package repl

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/repl/internal/term"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// testNow is the time in every test.
var testNow = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// fakeReader is a person who types what a test says.
type fakeReader struct {
	// keys are the lines to type. Those of one character below space are keys: "\x03" is Ctrl-C, "\x04" Ctrl-D.
	keys []string
	// before is called before a line is typed.
	before func(line string)
	// prompts and initial are what was shown with each line, entries what was remembered.
	prompts, initial []string
	entries          []string
	// behind tells that lines are typed behind the initial ones, and not in their place.
	behind    bool
	completer func(string, int) (string, []string, string)
	lent      int
	closed    bool
	echo      io.Writer
}

func (r *fakeReader) ReadLine(prompt, initial string) (string, error) {
	r.prompts, r.initial = append(r.prompts, prompt), append(r.initial, initial)
	if len(r.keys) == 0 {
		return "", io.EOF
	}
	line := r.keys[0]
	r.keys = r.keys[1:]
	if r.before != nil {
		r.before(line)
	}
	if r.echo != nil {
		_, _ = io.WriteString(r.echo, prompt+line+"\n")
	}
	switch line {
	case "\x03":
		return "", term.ErrAborted
	case "\x04":
		return "", io.EOF
	}
	if r.behind {
		line = initial + line
	}
	return line, nil
}

func (r *fakeReader) Discard() {}

func (r *fakeReader) Aside(show func()) { show() }

func (r *fakeReader) Ask(prompt string) (string, error) {
	completer := r.completer
	r.completer = nil
	defer func() { r.completer = completer }()
	return r.ReadLine(prompt, "")
}

func (r *fakeReader) Editable(text string) bool { return !strings.Contains(text, "\n") }

func (r *fakeReader) Remember(entry string) { r.entries = append(r.entries, entry) }
func (r *fakeReader) Complete(f func(string, int) (string, []string, string)) {
	r.completer = f
}
func (r *fakeReader) Lend() (func(), error) { r.lent++; return func() { r.lent-- }, nil }
func (r *fakeReader) Close() error          { r.closed = true; return nil }

// trial is a shell on a sandbox with a person of the test's.
type trial struct {
	cfg    Config
	reader *fakeReader
	// out and err are the streams, and screen is both as they come.
	out, err, screen *testoutput.Buffer
	server           *sandbox.Running
	// requests counts the requests whose path contains counts.
	requests atomic.Int64
	counts   string
	// failures are how many requests that change something are answered with 429.
	failures atomic.Int64
}

// RoundTrip implements http.RoundTripper for the trial's client.
func (x *trial) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.URL.Path, x.counts) {
		x.requests.Add(1)
	}
	if req.Method != http.MethodGet && x.failures.Add(-1) >= 0 {
		return &http.Response{
			StatusCode: http.StatusTooManyRequests, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: req,
			Body: io.NopCloser(strings.NewReader(`{"error":true,"reason":"rate_limited","data":{}}`)),
		}, nil
	}
	return http.DefaultTransport.RoundTrip(req)
}

var testEngine = sync.OnceValue(func() *engine.Engine {
	eng, err := engine.New(lua.Language, js.Language, bindings.Modules())
	if err != nil {
		panic(err)
	}
	return eng
})

// newTrial starts a sandbox and prepares a shell on it. live makes the shell believe that the website is real.
func newTrial(t testing.TB, language engine.Language, live bool, config sandbox.Config) *trial {
	t.Helper()
	config.Now = func() time.Time { return testNow }
	server := sandboxtest.Start(t, config)
	x := &trial{reader: &fakeReader{}, out: &testoutput.Buffer{}, err: &testoutput.Buffer{}, screen: &testoutput.Buffer{}, server: server}
	client := sandboxtest.Connect(t, server.URL(),
		crisp.WithTransport(Transport(x)), crisp.WithRetry(crisp.RetryPolicy{BaseDelay: time.Millisecond}))
	dir := t.TempDir()
	x.cfg = Config{
		Engine: testEngine(), Language: language, Client: client, WebsiteID: sandbox.WebsiteID,
		Connection: Connection{Identifier: sandbox.Identifier, Tier: "website", Source: "the test", BaseURL: server.URL(), Sandbox: !live},
		Root:       dir, Dir: dir, ConfigDir: t.TempDir(),
		Out: io.MultiWriter(x.out, x.screen), Err: io.MultiWriter(x.err, x.screen),
		Terminal:   Terminal{Interactive: true, Width: func() int { return 80 }},
		Getenv:     func(string) string { return "" },
		Now:        func() time.Time { return testNow },
		reader:     x.reader,
		interrupts: make(chan struct{}, 1),
		patience:   time.Minute,
	}
	return x
}

// small is a sandbox that starts fast.
var small = sandbox.Config{Conversations: 30, People: 30, Visitors: 5}

// enter runs a shell that is told these lines, and returns what stands on the screen.
func (x *trial) enter(t testing.TB, lines ...string) string {
	t.Helper()
	x.reader.keys = lines
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := Run(ctx, x.cfg); err != nil {
		t.Fatal(err)
	}
	// The greeting is two lines.
	text := x.screen.String()
	if x.cfg.Terminal.Interactive {
		_, text, _ = strings.Cut(text, "\n")
		_, text, _ = strings.Cut(text, "\n")
		if len(x.reader.keys) == 0 {
			text = strings.TrimSuffix(text, "\n") // Ctrl-D ends the prompt's line
		}
	}
	return text
}

// play runs a shell in one language on a small sandbox.
func play(t testing.TB, language engine.Language, lines ...string) string {
	t.Helper()
	return newTrial(t, language, false, small).enter(t, lines...)
}

// interruptWhen presses Ctrl-C as soon as something holds.
func (x *trial) interruptWhen(t testing.TB, holds func() bool) {
	for deadline := time.Now().Add(4 * time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("what Ctrl-C waits for did not come")
			break
		}
	}
	x.cfg.interrupts <- struct{}{}
}

func contains(t testing.TB, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

func lacks(t testing.TB, text string, unwanted ...string) {
	t.Helper()
	for _, no := range unwanted {
		if strings.Contains(text, no) {
			t.Errorf("%q stands in:\n%s", no, text)
		}
	}
}

// pipe runs a shell whose input is no terminal.
func (x *trial) pipe(t testing.TB, input string) error {
	t.Helper()
	x.cfg.reader = nil
	x.cfg.In = strings.NewReader(input)
	x.cfg.Terminal = Terminal{}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	err := Run(ctx, x.cfg)
	var failed *FailedError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return err
}

// helpSubjects are the calls that have a page.
func helpSubjects() []string { return bindings.Calls() }
