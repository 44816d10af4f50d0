package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/crisphost/crisphost/internal/words"
)

// Engine compiles programs and makes instances of them. It is immutable and safe for concurrent use.
type Engine struct {
	runtimes   map[Language]Runtime
	modules    []*Module
	names      []string
	types      *types
	vocabulary *Vocabulary
	defaults   []InstanceOption
}

// New returns an engine. It fails with one error for everything that is wrong in options and modules, and without a language.
func New(options ...Option) (*Engine, error) {
	s := &settings{}
	for _, o := range options {
		if o == nil {
			s.problems = append(s.problems, errors.New("an option is nil"))
			continue
		}
		if err := o.apply(s); err != nil {
			s.problems = append(s.problems, err)
		}
	}
	e := &Engine{runtimes: map[Language]Runtime{}, defaults: s.defaults}
	e.build(s)
	for _, l := range s.languages {
		if l.runtime == nil {
			s.problems = append(s.problems, errors.New("the runtime of a language is nil"))
			continue
		}
		rt := l.runtime()
		for _, name := range l.languages {
			if e.runtimes[name] != nil {
				s.problems = append(s.problems, fmt.Errorf("the language %s is given twice", name))
			}
			e.runtimes[name] = rt
		}
	}
	if len(s.languages) == 0 {
		s.problems = append(s.problems, errors.New("no language: pass lua.Language, js.Language, or both"))
	}
	if err := checkModules(e.modules); err != nil {
		s.problems = append(s.problems, err)
	}
	if len(s.problems) == 0 {
		// Modules that are wrong in themselves would be named twice.
		var err error
		if e.vocabulary, err = NewVocabulary(e.modules...); err != nil {
			s.problems = append(s.problems, err)
		} else if err := checkPermissions(e.modules, e.vocabulary); err != nil {
			s.problems = append(s.problems, err)
		}
	}
	if len(s.problems) == 0 {
		// What is wrong with the defaults would otherwise show at the first instance only.
		if _, err := e.config(nil); err != nil {
			s.problems = append(s.problems, err)
		}
	}
	if len(s.problems) > 0 {
		return nil, fmt.Errorf("engine: %w", errors.Join(s.problems...))
	}
	for _, m := range e.modules {
		e.names = append(e.names, m.Name)
	}
	return e, nil
}

// build makes the modules, with all handle types known to all of them.
func (e *Engine) build(s *settings) {
	e.types = &types{classes: map[reflect.Type]*Class{}}
	for _, source := range s.sources {
		if err := source.declare(e.types); err != nil {
			s.problems = append(s.problems, err)
		}
	}
	for _, source := range s.sources {
		m, err := source.module(e.types)
		if err != nil {
			s.problems = append(s.problems, err)
		}
		e.modules = append(e.modules, m)
	}
	if len(e.types.classes) == 0 {
		e.types = nil // the plans of all engines serve
	}
}

// Modules returns the host modules, for help, completion and editor types. They must not be changed.
func (e *Engine) Modules() []*Module { return slices.Clone(e.modules) }

// Vocabulary returns the words that the permissions of scripts are written in.
func (e *Engine) Vocabulary() *Vocabulary { return e.vocabulary }

// Languages returns the languages that the engine runs, sorted.
func (e *Engine) Languages() []Language {
	var list []Language
	for l := range e.runtimes {
		list = append(list, l)
	}
	slices.Sort(list)
	return list
}

// Runtime returns the runtime of a language, or an error that names the languages of the engine.
func (e *Engine) Runtime(l Language) (Runtime, error) {
	if rt := e.runtimes[l]; rt != nil {
		return rt, nil
	}
	return nil, fmt.Errorf("this engine does not run %s: it has %s", l, joinLanguages(e.Languages()))
}

func joinLanguages(list []Language) string {
	text := ""
	for i, l := range list {
		if i > 0 {
			text += ", "
		}
		text += string(l)
	}
	return text
}

// Compile checks and translates a script without running it. The language is that of the source, or else follows from its
// name. Errors in the script are an *Error of KindCompile.
func (e *Engine) Compile(ctx context.Context, src Source) (Program, error) {
	if src.err != nil {
		return nil, src.err
	}
	if src.Language == "" {
		l, err := LanguageOf(src.Name)
		if err != nil {
			return nil, err
		}
		src.Language = l
	}
	rt, err := e.Runtime(src.Language)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", src.Name, err)
	}
	p, err := e.compile(ctx, rt, src)
	if err != nil {
		return nil, e.otherLanguage(ctx, src, err)
	}
	return &compiled{Program: p, runtime: rt, language: src.Language, engine: e}, nil
}

// functionChecker is a Runtime that checks how scripts use the functions of modules.
type functionChecker interface {
	CompileFor(ctx context.Context, src Source, modules []*Module) (Program, error)
}

