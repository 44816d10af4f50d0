// Package bindings holds the host modules that scripts see: crisp.*, made from the operation table of crisp/spec, and the
// small standard library around it (log, json, time, csv, crypto, files, env, store, print_table).
//
//	eng, err := engine.New(lua.Language, js.Language, bindings.Crisp(client, sandbox.WebsiteID))
//	...
//	n, err := engine.Eval[int](ctx, eng, "count.lua", `return #crisp.people.list()`)
//
// The modules are in the VM-neutral form of package engine, are built once, and are shared by all engines. What differs from
// instance to instance (connection, store, files, logger, arguments) is given by the options of this package, to engine.New as
// the default or to an instance. Calls fail with a message where something is missing.
package bindings

import (
	"slices"
	"sync"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
)

// Crisp is the option of engine.New for all modules of this package, with the connection that instances have by default.
func Crisp(client *crisp.Client, websiteID string) engine.Option {
	return engine.Options(Modules(), WithConnection(client, websiteID))
}

// Modules is the option of engine.New for all modules of this package. Instances need a WithConnection.
func Modules() engine.Option {
	var sources []engine.ModuleSource
	for _, m := range modules() {
		sources = append(sources, m)
	}
	return engine.Options(engine.WithModules(sources...), WithArgs(nil))
}

// modules are all modules. They know no instance.
var modules = sync.OnceValue(func() []*engine.Module {
	all := []*engine.Module{
		crispModule(),
		csvModule(),
		cryptoModule(),
		envModule(),
		filesModule(),
		jsonModule(),
		logModule(),
		printTableModule(),
		storeModule(),
		timeModule(),
	}
	for _, m := range all {
		strict(m)
	}
	return all
})

// strict has misspelled members fail. Of env scripts ask for what may not be there, and crypto is also an object
// of the web, of which libraries find out what it has.
func strict(m *engine.Module) {
	m.Strict = m.Name != "crypto" && m.Name != "env"
	for _, sub := range m.Modules {
		strict(sub)
	}
}

// List returns the modules themselves, for tools that read names and documentation.
func List() []*engine.Module { return slices.Clone(modules()) }

// free lets every script call the functions of a module, which has no effect outside of the process.
func free(m *engine.Module) *engine.Module {
	for i := range m.Functions {
		m.Functions[i].Permission = engine.NoPermission
	}
	if m.Apply != nil {
		m.Apply.Permission = engine.NoPermission
	}
	for _, sub := range m.Modules {
		free(sub)
	}
	return m
}
