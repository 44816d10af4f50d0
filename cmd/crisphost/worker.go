package main

import (
	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

// workerEngine makes the engine of the processes in which `crisphost serve` runs scripts.
func workerEngine() (*engine.Engine, error) {
	return engine.New(lua.Language, js.Language, bindings.Modules())
}
