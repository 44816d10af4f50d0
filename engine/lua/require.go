package lua

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/program"
	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	"github.com/crisphost/crisphost/engine/lua/internal/stdlib"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// load is a required file. Each is run once per VM.
type load struct {
	name  string // as errors show it
	task  *task  // who runs it
	from  *load  // whose require runs it, of the same task
	done  chan struct{}
	value glua.LValue // what it returned, or nil while it runs and after a failure
}

// baseRequire answers a host module, a library or what a file returned.
func baseRequire(L *glua.LState) int {
	v := vmOf(L)
	name := stdlib.CheckString(L, 1)
	if m, ok := v.modules[name]; ok {
		L.Push(m)
		return 1
	}
	src := v.callerSource(L)
	if src == nil {
		v.raise(L, &engine.HostError{
			Message: fmt.Sprintf("cannot require %q: it is neither a host module nor a library, and this code has no file to look from", name),
			Hint:    requireHint(name, v.hasModule),
		})
	}
	rel, c, err := src.loader.Find(src.dir, name)
	if err != nil {
		v.raiseCompile(L, err)
	}
	key := src.loader.Key(rel)
	for {
		l := v.loads[key]
		if l == nil {
			break
		}
		if l.value != nil {
			L.Push(l.value)
			return 1
		}
		v.awaitLoad(L, l)
	}
	v.sources[c.Name] = &source{chunk: c, loader: src.loader, dir: path.Dir(rel)}
	L.Push(v.runLoad(L, key, c, name))
	return 1
}

// runLoad runs a file for the first time.
func (v *vm) runLoad(L *glua.LState, key program.Key, c *syntax.Chunk, name string) glua.LValue {
	t := threadOf(L).task
	l := &load{name: c.Name, task: t, from: t.loading, done: make(chan struct{})}
	v.loads[key], t.loading = l, l
	defer func() {
		t.loading = l.from
		if l.value == nil {
			delete(v.loads, key) // it failed, and may be tried again
		}
		close(l.done)
	}()
	L.Push(L.NewFunctionFromProto(c.Proto))
	L.Push(glua.LString(name))
	L.Call(1, 1)
	value := L.Get(-1)
	L.Pop(1)
	if value == glua.LNil {
		value = glua.LTrue
	}
	l.value = value
	return value
}

// awaitLoad waits for another task that runs a file. Waiting for oneself is a cycle.
func (v *vm) awaitLoad(L *glua.LState, l *load) {
	me := threadOf(L).task
	for other := l; other != nil; other = other.task.waiting {
		for t := me; t != nil; t = t.parent {
			if other.task == t {
				L.RaiseError("files require each other in a circle: %s", circle(l))
			}
		}
	}
	me.waiting = l
	host := v.context()
	v.unlocked(L, func() {
		select {
		case <-l.done:
		case <-host.Done():
		}
	})
	me.waiting = nil
	v.stopIfHalted(L)
}

// circle lists the files from the one that is required again.
func circle(l *load) string {
	names := []string{l.name}
	for at := l.task.loading; at != nil && at != l; at = at.from {
		names = append(names, at.name)
	}
	// The innermost comes last, and then the first again.
	for i, j := 1, len(names)-1; i < j; i, j = i+1, j-1 {
		names[i], names[j] = names[j], names[i]
	}
	return strings.Join(append(names, l.name), " -> ")
}

// callerSource is where the Lua function comes from that called the running Go function, or nil.
func (v *vm) callerSource(L *glua.LState) *source {
	for f := stack.Current(L).Parent(); f.Valid(); f = f.Parent() {
		if !f.Fn().IsG {
			return v.sources[f.Fn().Proto.SourceName]
		}
	}
	return nil
}

// raiseCompile throws the error of a file that cannot be loaded. A mistake in it keeps its place.
func (v *vm) raiseCompile(L *glua.LState, err error) {
	var mistake *engine.Error
	if errors.As(err, &mistake) {
		err = &engine.HostError{Name: "SyntaxError", Message: mistake.Error(), Err: err}
	}
	var missing *program.MissingError
	if errors.As(err, &missing) {
		err = &engine.HostError{Message: err.Error(), Hint: requireHint(missing.Name, v.hasModule), Err: err}
	}
	v.raise(L, err)
}

// baseLoad compiles text, or the pieces that a function answers: load(chunk, name, mode, env). It answers a function, or nil
// and what is wrong.
func baseLoad(L *glua.LState) int {
	var text string
	switch source := L.Get(1).(type) {
	case glua.LString:
		text = string(source)
	case *glua.LFunction:
		var b strings.Builder
		for {
			L.Push(source)
			L.Call(0, 1)
			piece := L.Get(-1)
			L.Pop(1)
			if piece == glua.LNil || piece == glua.LString("") {
				break
			}
			s, ok := piece.(glua.LString)
			if !ok {
				L.RaiseError("the function given to 'load' must answer strings, not a %s", stack.TypeName(piece))
			}
			b.WriteString(string(s))
			if b.Len() > syntax.MaxSourceBytes {
				break // compiling says so
			}
		}
		text = b.String()
	default:
		L.ArgError(1, "string or function expected, got "+stack.TypeName(source))
	}
	if mode := stdlib.OptString(L, 3, "bt"); !strings.Contains(mode, "t") {
		L.Push(glua.LNil)
		L.Push(glua.LString(fmt.Sprintf("attempt to load a text chunk (mode is '%s')", mode)))
		return 2
	}
	var env *glua.LTable
	if L.GetTop() >= 4 {
		env = L.CheckTable(4)
	}
	return loadText(L, text, stdlib.OptString(L, 2, ""), env)
}

func baseLoadString(L *glua.LState) int {
	return loadText(L, stdlib.CheckString(L, 1), stdlib.OptString(L, 2, ""), nil)
}

func loadText(L *glua.LState, text, name string, env *glua.LTable) int {
	if name = strings.TrimLeft(name, "=@"); name == "" {
		name = "load"
	}
	c, err := vmOf(L).compileLoaded(L, name, []byte(text))
	if err != nil {
		L.Push(glua.LNil)
		L.Push(glua.LString(err.Error()))
		return 2
	}
	fn := L.NewFunctionFromProto(c.Proto)
	if env != nil {
		fn.Env = env
	}
	L.Push(fn)
	return 1
}

// compileLoaded compiles a text that a script has made. A script that is stopped meanwhile leaves the work behind: see syntax.Await.
func (v *vm) compileLoaded(L *glua.LState, name string, text []byte) (*syntax.Chunk, error) {
	if len(text) <= syntax.QuickSource {
		return syntax.Compile(name, text)
	}
	c, done, err := syntax.Await(v.context(), func() (*syntax.Chunk, error) { return syntax.Compile(name, text) })
	if !done {
		v.stopped.Store(true)
		L.RaiseError("%s", errStopped.Error())
	}
	return c, err
}
