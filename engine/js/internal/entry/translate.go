package entry

import (
	"strings"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/go-sourcemap/sourcemap"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
)

// translate makes JavaScript that goja understands of an entry in TypeScript, or with newer syntax than goja's. It reports errors in
// entries. For a run, loops with for await are translated as well.
func (t *Translator) translate(name, code string, run bool) (*rewrite.Entry, error) {
	if strings.HasPrefix(strings.TrimSpace(code), "{") {
		// An object literal is more useful than a block.
		if object := bundle.Transform("("+code+"\n)", t.loader(), run); len(object.Errors) == 0 {
			return t.translated(name, code, "(", object)
		}
	}
	result := bundle.Transform(code, t.loader(), run)
	if len(result.Errors) > 0 {
		return nil, bundle.TransformError(name, code, result.Errors)
	}
	return t.translated(name, code, "", result)
}

// translated takes apart what esbuild made of an entry with something before it.
func (t *Translator) translated(name, code, before string, result api.TransformResult) (*rewrite.Entry, error) {
	text := string(result.Code)
	e, ok := rewrite.ParseEntry(text)
	if !ok {
		return nil, t.untranslatable(name, code, nil)
	}
	e.Origin = func(int) int { return 0 }
	if consumer, err := sourcemap.Parse("", result.Map); err == nil { // there is none of a text without code
		e.Origin = func(offset int) int {
			line, column := rewrite.BytePosition(text, offset)
			_, _, sourceLine, sourceColumn, ok := consumer.Source(line, column)
			if !ok {
				return 0
			}
			return max(0, rewrite.ByteOffset(before+code, sourceLine, sourceColumn)-len(before))
		}
	}
	return e, nil
}

func (t *Translator) loader() api.Loader {
	if t.Language == engine.TypeScript {
		return api.LoaderTS
	}
	return api.LoaderJS
}

// script is an entry's text with the awaits that it implies.
func (t *Translator) script(e *rewrite.Entry, code string) string {
	inserted := e.Script()
	if e.Origin == nil {
		if e.Base > len(rewrite.EntryHead) { // a value that a script would take for a statement
			return "(" + inserted + "\n)"
		}
		return inserted
	}
	original, ok := e.InsertOriginal(code)
	if !ok {
		return inserted
	}
	// Both have to mean the same.
	got, want := bundle.Transform(original, t.loader(), false), bundle.Transform(inserted, api.LoaderJS, false)
	if len(got.Errors) > 0 || len(want.Errors) > 0 || string(got.Code) != string(want.Code) {
		return inserted
	}
	return original
}
