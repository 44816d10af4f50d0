package lua_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/enginetest"
	"github.com/crisphost/crisphost/engine/lua"
)

func TestFiles(t *testing.T) {
	root := t.TempDir()
	enginetest.WriteFiles(t, root, map[string]string{
		"sub/near.lua": "return require('lib.deep')", "lib/deep.lua": "return 1", "lib/unused.lua": "", "..1/linked.lua": "return 2",
	})
	if err := os.Symlink("../..1/linked.lua", filepath.Join(root, "sub", "linked.lua")); err != nil {
		t.Skip(err)
	}
	const code = "require 'near' require 'linked' require 'host'"
	p, err := lua.NewRuntime().Compile(t.Context(), engine.Source{
		Name: "sub/a.lua", Code: []byte(code), Language: engine.Lua, Root: root, Dir: filepath.Join(root, "sub"),
	}, []string{"host"})
	if err != nil {
		t.Fatal(err)
	}
	files := p.(engine.Bundled).Files()
	if got := strings.Join(slices.Sorted(maps.Keys(files)), " "); got != "lib/deep.lua sub/a.lua sub/linked.lua sub/near.lua" {
		t.Errorf("files %q", got)
	}
	if string(files["sub/a.lua"]) != code || string(files["sub/linked.lua"]) != "return 2" {
		t.Errorf("contents %q", files)
	}
	p, err = lua.NewRuntime().Compile(t.Context(), engine.Source{Name: "a.lua", Code: []byte("return 1"), Language: engine.Lua}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if files := p.(engine.Bundled).Files(); files != nil {
		t.Errorf("without a root: %q", files)
	}
}
