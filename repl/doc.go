// Package repl is the interactive shell: it reads entries in JavaScript or Lua, evaluates them in an engine.Session, and shows
// what they give.
//
//	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(billing))
//	...
//	err = repl.Run(ctx, repl.Config{Engine: eng, In: in, Out: os.Stdout, Err: os.Stderr})
//
// The evaluation itself is the engine's and the calls are those of package bindings. The shell adds what a person needs: line
// editing, completion and help from the catalogue of calls, results as tables and trees, commands, history, and questions before
// calls that cannot be taken back.
package repl
