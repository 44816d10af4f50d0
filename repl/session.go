package repl

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
)

// session is a language in the shell: its engine.Session and what was entered in it.
type session struct {
	language engine.Language
	once     sync.Once
	opened   chan struct{}
	live     engine.Session
	err      error
	// entries are those that succeeded, for .save.
	entries []string
	// typed tells that there is TypeScript among them.
	typed bool
	count int
}

// current is the language that entries are in.
func (s *shell) current() *session { return s.session(s.language) }

func (s *shell) session(language engine.Language) *session {
	if language == engine.TypeScript {
		language = engine.JavaScript
	}
	t := s.sessions[language]
	if t == nil {
		t = &session{language: language, opened: make(chan struct{})}
		s.sessions[language] = t
		if language == engine.JavaScript && s.cfg.Language == engine.TypeScript {
			t.language = engine.TypeScript
		}
	}
	return t
}

// start makes the session in the background, so that the prompt need not wait for it.
func (t *session) start(s *shell) {
	t.once.Do(func() {
		go func() {
			defer close(t.opened)
			t.live, t.err = s.newSession(t.language)
		}()
	})
}

func (s *shell) newSession(language engine.Language) (engine.Session, error) {
	session, err := s.cfg.Engine.Session(language, s.cfg.Root, s.cfg.Dir, s.options()...)
	if err != nil {
		return nil, err
	}
	if err := session.Set(sharedName, map[string]any{}); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return session, nil
}

// typedSession is a session that takes JavaScript or TypeScript.
type typedSession interface {
	SetLanguage(language engine.Language) error
}

// takes lets the session take TypeScript for a file, and returns what makes it as before.
func (t *session) takes(language engine.Language) (back func() error, err error) {
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

// options are those of everything that the shell runs.
func (s *shell) options() []engine.InstanceOption {
	options := []engine.InstanceOption{
		engine.WithStdout(s.screen.Scripts(s.cfg.Out)), engine.WithStderr(s.screen.Scripts(s.cfg.Err)), engine.WithClock(s.cfg.Now),
	}
	if s.cfg.Client != nil {
		connection := bindings.NewConnection(s.cfg.Client, "")
		options = append(options, engine.ProvideFunc(func() bindings.Connection {
			here := connection
			here.WebsiteID = s.site.website()
			return here
		}))
	}
	if s.cfg.Events != nil {
		options = append(options, bindings.WithEvents(s.cfg.Events))
	}
	if s.cfg.Logger != nil {
		options = append(options, bindings.WithLogger(s.cfg.Logger(s.screen.Scripts(s.cfg.Err))))
	}
	if s.cfg.Stuck != nil {
		options = append(options, engine.WithStuck(0, s.stuck))
	}
	return slices.Concat(options, s.cfg.Options, []engine.InstanceOption{engine.WithGate(s.gates.All()...)})
}

// stuck ends the shell when an entry was stopped and goes on. The terminal's own goroutine waits for it all the while.
func (s *shell) stuck(err error) {
	s.screen.Write(s.cfg.Err, s.describeError(err))
	s.screen.Note("what runs cannot be cut short, so the shell ends")
	_ = s.reader.Close()
	s.cfg.Stuck(err)
}

// wait returns the session as soon as there is one.
func (t *session) wait() (engine.Session, error) {
	<-t.opened
	if t.err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", languageName(t.language), t.err)
	}
	return t.live, nil
}

// ready returns the session if there is one already.
func (t *session) ready() engine.Session {
	select {
	case <-t.opened:
		if t.err == nil {
			return t.live
		}
	default:
	}
	return nil
}

// entryName is what errors call the next entry.
func (t *session) entryName() string {
	t.count++
	return entryPrefix + fmt.Sprint(t.count)
}

const entryPrefix = "entry"

func (t *session) close() error {
	started := true
	t.once.Do(func() { started = false })
	if !started {
		return nil
	}
	<-t.opened
	if t.live == nil {
		return nil
	}
	return t.live.Close()
}

// switchTo switches the language. What stands in shared goes along.
func (s *shell) switchTo(language engine.Language) error {
	from, to := s.current(), s.session(language)
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
