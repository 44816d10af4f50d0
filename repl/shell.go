package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/help"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/repl/internal/gate"
	"github.com/crisphost/crisphost/repl/internal/history"
	"github.com/crisphost/crisphost/repl/internal/render"
	"github.com/crisphost/crisphost/repl/internal/term"
)

// shell is a running shell. Everything but the evaluation itself happens on one goroutine, the terminal's.
type shell struct {
	paint.Style
	cfg       Config
	ctx       context.Context
	screen    *term.Screen
	reader    term.Reader
	history   *history.History
	gates     *gate.Gates
	progress  gate.Progress
	index     *help.Index
	completer *completer
	site      site
	sessions  map[engine.Language]*session
	language  engine.Language
	more      *pager
	out       *output
	monitor   monitor

	format   render.Format
	expanded bool
	timing   bool
	tracing  bool
	lastErr  error
	// failed is the first error of an entry.
	failed error
	// left tells that the user wants to leave.
	left bool
	// pending is the beginning of an entry that needs more lines, for completion.
	pending string
	// quiet tells that Ctrl-C was pressed at an empty prompt, and nothing was entered since.
	quiet bool
}

func newShell(ctx context.Context, cfg Config) (*shell, error) {
	s := &shell{
		Style: paint.Style{Color: cfg.Terminal.Color}, cfg: cfg, ctx: ctx, gates: gate.New(!cfg.Connection.Sandbox, cfg.Safety), index: help.NewIndex(cfg.Engine.Modules()),
		screen:   &term.Screen{Style: paint.Style{Color: cfg.Terminal.Color}, Out: cfg.Out, Err: cfg.Err, Live: cfg.Terminal.Interactive && cfg.Terminal.Editing},
		sessions: map[engine.Language]*session{},
		language: cfg.Language,
		format:   render.Table,
	}
	if !cfg.Terminal.Interactive {
		s.gates.Unattended()
	}
	s.gates.BaseURL = cfg.Connection.BaseURL
	s.site.sandbox = cfg.Connection.Sandbox
	s.site.choose(cfg.WebsiteID)
	s.site.start(s)
	s.current().start(s)
	var err error
	if s.reader, err = cfg.newReader(ctx); err != nil {
		return nil, err
	}
	path := ""
	if cfg.ConfigDir != "" && cfg.Terminal.Interactive {
		path = filepath.Join(cfg.ConfigDir, "history")
	}
	if s.history, err = history.Open(path, cfg.Secrets); err != nil {
		s.screen.Note("%v", err)
	}
	for _, entry := range s.history.Entries() {
		s.reader.Remember(entry)
	}
	s.completer = &completer{shell: s}
	s.reader.Complete(s.completer.complete)
	return s, nil
}

func (s *shell) close() error {
	s.monitor.end()
	s.dropMore()
	errs := []error{s.reader.Close(), s.out.close()}
	for _, t := range s.sessions {
		errs = append(errs, t.close())
	}
	s.site.wait()
	return errors.Join(errs...)
}

// run reads the rc file and the files of the command line, then entries until the end.
func (s *shell) run() error {
	if s.cfg.Terminal.Interactive {
		s.greet()
	}
	if err := s.readRC(); err != nil {
		return err
	}
	for _, name := range s.cfg.Files {
		if err := s.load(name); err != nil {
			s.fail(err)
		}
	}
	for !s.left && !s.mustStop() {
		entry, err := s.readEntry()
		lines := (*commandsError)(nil)
		switch {
		case errors.As(err, &lines):
			s.quiet = false
			s.enterLines(lines.lines)
			continue
		case errors.Is(err, term.ErrAborted):
			s.aborted(errors.Is(err, term.ErrDropped))
			continue
		case errors.Is(err, io.EOF):
			if s.cfg.Terminal.Interactive {
				s.screen.Print("\n")
			} else {
				s.settle()
			}
			s.left = true
			continue
		case err != nil:
			return err
		}
		s.quiet = false
		s.enter(entry)
	}
	if s.failed != nil && !s.cfg.Terminal.Interactive {
		return &FailedError{s.failed}
	}
	if cause := context.Cause(s.ctx); cause != nil {
		return cause
	}
	return nil
}

