package lua

import (
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

func TestFiles(t *testing.T) {
	enginetest.CheckBundled(t, NewRuntime(), map[string]enginetest.BundledCase{
		"alone": {"a.lua", "return 1", map[string]string{"b.lua": ""}, nil, "a.lua"},
		"imports": {
			"sub/a.lua", "require 'near' require 'host'",
			map[string]string{"sub/near.lua": "return require('lib.deep')", "lib/deep.lua": "return 1", "lib/unused.lua": ""}, nil,
			"lib/deep.lua sub/a.lua sub/near.lua",
		},
		"links of a mounted configuration": {
			"sub/a.lua", "require 'linked'",
			map[string]string{"..1/linked.lua": "return 2", "sub/near.lua": ""}, map[string]string{"sub/linked.lua": "../..1/linked.lua"},
			"sub/a.lua sub/linked.lua",
		},
	})
	p, err := NewRuntime().Compile(t.Context(), engine.Source{Name: "a.lua", Code: []byte("return 1"), Language: engine.Lua}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if files := p.(engine.Bundled).Files(); files != nil {
		t.Errorf("without a root: %q", files)
	}
}
