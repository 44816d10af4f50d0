package repl

import (
	"errors"
	"fmt"
	"sync"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
)

// tongue is a language in the shell: its session and what was entered in it.
type tongue struct {
	language engine.Language
	once     sync.Once
	opened   chan struct{}
	session  engine.Session
	err      error
	// entries are those that succeeded, for .save.
	entries []string
	// typed tells that there is TypeScript among them.
	typed bool
	count int
}

// current is the language that entries are in.
func (s *shell) current() *tongue { return s.tongue(s.language) }

func (s *shell) tongue(language engine.Language) *tongue {
	if language == engine.TypeScript {
		language = engine.JavaScript
	}
	t := s.tongues[language]
	if t == nil {
		t = &tongue{language: language, opened: make(chan struct{})}
		s.tongues[language] = t
		if language == engine.JavaScript && s.cfg.Language == engine.TypeScript {
			t.language = engine.TypeScript
		}
	}
	return t
}

// start makes the session in the background, so that the prompt need not wait for it.
func (t *tongue) start(s *shell) {
	t.once.Do(func() {
		host := s.host()
		go func() {
			defer close(t.opened)
			t.session, t.err = s.newSession(t.language, host)
		}()
	})
}

func (s *shell) newSession(language engine.Language, host bindings.Host) (engine.Session, error) {
	runtime := s.cfg.Runtime(language)
	if runtime == nil {
		return nil, errors.New("it has no interactive sessions")
	}
	session, err := runtime.NewSession(s.engineConfig(host), s.cfg.Root, s.cfg.Dir)
	if err != nil {
		return nil, err
	}
	if typed, ok := session.(typedSession); ok && language == engine.TypeScript {
		err = typed.SetLanguage(language)
	}
	if err == nil {
		err = session.Set(sharedName, map[string]any{})
	}
	if err != nil {
		err = errors.Join(err, session.Close())
	}
	return session, err
}

// typedSession is a session that takes JavaScript or TypeScript.
type typedSession interface {
	SetLanguage(language engine.Language) error
}

// takes lets the session take TypeScript for a file, and returns what makes it as before.
func (t *tongue) takes(language engine.Language) (back func() error, err error) {
	session, err := t.wait()
	if err != nil {
		return nil, err
	}
	typed, ok := session.(typedSession)
	if !ok || language == t.language {
		return func() error { return nil }, nil
	}
	return func() error { return typed.SetLanguage(t.language) }, typed.SetLanguage(language)
}

// sharedName is the variable that both languages see.
const sharedName = "shared"

func (s *shell) host() bindings.Host {
	host := s.cfg.Host
	if s.cfg.Logger != nil {
		host.Logger = s.cfg.Logger(s.screen.Scripts(s.cfg.Err))
	}
	return s.guard.local(host)
}

func (s *shell) engineConfig(host bindings.Host) engine.Config {
	cfg := engine.Config{
		Modules: bindings.List(),
		Stdout:  s.screen.Scripts(s.cfg.Out), Stderr: s.screen.Scripts(s.cfg.Err),
		Fetch: s.cfg.Fetch, Now: s.cfg.Now, MemoryLimit: s.cfg.MemoryLimit,
	}
	if s.cfg.Stuck != nil {
		cfg.Stuck = s.stuck
	}
	_ = cfg.Apply(append(host.Options(), engine.WithGate(s.guard.files))...) // they cannot fail
	return cfg
}

// stuck ends the shell when an entry was stopped and goes on. The terminal's own goroutine waits for it all the while.
func (s *shell) stuck(err error) {
	s.screen.Write(s.cfg.Err, s.describeError(err))
	s.screen.Note("what runs cannot be cut short, so the shell ends")
	_ = s.reader.Close()
	s.cfg.Stuck(err)
}

// wait returns the session as soon as there is one.
func (t *tongue) wait() (engine.Session, error) {
	<-t.opened
	if t.err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", languageName(t.language), t.err)
	}
	return t.session, nil
}

// ready returns the session if there is one already.
func (t *tongue) ready() engine.Session {
	select {
	case <-t.opened:
		if t.err == nil {
			return t.session
		}
	default:
	}
	return nil
}

// entryName is what errors call the next entry.
func (t *tongue) entryName() string {
	t.count++
	return entryPrefix + fmt.Sprint(t.count)
}

const entryPrefix = "entry"

func (t *tongue) close() error {
	started := true
	t.once.Do(func() { started = false })
	if !started {
		return nil
	}
	<-t.opened
	if t.session == nil {
		return nil
	}
	return t.session.Close()
}

// speak switches the language. What stands in shared goes along.
func (s *shell) speak(language engine.Language) error {
	from, to := s.current(), s.tongue(language)
	if from == to {
		s.language = language
		return nil
	}
	to.start(s)
	source, err := from.wait()
	if err != nil {
		return err
	}
	target, err := to.wait()
	if err != nil {
		return err
	}
	s.dropMore()
	s.language = language
	return carry(source, target)
}

// carry copies the shared values from one session to another.
func carry(source, target engine.Session) error {
	values, err := source.Get(sharedName)
	if err == nil && values != nil {
		err = target.Set(sharedName, values)
	}
	var argument *engine.ArgumentError
	if errors.As(err, &argument) {
		return &hintError{fmt.Sprintf("shared was not carried over: %s %s", argument.Path, argument.Problem), "shared takes plain data: texts, numbers, lists, objects"}
	}
	if err != nil {
		return fmt.Errorf("shared was not carried over: %w", err)
	}
	return nil
}
