package lua

import (
	"errors"
	"unsafe"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	"github.com/crisphost/crisphost/engine/lua/internal/stdlib"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// hostError is an error of a host function as scripts see it: a table with the fields of the error. Scripts hold a pointer
// to the table, which is the first field, and hostErrorOf turns it back.
type hostError struct {
	glua.LTable
	err    error
	frames []stack.Call // where the host function was called
}

// raise throws a host function's error into the script.
func (v *vm) raise(L *glua.LState, err error) {
	L.Error(v.newHostError(L, err), 1)
}

func (v *vm) newHostError(L *glua.LState, err error) *glua.LTable {
	e := &hostError{err: err, frames: stack.Calls(stack.Current(L))}
	e.Metatable = v.hostErrorMeta()
	t := &e.LTable
	name, message, hint := "Error", err.Error(), ""
	var (
		host     *engine.HostError
		argument *engine.ArgumentError
	)
	switch {
	case errors.As(err, &host):
		message, hint = host.Error(), host.Hint
		if host.Name != "" {
			name = host.Name
		}
	case errors.As(err, &argument):
		name = "TypeError"
	}
	t.RawSetString("name", glua.LString(name))
	t.RawSetString("message", glua.LString(message))
	if hint != "" {
		t.RawSetString("hint", glua.LString(hint))
	}
	if host != nil {
		if host.Call != "" {
			t.RawSetString("call", glua.LString(host.Call))
		}
		for _, f := range host.Fields {
			if value, err := v.values.ToLua(f.Value); err == nil {
				t.RawSetString(f.Name, value)
			}
		}
	}
	return t
}

// hostErrorOf is the error that a table stands for, or nil.
func (v *vm) hostErrorOf(t *glua.LTable) *hostError {
	if v.hostErrors == nil || t.Metatable != glua.LValue(v.hostErrors) {
		return nil
	}
	return (*hostError)(unsafe.Pointer(t))
}

// ShowTable implements value.Host.
func (v *vm) ShowTable(L *glua.LState, t *glua.LTable, convert func(glua.LValue) any) (*engine.Failure, string) {
	if v.values.IsModule(t) {
		return nil, "<module>"
	}
	e := v.hostErrorOf(t)
	if e == nil {
		return nil, v.ownText(L, t)
	}
	f := &engine.Failure{}
	var names []string
	for k, _ := t.Next(glua.LNil); k != glua.LNil; k, _ = t.Next(k) {
		if name, ok := k.(glua.LString); ok {
			names = append(names, string(name))
		}
	}
	for _, name := range names {
		switch value := t.RawGetString(name); name {
		case "name":
			f.Name = syntax.Text(value)
		case "message":
			f.Message = syntax.Text(value)
		default:
			f.Fields = append(f.Fields, engine.Field{Name: name, Value: convert(value)})
		}
	}
	f.Trace = v.trace(e.frames)
	return f, ""
}

// ownText is what a table says of itself by a __tostring of the script, or empty.
func (v *vm) ownText(L *glua.LState, t *glua.LTable) string {
	if L.GetMetaField(t, "__tostring") == glua.LNil {
		return ""
	}
	top := L.GetTop()
	defer L.SetTop(top)
	L.Push(stack.PCallFunction)
	L.Push(&glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		L.Push(glua.LString(stdlib.ToText(L, t)))
		return 1
	}})
	L.Call(1, 2)
	if L.Get(-2) != glua.LTrue {
		return ""
	}
	return L.Get(-1).String()
}

// hostErrorMeta is the metatable of host errors. It is protected, because its presence vouches for the memory behind a table.
func (v *vm) hostErrorMeta() *glua.LTable {
	if v.hostErrors == nil {
		mt := &glua.LTable{Metatable: glua.LNil}
		mt.RawSetString("__tostring", &glua.LFunction{IsG: true, GFunction: hostErrorString})
		mt.RawSetString("__concat", &glua.LFunction{IsG: true, GFunction: hostErrorConcat})
		mt.RawSetString("__metatable", glua.LString("error"))
		v.hostErrors = mt
	}
	return v.hostErrors
}

func hostErrorString(L *glua.LState) int {
	t := L.CheckTable(1)
	text := syntax.Text(t.RawGetString("message"))
	if name := syntax.Text(t.RawGetString("name")); name != "Error" {
		text = name + ": " + text
	}
	L.Push(glua.LString(text))
	return 1
}

// hostErrorConcat lets scripts write "failed: " .. err.
func hostErrorConcat(L *glua.LState) int {
	L.Push(glua.LString(stdlib.ToText(L, L.Get(1)) + stdlib.ToText(L, L.Get(2))))
	return 1
}
