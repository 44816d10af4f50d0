package js

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	_ "embed"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/builtins"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/internal/sourceline"
)

//go:embed session.js
var sessionSource string

// sessionProgram evaluates to a function that makes a session's helpers.
var sessionProgram = sync.OnceValue(func() *goja.Program { return goja.MustCompile(syntax.BundleFile, sessionSource, true) })

// maxEntrySize bounds an entry, in bytes.
const maxEntrySize = 8 << 20

// compiledEntry is an entry that can run.
type compiledEntry struct {
	*rewrite.Entry
	name, source string
	code         *goja.Program
}

// compile translates an entry. Mistakes in it are an *engine.Error of kind KindCompile.
func (s *session) compile(name, code string) (*compiledEntry, error) {
	e, err := s.take(name, code)
	if err != nil {
		return nil, err
	}
	if len(e.Returns) > 0 {
		line, column := lineColumn(code, e.Original(e.Returns[0]))
		return nil, &engine.Error{
			Kind: engine.KindCompile, Name: "SyntaxError", Message: "return stands outside of a function", Hint: "an entry's value is that of its last expression",
			Position: engine.Position{File: name, Line: line, Column: column}, SourceLine: sourceline.At([]byte(code), line),
		}
	}
	run := e.Render(rewrite.InRun)
	text := run.String()
	s.entries++
	id := fmt.Sprintf("crisphost-entry-%d", s.entries)
	c := &compiledEntry{Entry: e, name: name, source: code}
	f := &bundle.SourceFile{Name: name, Code: []byte(code)}
	pieces, origin := run.Pieces, e.Origin // and not the tree, which would stay with the session
	f.Place = func(line, column int) (int, int) {
		at := rewrite.SourceOf(pieces, rewrite.OffsetAt(text, line, column))
		if origin != nil {
			at = origin(at)
		}
		return lineColumn(code, at)
	}
	tree, err := syntax.ParseProgram(id, text)
	if err == nil {
		c.code, _, err = syntax.CompileTree(tree)
	}
	if err != nil {
		return nil, s.uncompiled(f, err)
	}
	s.run.program.Sources[id] = f
	s.vm.additions.Install(builtins.Needed([]byte(text)))
	return c, nil
}

// uncompiled is the error of an entry that goja's compiler refuses.
func (s *session) uncompiled(f *bundle.SourceFile, err error) error {
	var refused *syntax.TreeError
	var panicked *syntax.PanicError
	switch {
	case errors.As(err, &refused):
		at := refused.File.Position(refused.Offset)
		e := &engine.Error{Kind: engine.KindCompile, Name: "SyntaxError", Message: refused.Message, Hint: refused.Hint}
		bundle.Locate(e, map[string]*bundle.SourceFile{at.Filename: f}, engine.Position{File: at.Filename, Line: at.Line, Column: at.Column})
		return e
	case errors.As(err, &panicked) && len(bundle.Transform(string(f.Code), s.loader(), false).Errors) == 0:
		return bundle.CompilePanic(f.Name, panicked)
	default:
		return s.untranslatable(f.Name, string(f.Code), err)
	}
}

// untranslatable is the error of an entry that goja takes by itself and not in its translated form, or the other way round.
func (s *session) untranslatable(name, code string, err error) error {
	if result := bundle.Transform(code, s.loader(), false); len(result.Errors) > 0 {
		return bundle.TransformError(name, code, result.Errors)
	}
	message := "the script engine does not understand this"
	if err != nil {
		message += ": " + err.Error()
	}
	return &engine.Error{Kind: engine.KindCompile, Name: "SyntaxError", Position: engine.Position{File: name}, Message: message, SourceLine: sourceline.At([]byte(code), 1)}
}

// take parses an entry and finds what to change in it.
func (s *session) take(name, code string) (*rewrite.Entry, error) {
	if err := s.checkSize(name, code); err != nil {
		return nil, err
	}
	if s.language == engine.JavaScript {
		if e, ok := rewrite.ParseEntry(code); ok && s.walk(e, code) {
			return e, nil
		}
	}
	return s.translate(name, code)
}

// walk finds the edits of an entry. It is false if there is something in the entry that has to be translated first.
func (s *session) walk(e *rewrite.Entry, code string) bool {
	w := &rewrite.Awaiter{Entry: e, Modules: s.vm.globals.modules, Learned: s.lessons[code], Helper: func(string) bool { return false }}
	w.Exists = s.exists
	if e.Origin != nil {
		words := rewrite.WordsOf(code)
		w.Helper = func(name string) bool { return !words[name] }
	}
	e.Bound = make(map[string]bool)
	w.BindAll()
	w.Statements(e.Body, true)
	w.CreateOthers()
	return w.LoopsAwaited == len(e.Awaited)
}

// exists tells whether there is a global variable, without running getters, which may throw or never end.
func (s *session) exists(name string) bool {
	for object := s.vm.rt.GlobalObject(); object != nil; object = object.Prototype() {
		if object.ExportType() == objects.TypeProxy {
			return true
		}
		if value, ok := s.vm.tracked.member(object, name); value != nil || !ok {
			return true
		}
	}
	return false
}

func (s *session) checkSize(name, code string) error {
	fail := func(message string) error {
		return &engine.Error{Kind: engine.KindCompile, Name: "SyntaxError", Position: engine.Position{File: name}, Message: message}
	}
	switch {
	case len(code) > maxEntrySize:
		return fail(fmt.Sprintf("the entry is %d MB large; it may have %d MB", len(code)>>20, maxEntrySize>>20))
	case bundle.TextProblem([]byte(code)) != "":
		return fail("the entry " + bundle.TextProblem([]byte(code)))
	case rewrite.TooNested(rewrite.Lex(code)):
		return fail("the entry nests brackets or operators too deep")
	}
	return nil
}

// lineColumn is the position of an offset, with columns in characters, both counted from 1.
func lineColumn(text string, offset int) (line, column int) {
	before := text[:min(max(offset, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[start:])
}
