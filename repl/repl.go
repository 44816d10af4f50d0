package repl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/repl/internal/gate"
	"github.com/crisphost/crisphost/repl/internal/term"
)

// Config is what a shell is made of.
type Config struct {
	// Engine has the languages and modules of the shell, and the defaults of its sessions.
	Engine *engine.Engine
	// Options are further options of the sessions and of the scripts of .run. The shell sets standard output and error, clock and
	// logger itself, and adds its gates inside of those given here.
	Options []engine.InstanceOption
	// Script returns further options of a script that .run runs, such as those its header asks for, and how long it may take. Nil
	// has none, and a time of 0 is no limit.
	Script func(engine.Source) (options []engine.InstanceOption, limit time.Duration, err error)
	// Language is the one to start with. Empty is JavaScript, or the engine's first language if it does not run that.
	Language engine.Language
	// Client and WebsiteID are the connection of the modules of package bindings. Without a client the sessions have that of the
	// engine, and the shell names no website.
	Client    *crisp.Client
	WebsiteID string
	// Events is where scripts and .events listen. Nil leaves that to Engine and Options, and .events has none.
	Events bindings.Events
	// Logger makes the logger of the log module. Nil leaves that to Engine and Options.
	Logger func(io.Writer) *slog.Logger
	// Waiting returns what calls of the client wait for, for the line that is shown meanwhile, or "". Nil knows of nothing.
	Waiting func() string
	// Safety is which calls ask first, unless the connection's website is a sandbox. Empty is SafetyDeletes.
	Safety Safety
	// Connection describes the connection for .whoami and the prompt.
	Connection Connection
	// Secrets are texts that the history must not hold, such as the key.
	Secrets []string
	// Root and Dir are where require and import look, as in engine.Source.
	Root, Dir string
	// Files are loaded before the first prompt.
	Files []string

	In       io.Reader
	Out, Err io.Writer
	Terminal Terminal
	// ConfigDir is the directory of the history (history) and the rc file (replrc). Empty disables both.
	ConfigDir string
	// NoRC leaves the rc file out.
	NoRC bool
	// Continue goes on after an entry that failed, where entries do not come from a terminal.
	Continue bool
	// Getenv reads the environment: EDITOR, VISUAL. Nil is os.Getenv.
	Getenv func(string) string
	// Stuck is called when an entry goes on although it was stopped, as in engine.Config. The error was shown and the terminal has its
	// first mode back: the program should end. Nil does nothing.
	Stuck func(error)
	// Now is the clock. Nil is the system's.
	Now func() time.Time

	// Interrupt takes what Ctrl-C is at a terminal, for shells elsewhere: each value stops what runs, or drops what is typed. Nil has
	// none.
	Interrupt <-chan struct{}
	// Signals has the shell take over SIGINT, as Ctrl-C, and SIGTERM of the process.
	Signals bool

	// reader replaces the line reader in tests.
	reader term.Reader
	// interrupts has a place for one Ctrl-C.
	interrupts chan struct{}
	// patience is how long the first prompt waits for the website's name.
	patience time.Duration
}

// Connection describes a connection for people. It holds no secret.
type Connection struct {
	// Identifier of the token, its tier and where both came from.
	Identifier, Tier, Source string
	// BaseURL is the API's address.
	BaseURL string
	// Sandbox tells that the website is demo data.
	Sandbox bool
}

// Terminal tells what the streams can do.
type Terminal struct {
	// Interactive tells that a person types: there are prompts, and errors do not end the shell.
	Interactive bool
	// Editing tells that standard input and output are a terminal whose cursor can be moved.
	Editing bool
	// Color tells that output may have colours.
	Color bool
	// Width returns the number of columns of standard output; 0 is unknown: nothing is cut. Nil tells that it is no terminal, and
	// gets lists whole.
	Width func() int
	// Height returns the number of its rows. Nil, or 0, is unknown.
	Height func() int
}

