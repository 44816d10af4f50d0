package scripttest_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/scripttest"
)

// TestRefused runs the scripts as a Go program does, without and with a module of its own.
func TestRefused(t *testing.T) {
	for _, language := range []engine.Language{engine.Lua, engine.JavaScript} {
		for _, own := range []bool{false, true} {
			options := []engine.Option{lua.Language, js.Language, bindings.Modules()}
			if own {
				options = append(options, engine.WithModules(scripttest.Billing))
			}
			eng, err := engine.New(options...)
			if err != nil {
				t.Fatal(err)
			}
			permissions, err := eng.Vocabulary().Parse([]string{"conversations:read"})
			if err != nil {
				t.Fatal(err)
			}
			path, want := scripttest.Refused(t, language, own)
			code, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			host := scripttest.NewHost(t, spec.TierPlugin, sandbox.Config{Seed: 1})
			program, err := eng.Compile(t.Context(), engine.Source{Name: path, Code: code, Language: language})
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			_, err = eng.Run(t.Context(), program, append(host.Options, engine.WithStdout(&out), engine.WithPermissions(permissions),
				engine.WithFetch(http.DefaultTransport))...)
			if err != nil || out.String() != want {
				t.Errorf("%s: %v, printed\n%s\nwant\n%s", language, err, out.String(), want)
			}
		}
	}
}
