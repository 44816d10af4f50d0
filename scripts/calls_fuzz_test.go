package scripts_test

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
)

func FuzzFindCalls(f *testing.F) {
	for _, code := range []string{
		"local c = crisp.conversations c.list() --[[ x ]] [==[ y ]==] crisp['a'].b{}",
		"const x = `a ${crisp.people.list({a: `${1}`})} b`; /[/`]/.test(x); crisp?.website('x').people.get?.()",
		"import c from 'crisp'; require(\"store\").get('a'); fetch('https://a.b/c') // x\n/* y */ '\\'",
		"#!x\n`${`", "}${", "crisp.website(",
	} {
		f.Add([]byte(code), true)
		f.Add([]byte(code), false)
	}
	f.Fuzz(func(t *testing.T, src []byte, lua bool) {
		lang := engine.JavaScript
		if lua {
			lang = engine.Lua
		}
		lines := strings.Count(string(src), "\n") + 1
		for _, call := range scripts.FindCalls(src, lang) {
			if call.Line < 1 || call.Line > lines || call.Column < 1 {
				t.Errorf("a call at %v of %d lines", call.Position, lines)
			}
		}
	})
}