// mustStop reports whether an error or a signal ends the shell.
func (s *shell) mustStop() bool {
	if s.ctx.Err() != nil {
		return true
	}
	return s.failed != nil && !s.cfg.Terminal.Interactive && !s.cfg.Continue
}

// aborted answers Ctrl-C at the prompt: the second one at an empty prompt leaves, and one that drops what was typed does only that.
func (s *shell) aborted(dropped bool) {
	switch {
	case dropped:
		s.quiet = false
	case s.quiet:
		s.left = true
	default:
		s.quiet = true
		s.screen.Note("Ctrl-C again, Ctrl-D or .exit leaves")
	}
}

// enter handles one entry: a command, or code.
func (s *shell) enter(entry string) {
	trimmed := strings.TrimSpace(entry)
	if trimmed == "" {
		return
	}
	s.remember(entry)
	if err := s.execute(entry); err != nil {
		s.fail(err)
	}
}

// execute is enter without history, for entries that come from files.
func (s *shell) execute(entry string) error {
	select {
	case <-s.cfg.interrupts: // pressed too late for what ran before
	default:
	}
	trimmed := strings.TrimSpace(entry)
	if name, argument, ok := splitCommand(trimmed); ok {
		return s.command(name, argument)
	}
	if run := s.wordCommand(trimmed); run != nil {
		return run()
	}
	if subject, ok := helpRequest(trimmed); ok {
		return s.help(subject)
	}
	return s.evaluate(entry, true)
}

// wordCommand is what a bare word does that is no variable of the session, or nil.
func (s *shell) wordCommand(word string) func() error {
	switch word {
	case "it":
		if s.more != nil {
			return s.showMore
		}
	case "exit", "quit":
	default:
		return nil
	}
	session, err := s.current().wait()
	if err != nil || slices.ContainsFunc(session.Members(""), func(m engine.Member) bool { return m.Name == word }) {
		return nil
	}
	if word != "it" {
		return func() error { return s.commandExit("") }
	}
	return func() error {
		s.screen.Note("nothing more to show")
		return nil
	}
}

// evaluate evaluates code and shows its value.
func (s *shell) evaluate(code string, record bool) error {
	started := time.Now()
	t := s.current()
	out, cancel, err := s.eval(t, t.entryName(), code)
	took := time.Since(started)
	if err != nil {
		return s.explained(code, err)
	}
	if record {
		t.entries = append(t.entries, code)
	}
	err = s.show(out, cancel)
	if s.timing {
		s.screen.Note("%s", duration(took))
	}
	return err
}

// explained adds what a name in the code was probably meant to be, where the error does not tell.
func (s *shell) explained(code string, err error) error {
	if s.hintOf(err) != "" {
		return err
	}
	if near := s.suggest(code, err); near != "" {
		return &explainedError{near, err}
	}
	src := engine.Source{Name: entryPrefix, Code: []byte(code), Language: s.language, Root: s.cfg.Root, Dir: s.cfg.Dir}
	return s.cfg.Engine.WithLanguageHint(s.ctx, src, err, func(other engine.Language) string {
		if other == engine.TypeScript {
			return "the shell takes TypeScript when it is started with -l ts"
		}
		return "switch with ." + string(other)
	})
}

// eval evaluates code in a session while it attends to Ctrl-C and to questions. The context of the evaluation lives until
// cancel is called, because a stream that it returned goes on in it.
func (s *shell) eval(t *session, name, code string) (engine.Outcome, context.CancelCauseFunc, error) {
	s.begin()
	ctx, cancel := context.WithCancelCause(s.progress.Watch(s.ctx))
	var out engine.Outcome
	session, err := t.wait()
	if err == nil {
		s.attend(cancel, func() { out, err = session.Eval(ctx, name, code) })
	}
	if err != nil || out.Sequence == nil {
		cancel(nil)
	}
	return out, cancel, err
}

