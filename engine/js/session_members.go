package js

import (
	"fmt"
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/naming"
	"github.com/crisphost/crisphost/engine/js/internal/export"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/engine/js/internal/web"
	"github.com/crisphost/crisphost/internal/words"
)

// Members implements engine.Session. While an entry runs there are none.
func (s *session) Members(path string) []engine.Member {
	if !s.mu.TryLock() {
		return nil
	}
	defer s.mu.Unlock()
	var list []engine.Member
	_ = s.vm.protect(func() error {
		list = s.members(path)
		return nil
	})
	return list
}

func (s *session) members(path string) []engine.Member {
	if path == "" {
		return s.globalNames()
	}
	names := strings.Split(path, ".")
	value, ok := s.global(names[0])
	if !ok {
		return nil
	}
	for _, name := range names[1:] {
		object, isObject := value.(*goja.Object)
		if !isObject {
			return nil
		}
		if value, ok = s.vm.tracked.MemberOf(object, name); !ok {
			return nil
		}
	}
	return s.vm.tracked.MembersOf(value)
}

// global finds a global variable without running getters.
func (s *session) global(name string) (goja.Value, bool) {
	if name == "globalThis" {
		return s.vm.rt.GlobalObject(), true
	}
	value, ok := s.vm.tracked.Member(s.vm.rt.GlobalObject(), name)
	if value == nil && ok {
		value = s.vm.globals.Get(name) // the host's, made now
	}
	return value, ok && value != nil
}

// globalNames lists the session's variables, the host's modules and what the language and the web have.
func (s *session) globalNames() []engine.Member {
	global := s.vm.rt.GlobalObject()
	var list naming.List
	for _, name := range global.Keys() {
		list.Add(name, s.vm.tracked.Kind(global, nil, name))
	}
	for _, m := range s.vm.cfg.Modules {
		list.Add(words.Camel(m.Name), "module")
		for _, name := range m.ErrorClasses {
			list.Add(name, "function")
		}
	}
	for _, c := range s.vm.cfg.Globals {
		if value, ok := s.global(c.Name); ok {
			list.Add(c.Name, s.vm.tracked.KindOf(value))
		}
	}
	list.Add("console", "object")
	list.Add("Intl", "object")
	for _, name := range []string{
		"setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "queueMicrotask", "map", "parallel", "retry", "atob", "btoa",
	} {
		list.Add(name, "function")
	}
	for _, name := range web.Classes() {
		list.Add(name, "function")
	}
	for _, name := range global.GetOwnPropertyNames() {
		if strings.HasPrefix(name, syntax.GuardPrefix) {
			continue
		}
		list.Add(name, s.vm.tracked.Kind(global, nil, name))
	}
	return list.Members
}

// lock takes the VM. It fails for a function that an entry has called, which would wait for that entry.
func (s *session) lock() error {
	if s.mu.TryLock() {
		return nil
	}
	if runFrames.Around() {
		return engine.ErrBusy
	}
	s.mu.Lock()
	return nil
}

// Get implements engine.Session.
func (s *session) Get(name string) (value any, err error) {
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	defer s.mu.Unlock()
	err = s.vm.protect(func() error {
		var found goja.Value
		exception := s.vm.rt.Try(func() {
			if found = s.vm.rt.GlobalObject().Get(name); found != nil {
				e := export.New(host{s.vm}, name)
				value, err = e.Export(found)
			}
		})
		if exception != nil {
			return exception
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	return value, nil
}

// Set implements engine.Session.
func (s *session) Set(name string, value any) error {
	if err := s.lock(); err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	defer s.mu.Unlock()
	return s.vm.protect(func() error {
		made, err := s.vm.toValue(value)
		if err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
		s.define(name, made)
		return nil
	})
}