func (e *Engine) compile(ctx context.Context, rt Runtime, src Source) (Program, error) {
	if checker, ok := rt.(functionChecker); ok {
		return checker.CompileFor(ctx, src, e.modules)
	}
	return rt.Compile(ctx, src, e.names)
}

// otherLanguage adds a hint to the error of a script that compiles in another language.
func (e *Engine) otherLanguage(ctx context.Context, src Source, err error) error {
	return e.WithLanguageHint(ctx, src, err, func(Language) string { return "change the file's ending or the language" })
}

// WithLanguageHint returns the error that compiling or evaluating src gave. If it is one of the syntax, has no hint yet, and src compiles
// in another language of the engine, it gets a hint that asks for that language and gives advice
// on how to choose it.
func (e *Engine) WithLanguageHint(ctx context.Context, src Source, err error, advice func(other Language) string) error {
	var wrong *Error
	if !errors.As(err, &wrong) || wrong.Kind != KindCompile || wrong.Hint != "" {
		return err
	}
	names := map[Language]string{JavaScript: "JavaScript", Lua: "Lua", TypeScript: "TypeScript"}
	for _, other := range e.Languages() {
		if other == src.Language || other == JavaScript && src.Language == TypeScript {
			continue
		}
		again := src
		again.Language = other
		if _, err := e.compile(ctx, e.runtimes[other], again); err == nil {
			explained := *wrong
			explained.Hint = fmt.Sprintf("is this %s? it was read as %s: %s", names[other], names[src.Language], advice(other))
			return &explained
		}
	}
	return err
}

// compiled is a program that knows its engine.
type compiled struct {
	Program
	runtime  Runtime
	language Language
	engine   *Engine
}

// Files implements Bundled.
func (c *compiled) Files() map[string][]byte {
	if b, ok := c.Program.(Bundled); ok {
		return b.Files()
	}
	return nil
}

// own returns a program as Compile made it. It fails for one of another engine, whose modules may be others.
func (e *Engine) own(p Program) (*compiled, error) {
	if p == nil {
		return nil, errors.New("no program: the result of Engine.Compile is needed")
	}
	c, ok := p.(*compiled)
	if !ok || c.engine != e {
		return nil, fmt.Errorf("%s was compiled by another engine", p.Name())
	}
	return c, nil
}

// config returns the configuration of an instance.
func (e *Engine) config(options []InstanceOption) (Config, error) {
	c := Config{Modules: e.modules, types: e.types}
	var errs []error
	for _, list := range [][]InstanceOption{e.defaults, options} {
		for _, o := range list {
			if o == nil {
				errs = append(errs, errors.New("an option is nil"))
				continue
			}
			if err := o.applyInstance(&c); err != nil {
				errs = append(errs, err)
			}
		}
	}
	for _, g := range c.Globals {
		for _, m := range e.modules {
			if g.Name == m.Name || g.Name == words.Camel(m.Name) {
				errs = append(errs, fmt.Errorf("the global %s has the name of a module", g.Name))
			}
		}
	}
	return c, errors.Join(errs...)
}

// NewVM makes a VM of the low level for programs that Compile returned. The caller closes it.
func (e *Engine) NewVM(l Language, options ...InstanceOption) (VM, error) {
	rt, err := e.Runtime(l)
	if err != nil {
		return nil, err
	}
	cfg, err := e.config(options)
	if err != nil {
		return nil, err
	}
	vm, err := rt.New(cfg)
	if err != nil {
		return nil, err
	}
	return &engineVM{vm}, nil
}

// engineVM is a VM that takes programs of Engine.Compile.
type engineVM struct{ VM }

func lowLevel(p Program) Program {
	if c, ok := p.(*compiled); ok {
		return c.Program
	}
	return p
}

// Run implements VM.
func (v *engineVM) Run(ctx context.Context, p Program) (any, error) {
	return v.VM.Run(ctx, lowLevel(p))
}

// Exec implements VM.
func (v *engineVM) Exec(ctx context.Context, p Program) error { return v.VM.Exec(ctx, lowLevel(p)) }

// Load implements VM.
func (v *engineVM) Load(ctx context.Context, p Program) error { return v.VM.Load(ctx, lowLevel(p)) }

// Session makes a session of a language. Root and dir are where require and import look, as in Source. The caller closes
// it.
func (e *Engine) Session(l Language, root, dir string, options ...InstanceOption) (Session, error) {
	rt, err := e.Runtime(l)
	if err != nil {
		return nil, err
	}
	interactive, ok := rt.(Interactive)
	if !ok {
		return nil, fmt.Errorf("the runtime of %s has no sessions", l)
	}
	cfg, err := e.config(options)
	if err != nil {
		return nil, err
	}
	session, err := interactive.NewSession(cfg, root, dir)
	if err != nil {
		return nil, err
	}
	if several, ok := session.(MultilingualSession); ok {
		if err := several.SetLanguage(l); err != nil {
			return nil, errors.Join(err, session.Close())
		}
	}
	return session, nil
}
