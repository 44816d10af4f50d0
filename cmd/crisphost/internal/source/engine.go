package source

import (
	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

// Engine returns the engine that runs scripts in every command and in workers.
func Engine() (*engine.Engine, error) {
	return engine.New(lua.Language, js.Language, bindings.Modules())
}