// settle runs timers and what entries left behind, as at the end of a script.
func (s *shell) settle() {
	for _, language := range s.cfg.Engine.Languages() {
		t := s.sessions[language]
		if t == nil || t.ready() == nil {
			continue
		}
		s.begin()
		ctx, cancel := context.WithCancelCause(s.progress.Watch(s.ctx))
		var err error
		s.attend(cancel, func() { err = t.live.Idle(ctx) })
		cancel(nil)
		if err != nil {
			s.fail(err)
		}
	}
}

// begin starts a new entry.
func (s *shell) begin() {
	s.gates.Begin()
	s.screen.Begin()
	s.progress.Reset()
}

// spinnerDelay is how long a call runs before the screen tells of it.
const spinnerDelay = 300 * time.Millisecond

// attend runs work and waits for it. Meanwhile Ctrl-C cancels it, questions are asked, and a long wait is shown.
func (s *shell) attend(cancel context.CancelCauseFunc, work func()) {
	s.attendTo(cancel, work, true)
}

// attendTo is attend that may leave out the line about a long wait.
func (s *shell) attendTo(cancel context.CancelCauseFunc, work func(), tell bool) {
	running, cut := context.WithCancelCause(s.ctx)
	defer cut(nil)
	s.progress.During(running)
	defer s.progress.During(s.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	started := time.Now()
	wait := time.NewTimer(spinnerDelay)
	defer wait.Stop()
	defer s.screen.Still()
	interrupts := 0
	for frame := 0; ; {
		select {
		case <-done:
			return
		case <-s.cfg.interrupts:
			cancel(errInterrupted)
			cut(errInterrupted)
			if interrupts++; interrupts == 2 {
				s.screen.Note("stopping; what runs now cannot be cut short")
			}
		case q := <-s.gates.Questions():
			s.screen.Still()
			release := s.hold()
			s.answer(q)
			release()
			started = time.Now() // nobody waited for the API meanwhile
			wait.Reset(spinnerDelay)
		case <-wait.C:
			if !tell {
				continue
			}
			text := s.progress.Describe(time.Since(started), frame)
			if s.cfg.Waiting != nil {
				if why := s.cfg.Waiting(); why != "" {
					text += " · " + why
				}
			}
			s.screen.Spin(plain.Cut(text, s.columns()-1)) // a line that breaks could not be taken away
			frame++
			wait.Reset(100 * time.Millisecond)
		}
	}
}

// fail shows an error.
func (s *shell) fail(err error) {
	if errors.Is(err, gate.ErrDeclined) {
		err = &declinedError{err, s.gates.Sent()}
	}
	s.lastErr = err
	if s.failed == nil {
		s.failed = err
	}
	s.screen.Write(s.cfg.Err, s.describeError(err))
}

// printer makes a printer for the screen.
func (s *shell) printer() *render.Printer {
	columns := 0
	if s.cfg.Terminal.Interactive && s.cfg.Terminal.Width != nil {
		columns = s.cfg.Terminal.Width()
	}
	base := 0
	if s.language == engine.Lua {
		base = 1
	}
	return &render.Printer{Style: s.Style, Format: s.format, Expanded: s.expanded, Width: columns, Base: base, Now: s.cfg.Now}
}

// readRC enters the lines of the rc file.
func (s *shell) readRC() error {
	if s.cfg.NoRC || s.cfg.ConfigDir == "" || !s.cfg.Terminal.Interactive {
		return nil
	}
	path := filepath.Join(s.cfg.ConfigDir, "replrc")
	f, err := os.Open(path)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			s.screen.Note("%s is left out: %v", path, err)
		}
		return nil
	}
	defer f.Close()
	if err := s.executeLines(f); err != nil {
		s.fail(fmt.Errorf("%s: %w", path, err))
	}
	return nil
}

func duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}
