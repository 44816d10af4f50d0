// Package entry makes programs and scripts of what people enter in a session. It needs no VM.
package entry

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/builtins"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/internal/sourceline"
)

// Translator compiles the entries of a session, and turns them into scripts.
type Translator struct {
	Language engine.Language
	// Modules are those of the host by the names that entries use.
	Modules map[string]*engine.Module
	// Exists reports whether there is a global variable of a name.
	Exists func(name string) bool
	// lessons are what runs of entries found out, by their texts.
	lessons map[string]*rewrite.Lessons
	// count numbers the entries.
	count int
}

// maxEntrySize bounds an entry, in bytes.
const maxEntrySize = 8 << 20

// Compiled is an entry that can run.
type Compiled struct {
	*rewrite.Entry
	*rewrite.Run
	Name, Source string
	Code         *goja.Program
	// File is the source under the name that goja reports for it.
	File     *bundle.SourceFile
	FileName string
	*Places
	// Builtins are the additions to goja's objects that the entry needs, as bits.
	Builtins uint
}

// Places are what a session keeps of an entry.
type Places struct {
	// Calls has the calls of the entry by the places that goja reports for them.
	Calls map[Place]Call
	// Offset is the place in what was entered of a position as goja reports it.
	Offset func(line, column int) int
	// Lessons are what runs of the entry show.
	Lessons *rewrite.Lessons
}

// Place is a position as goja reports it.
type Place struct{ Line, Column int }

// Call is a call in an entry. Offset is its place in what was entered.
type Call struct {
	rewrite.Site
	Offset int
}

// Compile translates an entry. Mistakes in it are an *engine.Error of kind KindCompile.
func (t *Translator) Compile(name, code string) (*Compiled, error) {
	e, err := t.take(name, code, true)
	if err != nil {
		return nil, err
	}
	run, refusal := e.Prepare(t.host(e, code))
	if refusal != nil {
		return nil, refused(name, code, refusal)
	}
	t.count++
	p := &Places{Calls: make(map[Place]Call, len(run.Sites)), Lessons: t.learns(code)}
	c := &Compiled{Entry: e, Run: run, Places: p, Name: name, Source: code, FileName: fmt.Sprintf("crisphost-entry-%d", t.count)}
	source := e.Tree.File.Source()
	e.Tree.File = file.NewFile(c.FileName, source, e.Tree.File.Base())
	base, origin := e.Base, e.Origin // and not the tree, which would stay with the session
	p.Offset = func(line, column int) int {
		at := rewrite.OffsetAt(source, line, column) - base
		if origin != nil {
			at = origin(at)
		}
		return at
	}
	c.File = &bundle.SourceFile{Name: name, Code: []byte(code), Place: func(line, column int) (int, int) { return LineColumn(code, p.Offset(line, column)) }}
	for idx, site := range run.Sites {
		at := e.Tree.File.Position(int(idx) - 1)
		p.Calls[Place{at.Line, at.Column}] = Call{site, e.Original(int(idx) - 1 - base)}
	}
	if c.Code, err = syntax.CompileTree(e.Tree); err != nil {
		return nil, t.uncompiled(c.File, err)
	}
	c.Builtins = builtins.Needed([]byte(e.Text))
	return c, nil
}

// learns returns the lessons of an entry, which its runs fill.
func (t *Translator) learns(code string) *rewrite.Lessons {
	l := t.lessons[code]
	if l == nil {
		l = &rewrite.Lessons{Waits: make(map[int]string), Walked: make(map[int]string)}
		if t.lessons == nil {
			t.lessons = make(map[string]*rewrite.Lessons)
		}
		t.lessons[code] = l
	}
	return l
}

// host is what the names in an entry mean.
func (t *Translator) host(e *rewrite.Entry, code string) *rewrite.Host {
	h := &rewrite.Host{Modules: t.Modules, Exists: t.Exists, Made: func(string) bool { return false }}
	if e.Origin != nil {
		words := rewrite.WordsOf(code)
		h.Made = func(name string) bool { return !words[name] }
	}
	return h
}

// refused is the error of an entry that cannot do what it says.
func refused(name, code string, r *rewrite.Refusal) *engine.Error {
	line, column := LineColumn(code, r.Offset)
	return &engine.Error{
		Kind: engine.KindCompile, Name: "SyntaxError", Message: r.Message, Hint: r.Hint,
		Position: engine.Position{File: name, Line: line, Column: column}, SourceLine: sourceline.At([]byte(code), line),
	}
}

// uncompiled is the error of an entry that goja's compiler refuses.
func (t *Translator) uncompiled(f *bundle.SourceFile, err error) error {
	var refused *syntax.TreeError
	var panicked *syntax.PanicError
	switch {
	case errors.As(err, &refused):
		at := refused.File.Position(refused.Offset)
		e := &engine.Error{Kind: engine.KindCompile, Name: "SyntaxError", Message: refused.Message, Hint: refused.Hint}
		bundle.Locate(e, map[string]*bundle.SourceFile{at.Filename: f}, engine.Position{File: at.Filename, Line: at.Line, Column: at.Column})
		return e
	case errors.As(err, &panicked) && len(bundle.Transform(string(f.Code), t.loader(), false).Errors) == 0:
		return bundle.CompilePanic(f.Name, panicked)
	default:
		return t.untranslatable(f.Name, string(f.Code), err)
	}
}

// untranslatable is the error of an entry that goja takes by itself and not in its translated form, or the other way round.
func (t *Translator) untranslatable(name, code string, err error) error {
	if result := bundle.Transform(code, t.loader(), false); len(result.Errors) > 0 {
		return bundle.TransformError(name, code, result.Errors)
	}
	message := "the script engine does not understand this"
	if err != nil {
		message += ": " + err.Error()
	}
	return &engine.Error{Kind: engine.KindCompile, Name: "SyntaxError", Position: engine.Position{File: name}, Message: message, SourceLine: sourceline.At([]byte(code), 1)}
}

// take parses an entry. One that is to run must have no for await, which goja lacks.
func (t *Translator) take(name, code string, run bool) (*rewrite.Entry, error) {
	if err := t.checkSize(name, code); err != nil {
		return nil, err
	}
	if t.Language == engine.JavaScript {
		if e, ok := rewrite.ParseEntry(code); ok && !e.Translates() {
			return e, nil
		}
	}
	return t.translate(name, code, run)
}

func (t *Translator) checkSize(name, code string) error {
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

// LineColumn is the position of an offset, with columns in characters, both counted from 1.
func LineColumn(text string, offset int) (line, column int) {
	before := text[:min(max(offset, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[start:])
}