// FailedError tells that an entry failed where no person types. It was shown already.
type FailedError struct{ err error }

func (e *FailedError) Error() string { return e.err.Error() }

// Run runs a shell until its input ends or the user leaves. Where no person types it returns a *FailedError when an entry failed.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Engine == nil {
		return errors.New("repl: there is no engine: set Config.Engine")
	}
	if cfg.Language == "" {
		cfg.Language = engine.JavaScript
		if languages := cfg.Engine.Languages(); !slices.Contains(languages, cfg.Language) {
			cfg.Language = languages[0]
		}
	}
	cfg.Safety = cmp.Or(cfg.Safety, SafetyDeletes)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.patience == 0 {
		cfg.patience = defaultPatience
	}
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.In == nil {
		cfg.In = strings.NewReader("")
	}
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	if cfg.Err == nil {
		cfg.Err = io.Discard
	}
	if cfg.interrupts == nil {
		cfg.interrupts = make(chan struct{}, 1)
	}
	ctx, stop := context.WithCancelCause(ctx)
	unlisten := cfg.listen(ctx, stop)
	defer func() {
		stop(nil)
		unlisten()
	}()
	s, err := newShell(ctx, cfg)
	if err != nil {
		return err
	}
	err = s.run()
	if closeErr := s.close(); err == nil {
		err = closeErr
	}
	return err
}

// listen passes interrupts on until the context ends, and ends it after SIGTERM. Unlisten waits for the end of that.
func (cfg *Config) listen(ctx context.Context, stop context.CancelCauseFunc) (unlisten func()) {
	pressed, terminate := make(chan os.Signal, 1), make(chan os.Signal, 1)
	if cfg.Signals {
		signal.Notify(pressed, os.Interrupt)
		signal.Notify(terminate, syscall.SIGTERM)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cfg.relay(ctx, stop, pressed, terminate)
	}()
	return func() {
		<-ended
		signal.Stop(pressed)
		signal.Stop(terminate)
	}
}

func (cfg *Config) relay(ctx context.Context, stop context.CancelCauseFunc, pressed, terminate <-chan os.Signal) {
	from := cfg.Interrupt
	for {
		select {
		case <-pressed:
			cfg.interrupt()
		case _, ok := <-from:
			if !ok {
				from = nil
				continue
			}
			cfg.interrupt()
		case <-terminate:
			stop(ErrTerminated)
			return
		case <-ctx.Done():
			return
		}
	}
}

// interrupt presses Ctrl-C.
func (cfg *Config) interrupt() {
	select {
	case cfg.interrupts <- struct{}{}:
	default: // pressed before, and not seen yet
	}
}

// Transport has the requests of what a shell runs counted in the line that it shows meanwhile, and ended by Ctrl-C. It is for
// crisp.WithTransport; requests of others pass.
func Transport(base http.RoundTripper) http.RoundTripper { return gate.Transport(base) }

func (cfg *Config) newReader(ctx context.Context) (term.Reader, error) {
	switch {
	case cfg.reader != nil:
		return cfg.reader, nil
	case cfg.Terminal.Interactive && cfg.Terminal.Editing:
		return term.NewLiner()
	case cfg.Terminal.Interactive:
		return term.NewPlain(ctx, cfg.In, cfg.Err, cfg.interrupts), nil
	}
	return term.NewPlain(ctx, cfg.In, nil, cfg.interrupts), nil
}

// stopError is the cause of a context that ended because somebody wanted it to.
type stopError struct{ text string }

func (e *stopError) Error() string { return e.text }

var errInterrupted = &stopError{"interrupted"}

// ErrTerminated is what Run returns after SIGTERM.
var ErrTerminated error = &stopError{"stopped by SIGTERM"}

func languageName(l engine.Language) string {
	switch l {
	case engine.Lua:
		return "Lua"
	case engine.TypeScript:
		return "TypeScript"
	case engine.JavaScript:
		return "JavaScript"
	}
	return fmt.Sprintf("%q", string(l))
}
