// Package entry makes programs and scripts of what people enter in a session. It needs no VM.
package entry

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

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
	// Lessons are what runs of entries found out, by their texts.
	Lessons map[string]*rewrite.Lessons
	// count numbers the entries.
	count int
}

// maxEntrySize bounds an entry, in bytes.
const maxEntrySize = 8 << 20

// Compiled is an entry that can run.
type Compiled struct {
	*rewrite.Entry
	Name, Source string
	Code         *goja.Program
	// File is the source under the name that goja reports for it.
	File     *bundle.SourceFile
	FileName string
	// Builtins are the additions to goja's objects that the entry needs, as bits.
	Builtins uint
}

// Compile translates an entry. Mistakes in it are an *engine.Error of kind KindCompile.
func (t *Translator) Compile(name, code string) (*Compiled, error) {
	e, err := t.take(name, code)
	if err != nil {
		return nil, err
	}
	if len(e.Returns) > 0 {
		line, column := LineColumn(code, e.Original(e.Returns[0]))
		return nil, &engine.Error{
			Kind: engine.KindCompile, Name: "SyntaxError", Message: "return stands outside of a function", Hint: "an entry's value is that of its last expression",
			Position: engine.Position{File: name, Line: line, Column: column}, SourceLine: sourceline.At([]byte(code), line),
		}
	}
	run := e.Render(rewrite.InRun)
	text := run.String()
	t.count++
	id := fmt.Sprintf("crisphost-entry-%d", t.count)
	f := &bundle.SourceFile{Name: name, Code: []byte(code)}
	pieces, origin := run.Pieces, e.Origin // and not the tree, which would stay with the session
	f.Place = func(line, column int) (int, int) {
		at := rewrite.SourceOf(pieces, rewrite.OffsetAt(text, line, column))
		if origin != nil {
			at = origin(at)
		}
		return LineColumn(code, at)
	}
	tree, err := syntax.ParseProgram(id, text)
	var program *goja.Program
	if err == nil {
		program, err = syntax.CompileTree(tree)
	}
	if err != nil {
		return nil, t.uncompiled(f, err)
	}
	return &Compiled{Entry: e, Name: name, Source: code, Code: program, File: f, FileName: id, Builtins: builtins.Needed([]byte(text))}, nil
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

// take parses an entry and finds what to change in it.
func (t *Translator) take(name, code string) (*rewrite.Entry, error) {
	if err := t.checkSize(name, code); err != nil {
		return nil, err
	}
	if t.Language == engine.JavaScript {
		if e, ok := rewrite.ParseEntry(code); ok && t.walk(e, code) {
			return e, nil
		}
	}
	return t.translate(name, code)
}

// walk finds the edits of an entry. It is false if there is something in the entry that has to be translated first.
func (t *Translator) walk(e *rewrite.Entry, code string) bool {
	w := &rewrite.Awaiter{Entry: e, Modules: t.Modules, Learned: t.Lessons[code], Exists: t.Exists, Helper: func(string) bool { return false }}
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
