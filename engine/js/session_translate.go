package js

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/go-sourcemap/sourcemap"

	"github.com/crisphost/crisphost/engine"
)

// translate makes JavaScript that goja understands of an entry in TypeScript, or with newer syntax than goja's, and finds what to
// change in it. It reports the mistakes of entries that are wrong.
func (s *session) translate(name, code string) (*entry, error) {
	if strings.HasPrefix(strings.TrimSpace(code), "{") {
		// An object literal is more useful than a block.
		if object := s.transform("("+code+"\n)", s.loader(), false); len(object.Errors) == 0 {
			return s.translated(name, code, "(", object)
		}
	}
	result := s.transform(code, s.loader(), false)
	if len(result.Errors) > 0 {
		return nil, s.mistakes(name, code, result.Errors)
	}
	e, err := s.translated(name, code, "", result)
	if err != nil {
		// A for await inside a function: top-level ones alone are this package's.
		return s.translated(name, code, "", s.transform(code, s.loader(), true))
	}
	return e, nil
}

// translated takes apart what esbuild made of an entry with something before it.
func (s *session) translated(name, code, before string, result api.TransformResult) (*entry, error) {
	text := string(result.Code)
	e, ok := parseEntry(text)
	if !ok {
		return nil, s.untranslatable(name, code, nil)
	}
	e.origin = func(int) int { return 0 }
	if consumer, err := sourcemap.Parse("", result.Map); err == nil { // there is none of a text without code
		e.origin = func(offset int) int {
			line, column := bytePosition(text, offset)
			_, _, sourceLine, sourceColumn, ok := consumer.Source(line, column)
			if !ok {
				return 0
			}
			return max(0, byteOffset(before+code, sourceLine, sourceColumn)-len(before))
		}
	}
	if !s.walk(e, code) {
		return nil, s.untranslatable(name, code, nil)
	}
	return e, nil
}

func (s *session) loader() api.Loader {
	if s.language == engine.TypeScript {
		return api.LoaderTS
	}
	return api.LoaderJS
}

// transform lets esbuild translate an entry. Imports and what nothing uses stay: later entries may use it.
func (s *session) transform(code string, loader api.Loader, lowerLoops bool) api.TransformResult {
	options := (&bundle{}).options()
	options.Supported["for-await"] = !lowerLoops
	options.Supported["async-generator"] = false
	return api.Transform(code, api.TransformOptions{
		Loader: loader, Target: options.Target, Supported: options.Supported, Define: options.Define, Sourcefile: entryFile, Sourcemap: api.SourceMapExternal,
		SourcesContent: api.SourcesContentExclude, TsconfigRaw: `{"compilerOptions":{"verbatimModuleSyntax":true}}`, TreeShaking: api.TreeShakingFalse,
		LogLevel: api.LogLevelSilent,
	})
}

// entryFile is the name of an entry inside esbuild.
const entryFile = "crisphost:entry"

// mistakes makes one error of esbuild's messages about an entry.
func (s *session) mistakes(name, code string, messages []api.Message) error {
	b := &bundle{src: engine.Source{Name: name, Code: []byte(code)}, main: "/" + entryFile, files: map[string]*sourceFile{"/" + entryFile: {name: name}}}
	return b.compileError(messages)
}

// script is an entry's text with the awaits that it implies.
func (s *session) script(e *entry, code string) string {
	inserted := e.render(inScript).String()
	if e.origin == nil {
		if e.base > len(entryHead) { // a value that a script would take for a statement
			return "(" + inserted + "\n)"
		}
		return inserted
	}
	original, ok := s.insertOriginal(e, code)
	if !ok {
		return inserted
	}
	// Both have to mean the same.
	got, want := s.transform(original, s.loader(), false), s.transform(inserted, api.LoaderJS, false)
	if len(got.Errors) > 0 || len(want.Errors) > 0 || string(got.Code) != string(want.Code) {
		return inserted
	}
	return original
}

// insertOriginal inserts an entry's awaits into what was entered, by the places that the source map knows.
func (s *session) insertOriginal(e *entry, code string) (string, bool) {
	o := &entry{text: code, tokens: lex(code)}
	for _, place := range e.waits {
		first, ok := o.same(e, e.tokens.at(place.start))
		if !ok && !o.tokens.is(first, "import") { // which becomes a promise of require
			return "", false
		}
		last, ok := o.same(e, e.tokens.at(place.end)-1)
		if partner := o.tokens.tokens[min(first+1, len(o.tokens.tokens)-1)].partner; o.tokens.is(first, "import") && partner > first {
			last, ok = partner, true
		}
		if !ok {
			return "", false
		}
		// What TypeScript has in parentheses (x as any) has lost them.
		for i := last; i >= first; i-- {
			if partner := o.tokens.tokens[i].partner; partner >= 0 {
				first = min(first, partner)
			}
		}
		o.insert(o.tokens.tokens[first].start, place.before, inBoth)
		o.insert(o.tokens.tokens[last].end, place.after, inBoth)
	}
	for _, change := range e.edits {
		switch {
		case change.in == inScript && change.text == " await":
			loop, ok := o.same(e, e.tokens.at(change.start)-1)
			if !ok {
				return "", false
			}
			o.insert(o.tokens.tokens[loop].end, change.text, inBoth)
		case change.in == inScript && strings.HasPrefix(change.text, "let "):
			at := 0
			if change.text == "let " {
				name, ok := o.same(e, e.tokens.at(change.start))
				if !ok {
					return "", false
				}
				at = o.tokens.tokens[name].start
			}
			o.edits = slices.Insert(o.edits, 0, edit{at, at, change.text, inBoth})
		}
	}
	return o.render(inScript).String(), true
}

// same finds the token that another entry's token was made of.
func (e *entry) same(made *entry, i int) (int, bool) {
	if i < 0 || i >= len(made.tokens.tokens) {
		return 0, false
	}
	mine := e.tokens.at(made.origin(made.tokens.tokens[i].start))
	return mine, e.tokens.text(mine) == made.tokens.text(i)
}

// bytePosition is the place of an offset, the line counted from 1 and the column in UTF-16 units from 0, as source maps do.
func bytePosition(text string, offset int) (line, column int) {
	before := text[:min(offset, len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	for _, r := range before[start:] {
		column += utf16Size(r)
	}
	return 1 + strings.Count(before, "\n"), column
}

// byteOffset is bytePosition's other way.
func byteOffset(text string, line, column int) int {
	at := offsetAt(text, line, 1)
	for column > 0 && at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		column -= utf16Size(r)
		at += size
	}
	return at
}

func utf16Size(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}
