package js

import "github.com/crisphost/crisphost/engine"

// Language is the option of engine.New for scripts in JavaScript and TypeScript.
var Language = With()

// With is Language with options.
func With(options ...Option) engine.Option {
	return engine.Languages(func() engine.Runtime { return NewRuntime(options...) }, engine.JavaScript, engine.TypeScript)
}
