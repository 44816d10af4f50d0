package js

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/entry"
	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/sourceline"
	"github.com/crisphost/crisphost/internal/words"
)

// loadName is the name of the file that stands for an entry's import.
const loadName = "crisphost-import.js"

// importAll loads what an entry imports, and declares the names.
func (s *session) importAll(c *entry.Compiled) error {
	for _, from := range c.Requires() {
		if s.isModule(from) {
			continue
		}
		value, err := s.load(c, from, fmt.Sprintf("export default require(%q);\n", from))
		if err != nil {
			return err
		}
		s.required[from] = value
	}
	for _, d := range c.Imports {
		if err := s.importOne(c, d); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) isModule(name string) bool { return s.vm.globals.modules[words.Camel(name)] != nil }

func (s *session) importOne(c *entry.Compiled, d rewrite.ImportDeclaration) error {
	host := s.isModule(d.From)
	var namespace goja.Value
	if host {
		namespace = s.vm.rt.GlobalObject().Get(words.Camel(d.From))
	} else {
		var err error
		if namespace, err = s.load(c, d.From, fmt.Sprintf("import * as all from %q;\nexport default all;\n", d.From)); err != nil {
			return err
		}
	}
	object, ok := namespace.(*goja.Object)
	if !ok {
		return fmt.Errorf("%q gave no exports", d.From)
	}
	for _, name := range d.Names {
		value := goja.Value(object)
		if name.Of != "*" && (!host || name.Of != "default") {
			if value = object.Get(name.Of); value == nil {
				return s.importError(c, d, fmt.Sprintf("%q has no export %s", d.From, name.Of), nearest.To(name.Of, object.Keys()))
			}
		}
		_ = s.helpers[0].(*goja.Object).Set(name.Local, value)
	}
	return nil
}

// LookFrom makes require and import look from the directory of a file, until back is called. Root is as in engine.Source.
func (s *session) LookFrom(_, root, dir string) (back func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldRoot, oldDir, oldRequired := s.root, s.dir, s.required
	s.root, s.dir, s.required = root, dir, make(map[string]goja.Value)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.root, s.dir, s.required = oldRoot, oldDir, oldRequired
	}
}

// load bundles and runs a file or package, unless the very same content was loaded before.
func (s *session) load(c *entry.Compiled, from, code string) (goja.Value, error) {
	p, err := s.runtime.compiler.Compile(context.WithoutCancel(s.run.ctx), engine.Source{
		Name: loadName, Code: []byte(code), Language: engine.JavaScript, Root: s.root, Dir: s.dir,
	}, s.modules)
	if err != nil {
		return nil, s.importFailure(c, from, err)
	}
	if instance := s.instances[p.Hash()]; instance != nil {
		return instance, nil
	}
	files := maps.Clone(p.Sources)
	maps.DeleteFunc(files, func(_ string, f *bundle.SourceFile) bool { return f.Name == loadName })
	maps.Copy(s.run.program.Sources, files)
	s.vm.additions.Install(p.Builtins)
	var instance goja.Value
	if err := s.call(p.Code, func(value goja.Value) { instance = value }); err != nil {
		return nil, err
	}
	s.instances[p.Hash()] = instance
	return instance, nil
}

// importFailure puts the error of a file that cannot be found at the entry's import. A mistake inside a file keeps its place.
func (s *session) importFailure(c *entry.Compiled, from string, err error) error {
	var e *engine.Error
	if !errors.As(err, &e) || e.File != loadName {
		return err
	}
	for _, d := range c.Imports {
		if d.From == from {
			return s.importError(c, d, e.Message, e.Hint)
		}
	}
	return s.importError(c, rewrite.ImportDeclaration{FromStart: c.RequireOf(from)}, e.Message, e.Hint)
}

func (s *session) importError(c *entry.Compiled, d rewrite.ImportDeclaration, message, hint string) error {
	line, column := entry.LineColumn(c.Source, c.Original(d.FromStart))
	if hint != "" && !strings.Contains(hint, " ") {
		hint = "did you mean " + hint + "?"
	}
	return &engine.Error{
		Kind: engine.KindCompile, Name: "ImportError", Message: message, Hint: hint,
		Position:   engine.Position{File: c.Name, Line: line, Column: column},
		SourceLine: sourceline.At([]byte(c.Source), line),
	}
}

// require answers host modules, and the files that an entry names literally, which are loaded before the entry runs.
func (s *session) require(call goja.FunctionCall) goja.Value {
	if value := s.required[call.Argument(0).String()]; value != nil {
		return value
	}
	return s.vm.loadModule(call)
}
