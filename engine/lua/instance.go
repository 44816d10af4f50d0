package lua

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/engine/lua/internal/program"
	"github.com/crisphost/crisphost/engine/lua/internal/value"
	"github.com/crisphost/crisphost/internal/nearest"
	glua "github.com/yuin/gopher-lua"
)

// living is a program that was loaded, whose functions can be called.
type living struct {
	program *program.Program
	// result is what the program returned, and given the globals before it ran.
	result glua.LValue
	given  map[string]glua.LValue
	// dead is why there are no more calls.
	dead error
}

// globalsRoom is about how many globals there are before a program runs.
const globalsRoom = 48

// defaultExport is the name of a function that a program returned.
const defaultExport = "default"

// Load runs a program, and keeps what it exports for Call: the functions in the table that it returns; else its global functions, and, if
// it returns a function, that as "default". A program may return what has no JSON form.
func (v *vm) Load(ctx context.Context, p engine.Program) (err error) {
	prog, ok := p.(*program.Program)
	if !ok || !prog.CompiledIn(v.rt.cache) {
		return fmt.Errorf("program %q was not compiled by this runtime", p.Name())
	}
	if err := v.enter(ctx, prog); err != nil {
		return err
	}
	defer v.leave()
	defer panics.Recover(p.Name(), "load", &err)
	v.living = living{program: prog, result: glua.LNil, given: make(map[string]glua.LValue, globalsRoom)}
	for key, value := v.L.G.Global.Next(glua.LNil); key != glua.LNil; key, value = v.L.G.Global.Next(key) {
		if name, ok := key.(glua.LString); ok {
			v.living.given[string(name)] = value
		}
	}
	v.sources[prog.Main.Name] = &source{chunk: prog.Main, loader: prog.Loader, dir: prog.Loader.Dir}
	err = v.runChunk(prog.Main, 1, func(values []glua.LValue) error {
		v.living.result = values[0]
		names := v.exports()
		v.exported.Store(&names)
		return nil
	})
	return v.outlive(err)
}

// Call calls an exported function of the program that was loaded. Arguments are in the forms of engine.Function.Call's results, and
// the result, the first of several, in those of its arguments.
//
// A call that is stopped ends the instance. One whose context has ended before begins nothing.
func (v *vm) Call(ctx context.Context, name string, args []any) (any, error) {
	if err := v.enter(ctx, nil); err != nil {
		return nil, err
	}
	defer v.leave()
	result, err := v.callExport(name, args)
	return result, v.outlive(err)
}

// callExport calls an exported function in a run that was entered.
func (v *vm) callExport(name string, args []any) (result any, err error) {
	L := v.L
	defer panics.Recover("", "call", &err)
	defer L.SetTop(0)
	if v.program == nil {
		return nil, fmt.Errorf("%w: %s: no program was loaded", engine.ErrNoFunction, name)
	}
	fn, err := v.export(name)
	if err != nil {
		return nil, err
	}
	L.Push(fn)
	for i, arg := range args {
		value, err := v.argument(arg)
		if err != nil {
			return nil, fmt.Errorf("call %s: argument %d: %w", name, i+1, err)
		}
		L.Push(value)
	}
	if failed := v.protect(L, len(args), 1); failed != nil {
		return nil, v.runError(failed)
	}
	if v.halted() {
		return nil, v.runError(&failure{})
	}
	return v.result(L.Get(1))
}

// argument is an argument of a call as a Lua value.
func (v *vm) argument(arg any) (glua.LValue, error) {
	if _, ok := arg.(engine.JSON); ok {
		var err error
		if arg, err = value.ParseDocuments(arg); err != nil {
			return glua.LNil, err
		}
	}
	return v.values.ToLua(arg)
}

// outlive ends the instance when the run was stopped. The error is that of the run.
func (v *vm) outlive(err error) error {
	if err != nil && v.stopped.Load() {
		v.living.dead = fmt.Errorf("%w: an earlier call was stopped: %w", engine.ErrClosed, err)
		v.kept.EndAll(engine.ErrClosed)
	}
	return err
}

// export finds an exported function.
func (v *vm) export(name string) (glua.LValue, error) {
	var fn glua.LValue
	if t, ok := v.living.result.(*glua.LTable); ok {
		if fn = t.RawGetString(name); fn == glua.LNil && t.Metatable != glua.LNil {
			var err error
			if fn, err = v.exportBehind(t, name); err != nil {
				return nil, err
			}
		}
	} else {
		fn = v.L.G.Global.RawGetString(name)
		if fn != glua.LNil && fn == v.living.given[name] {
			fn = glua.LNil
		}
	}
	if v.isCallable(fn) {
		return fn, nil
	}
	if fn = v.living.result; name == defaultExport && v.isCallable(fn) {
		return fn, nil
	}
	return nil, v.noExport(name)
}

// exportBehind finds a member that a table gets from its metatable, which may run code.
func (v *vm) exportBehind(t *glua.LTable, name string) (glua.LValue, error) {
	v.L.Push(&glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		L.Push(L.GetField(t, name))
		return 1
	}})
	failed := v.protect(v.L, 0, 1)
	defer v.L.SetTop(0)
	if failed != nil {
		return nil, v.runError(failed)
	}
	return v.L.Get(1), nil
}

// isCallable reports whether a value can be called.
func (v *vm) isCallable(value glua.LValue) bool {
	return value.Type() == glua.LTFunction || v.L.GetMetaField(value, "__call").Type() == glua.LTFunction
}

// noExport is the error of a call of a function that is not there.
func (v *vm) noExport(name string) error {
	names := v.exports()
	exported := strings.Join(names, ", ")
	switch {
	case len(names) > 0:
		if near := nearest.To(name, names); near != "" {
			exported += "; did you mean " + near + "?"
		}
	case v.living.result.Type() == glua.LTTable:
		exported = fmt.Sprintf("nothing; put %s into the table that it returns", name)
	default:
		exported = fmt.Sprintf("nothing; write function %s() end", name)
	}
	return &engine.Error{
		Position: engine.Position{File: v.program.Name()}, Err: engine.ErrNoFunction,
		Message: fmt.Sprintf("%v: %s: the script exports %s", engine.ErrNoFunction, name, exported),
	}
}

// exports are the names of the exported functions.
func (v *vm) exports() []string {
	names := map[string]bool{}
	t, ok := v.living.result.(*glua.LTable)
	if ok {
		v.values.Fill(t)
	} else {
		t = v.L.G.Global
	}
	for key, value := t.Next(glua.LNil); key != glua.LNil; key, value = t.Next(key) {
		name, isText := key.(glua.LString)
		if isText && v.isCallable(value) && (ok || value != v.living.given[string(name)]) {
			names[string(name)] = true
		}
	}
	if v.isCallable(v.living.result) {
		names[defaultExport] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Exports lists the names of the functions that Call took when the program had run, sorted. It waits for no script: a host function
// may ask for them.
func (v *vm) Exports() []string {
	names := v.exported.Load()
	if names == nil || v.closed.Load() {
		return nil
	}
	return slices.Clone(*names)
}

// Idle reports whether the instance can be called. Nothing of Lua goes on between calls.
func (v *vm) Idle(ctx context.Context) error {
	if err := v.enter(ctx, nil); err != nil {
		return err
	}
	v.leave()
	return nil
}
