package js

import (
	"strings"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/go-sourcemap/sourcemap"

	"github.com/crisphost/crisphost/engine"
)

// translate makes JavaScript that goja understands of an entry in TypeScript, or with newer syntax than goja's, and finds what to
// change in it. It reports the mistakes of entries that are wrong.
func (s *session) translate(name, code string) (*entry, error) {
	result := s.transform(code)
	if len(result.Errors) > 0 && strings.HasPrefix(strings.TrimSpace(code), "{") {
		// An object literal is more useful than a block.
		if object := s.transform("(" + code + "\n)"); len(object.Errors) == 0 {
			result = object
		}
	}
	if len(result.Errors) > 0 {
		return nil, s.mistakes(name, code, result.Errors)
	}
	text := string(result.Code)
	e, ok := parseEntry(text)
	if !ok || !s.walk(e, s.lessons[code]) {
		return nil, s.untranslatable(name, code, nil)
	}
	consumer, err := sourcemap.Parse("", result.Map)
	if err == nil {
		e.origin = func(offset int) int {
			line, column := bytePosition(text, offset)
			_, _, sourceLine, sourceColumn, ok := consumer.Source(line, column)
			if !ok {
				return 0
			}
			return byteOffset(code, sourceLine, sourceColumn)
		}
	}
	return e, nil
}

// transform lets esbuild translate an entry. Imports and what nothing uses stay: later entries may use it.
func (s *session) transform(code string) api.TransformResult {
	options := (&bundle{}).options()
	options.Supported["for-await"] = false
	options.Supported["async-generator"] = false
	loader := api.LoaderJS
	if s.language == engine.TypeScript {
		loader = api.LoaderTS
	}
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
