package scriptname_test

import (
	"testing"

	"github.com/crisphost/crisphost/internal/scriptname"
)

func TestLanguage(t *testing.T) {
	for name, want := range map[string]string{
		"a.lua": "lua", "a/b.JS": "js", "a.mjs": "js", "a.cjs": "js", "a.test.ts": "ts", "a.mts": "ts", "a.cts": "ts",
		"a.tsx": "", "a.jsx": "", "lua": "", "": "",
	} {
		if got, ok := scriptname.Language(name); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %t", name, got, ok)
		}
	}
}

func TestExtensions(t *testing.T) {
	if got, want := scriptname.Extensions(), ".lua, .js, .mjs, .cjs, .ts, .mts or .cts"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
