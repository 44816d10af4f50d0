package js

import (
	"testing"

	"github.com/crisphost/crisphost/internal/enginetest"
)

func TestFiles(t *testing.T) {
	enginetest.CheckBundled(t, NewRuntime(), map[string]enginetest.BundledCase{
		"alone": {"a.js", "console.log(1)", map[string]string{"b.js": ""}, nil, "a.js"},
		"imports": {
			"sub/a.ts", "import { v } from '../lib/v'; import d from './d.json'; console.log(v, d)",
			map[string]string{"lib/v.ts": "import './w.js'; export const v = 1", "lib/w.ts": "console.log('w')", "sub/d.json": "{}", "lib/unused.js": ""}, nil,
			"lib/v.ts lib/w.ts sub/a.ts sub/d.json",
		},
		"package": {
			"a.js", "import x from 'x'; console.log(x)",
			map[string]string{"package.json": "{}", "node_modules/x/package.json": `{"main": "m.js"}`, "node_modules/x/m.js": "module.exports = 1"}, nil,
			"a.js node_modules/x/m.js node_modules/x/package.json package.json",
		},
		"links of a mounted configuration": {
			"a.js", "import { v } from './v.js'; import w from './dir/w'; console.log(v, w)",
			map[string]string{"..1/a.js": "", "..1/v.js": "import './u.js'; export const v = 1", "..1/u.js": "", "..1/dir/w.ts": "export default 2"},
			map[string]string{"..data": "..1", "v.js": "..data/v.js", "u.js": "..data/u.js", "dir": "..data/dir"},
			"..1/dir/w.ts ..1/u.js ..1/v.js a.js dir/w.ts u.js v.js",
		},
		"linked directory": {
			"current/a.js", "import './b.js'; console.log(1)",
			map[string]string{"r1/b.js": ""}, map[string]string{"current": "r1"}, "current/a.js current/b.js r1/a.js r1/b.js",
		},
	})
}
