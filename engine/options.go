package engine

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// Option configures an Engine.
type Option interface{ apply(*settings) error }

// InstanceOption configures an instance. Given to New it is the default of all instances.
type InstanceOption interface {
	Option
	applyInstance(*Config) error
}

// settings gathers what the options of New say.
type settings struct {
	languages []language
	sources   []ModuleSource
	// defaults are the instance options.
	defaults []InstanceOption
	problems []error
}

type option func(*settings) error

func (o option) apply(s *settings) error { return o(s) }

type instanceOption func(*Config) error

func (o instanceOption) applyInstance(c *Config) error { return o(c) }

func (o instanceOption) apply(s *settings) error {
	s.defaults = append(s.defaults, o)
	return nil
}

// Options joins options into one.
func Options(options ...Option) Option {
	return option(func(s *settings) error {
		var errs []error
		for _, o := range options {
			if o == nil {
				errs = append(errs, errors.New("an option is nil"))
				continue
			}
			errs = append(errs, o.apply(s))
		}
		return errors.Join(errs...)
	})
}

// language is a runtime that engines make, and the languages that it is for.
type language struct {
	languages []Language
	runtime   func() Runtime
}

// Languages returns the option that adds a runtime for languages. The runtime is made once for each engine. Packages lua and
// js have values of it: lua.Language and js.Language.
func Languages(runtime func() Runtime, languages ...Language) Option {
	return option(func(s *settings) error {
		s.languages = append(s.languages, language{languages, runtime})
		return nil
	})
}

// ModuleSource is a *Module, or a *ModuleBuilder that makes one.
type ModuleSource interface {
	// declare adds the handle types. All sources declare theirs before one of them makes its module.
	declare(*types) error
	// module makes the module. With an error it returns what can be checked further, or nil.
	module(*types) (*Module, error)
}

func (m *Module) declare(*types) error { return nil }

func (m *Module) module(*types) (*Module, error) { return m, nil }

// WithModules adds host modules. Scripts see them as globals and can load them with require and import.
func WithModules(modules ...ModuleSource) Option {
	return option(func(s *settings) error {
		if i := slices.IndexFunc(modules, func(m ModuleSource) bool { return m == nil }); i >= 0 {
			return fmt.Errorf("module %d is nil", i+1)
		}
		s.sources = append(s.sources, modules...)
		return nil
	})
}

// WithGate adds gates around every host call, outermost first, inside of those that were added before.
func WithGate(gates ...Gate) InstanceOption {
	return instanceOption(func(c *Config) error {
		if slices.ContainsFunc(gates, func(g Gate) bool { return g == nil }) {
			return errors.New("a gate is nil")
		}
		c.Gates = slices.Concat(c.Gates, gates)
		return nil
	})
}

// WithPermissions sets what the script may do. The permissions are checked before the gates.
func WithPermissions(p *Permissions) InstanceOption {
	return instanceOption(func(c *Config) error {
		c.Permissions = p
		return nil
	})
}

// WithStdout sets what print and console.log write to. Without it their output is dropped.
func WithStdout(w io.Writer) InstanceOption {
	return instanceOption(func(c *Config) error {
		c.Stdout = w
		return nil
	})
}

// WithStderr sets what console.error and console.warn write to. Without it their output is dropped.
func WithStderr(w io.Writer) InstanceOption {
	return instanceOption(func(c *Config) error {
		c.Stderr = w
		return nil
	})
}

// WithClock sets the clock of Date, os.time, os.date and the time module. Timers and deadlines do not follow it.
func WithClock(now func() time.Time) InstanceOption {
	return instanceOption(func(c *Config) error {
		c.Now = now
		return nil
	})
}

// WithGlobal adds a global variable. The value is any that encoding/json knows.
func WithGlobal(name string, value any) InstanceOption {
	return instanceOption(func(c *Config) error {
		if !isIdentifier(name) || slices.Contains(jsKeywords, name) {
			return fmt.Errorf("global %q is not a name that scripts can write", name)
		}
		neutral, err := encodeValue(c.types, value)
		if err != nil {
			return fmt.Errorf("global %s: %w", name, err)
		}
		c.Globals = append(slices.Clip(c.Globals), Constant{Name: name, Value: neutral})
		return nil
	})
}

// WithFetch sets the transport of fetch. Without it fetch refuses every request. Permissions, where they are
// set, must name the hosts.
func WithFetch(transport http.RoundTripper) InstanceOption {
	return instanceOption(func(c *Config) error {
		c.Fetch = transport
		return nil
	})
}

// WithMemoryLimit stops a run or a call during which the memory of the process grows by more than this many bytes. It cannot
// tell instances that run at the same time apart, and is no limit of a tenant's: see package scripts/worker for one that the
// kernel enforces.
func WithMemoryLimit(bytes int64) InstanceOption {
	return instanceOption(func(c *Config) error {
		if bytes < 0 {
			return fmt.Errorf("memory limit %d is negative", bytes)
		}
		c.MemoryLimit = bytes
		return nil
	})
}

// WithStuck sets what is called when a run goes on although it was stopped: see Config.Stuck.
func WithStuck(after time.Duration, stuck func(error)) InstanceOption {
	return instanceOption(func(c *Config) error {
		c.StuckAfter, c.Stuck = after, stuck
		return nil
	})
}

// WithRun sets what gates see as the caller: the name of the script and an ID of the run.
func WithRun(script, run string) InstanceOption {
	return instanceOption(func(c *Config) error {
		c.Script, c.Run = script, run
		return nil
	})
}

// WithErrorHook sets what is called with failures that belong to no call: promises that were rejected late, and timers that
// throw. It is called on the goroutine of a later call.
func WithErrorHook(hook func(error)) InstanceOption {
	return instanceOption(func(c *Config) error {
		c.OnError = hook
		return nil
	})
}

// WithPanicHook sets what is called when a host function panics. Scripts see an error that does not show the panic's value.
func WithPanicHook(hook func(*PanicError)) InstanceOption {
	return instanceOption(func(c *Config) error {
		c.OnPanic = hook
		return nil
	})
}

// ReplaceModule gives an instance a module in place of the engine's of the same name.
func ReplaceModule(m *Module) InstanceOption {
	return instanceOption(func(c *Config) error {
		if m == nil {
			return errors.New("a module is nil")
		}
		i := slices.IndexFunc(c.Modules, func(other *Module) bool { return other.Name == m.Name })
		if i < 0 {
			return fmt.Errorf("the engine has no module %q to replace", m.Name)
		}
		if err := checkModules([]*Module{m}); err != nil {
			return err
		}
		c.Modules = slices.Clone(c.Modules)
		c.Modules[i] = m
		return nil
	})
}
