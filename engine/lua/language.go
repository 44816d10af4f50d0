package lua

import "github.com/crisphost/crisphost/engine"

// Language is the option of engine.New for scripts in Lua.
var Language = engine.Languages(NewRuntime, engine.Lua)
