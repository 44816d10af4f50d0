package bundle

import (
	"github.com/evanw/esbuild/pkg/api"

	"github.com/crisphost/crisphost/engine"
)

// Transform lets esbuild translate an entry. Imports and what nothing uses stay: later entries may use it.
func Transform(code string, loader api.Loader, lowerLoops bool) api.TransformResult {
	options := (&bundle{}).options()
	options.Supported["for-await"] = !lowerLoops
	options.Supported["async-generator"] = false
	result := api.Transform(code, api.TransformOptions{
		Loader: loader, Target: options.Target, Supported: options.Supported, Define: options.Define, Sourcefile: entryFile, Sourcemap: api.SourceMapExternal,
		SourcesContent: api.SourcesContentExclude, TsconfigRaw: `{"compilerOptions":{"verbatimModuleSyntax":true}}`, TreeShaking: api.TreeShakingFalse,
		LogLevel: api.LogLevelSilent,
	})
	result.Code, _ = mendGenerators(result.Code)
	return result
}

// entryFile is the name of an entry inside esbuild.
const entryFile = "crisphost:entry"

// TransformError makes one error of esbuild's messages about an entry.
func TransformError(name, code string, messages []api.Message) error {
	b := &bundle{src: engine.Source{Name: name, Code: []byte(code)}, main: "/" + entryFile, files: map[string]*SourceFile{"/" + entryFile: {Name: name}}}
	return b.compileError(messages)
}
