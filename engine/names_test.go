package engine_test

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

// No module can take the place of a global that a script without modules has.
func TestModulesHideNoGlobals(t *testing.T) {
	eng, err := engine.New(lua.Language, js.Language)
	if err != nil {
		t.Fatal(err)
	}
	for file, code := range map[string]string{
		"a.lua": `local names = {} for name in pairs(_G) do names[#names + 1] = name end return names`,
		"a.mjs": `export default [...Object.getOwnPropertyNames(globalThis),
			...["console", "fetch", "setTimeout", "URL", "structuredClone", "atob", "performance", "queueMicrotask", "map"]
				.filter(name => name in globalThis)]`,
	} {
		names, err := engine.Eval[[]string](t.Context(), eng, file, code)
		if err != nil || len(names) < 30 {
			t.Fatalf("%s: got %q, %v", file, names, err)
		}
		for _, name := range names {
			_, err := engine.New(lua.Language, js.Language, engine.WithModules(engine.NewModule(name)))
			if err == nil || !strings.Contains(err.Error(), "module name ") {
				t.Errorf("%s: a module can be named %s: %v", file, name, err)
			}
		}
	}
	for _, name := range []string{"crypto", "json", "time", "store", "env", "http", "csv"} {
		if _, err := engine.New(lua.Language, engine.WithModules(engine.NewModule(name))); err != nil {
			t.Error(err)
		}
	}
}
