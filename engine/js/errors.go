package js

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/console"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/internal/words"
)

// errorClasses are the classes of host errors, and the symbol under which an error object keeps its Go error.
type errorClasses struct {
	byName map[string]*goja.Object
	// origin is the symbol of the property that holds the *thrown of an error object.
	origin *goja.Symbol
}

// thrown is the Go side of an error object: the error itself and the calls that led to the host.
type thrown struct {
	opaqueObject
	err    error
	frames []goja.StackFrame
}

// errorClassProgram makes a subclass of Error with a name.
var errorClassProgram = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, `(function (name) {
  const C = class extends Error {};
  Object.defineProperty(C, "name", { value: name, configurable: true });
  Object.defineProperty(C.prototype, "name", { value: name, writable: true, configurable: true });
  return C;
})`, true)
})

// hostErrorClass is the class of that name if the host has errors of it.
func (v *vm) hostErrorClass(name string) (*goja.Object, bool) {
	if class := v.classes.byName[name]; class != nil {
		return class, true
	}
	for _, m := range v.cfg.Modules {
		if slices.Contains(m.ErrorClasses, name) {
			return v.errorClass(name), true
		}
	}
	return nil, false
}

// errorClass is the constructor of a class of errors.
func (v *vm) errorClass(name string) *goja.Object {
	if class := v.classes.byName[name]; class != nil {
		return class
	}
	maker, err := v.rt.RunProgram(errorClassProgram())
	if err != nil {
		panic(err)
	}
	makeClass, _ := goja.AssertFunction(maker)
	value, err := makeClass(goja.Undefined(), v.rt.ToValue(name))
	if err != nil {
		panic(err)
	}
	if v.classes.byName == nil {
		v.classes.byName = make(map[string]*goja.Object)
	}
	class := value.(*goja.Object)
	v.classes.byName[name] = class
	return class
}

// errorValue turns an error of the host into the value to throw. Frames are the calls that led to the host when it answers
// later; without them the object takes the present ones.
func (v *vm) errorValue(err error, frames []goja.StackFrame) goja.Value {
	var class *goja.Object
	var host *engine.HostError
	var argument *engine.ArgumentError
	var script *scriptError
	switch {
	case errors.As(err, &script) && script.vm == v:
		return script.value
	case errors.As(err, &host):
		switch name := host.Name; name {
		case "":
			class = v.rt.Get("Error").(*goja.Object)
		case "Error", "TypeError", "RangeError", "SyntaxError":
			class = v.rt.Get(name).(*goja.Object)
		default:
			class = v.errorClass(name)
		}
	case errors.As(err, &argument):
		class = v.rt.Get("TypeError").(*goja.Object)
	default:
		class = v.rt.Get("Error").(*goja.Object)
	}
	message := err.Error()
	if host != nil && host.Call != "" {
		message = strings.Replace(message, host.Call, words.Camel(host.Call), 1)
	}
	object, newErr := v.rt.New(class, v.rt.ToValue(message))
	if newErr != nil {
		panic(newErr)
	}
	if host != nil {
		v.setErrorFields(object, host)
	}
	if frames != nil {
		v.setStack(object, frames)
	}
	if v.classes.origin == nil {
		v.classes.origin = goja.NewSymbol("origin")
	}
	box := v.rt.NewDynamicObject(&thrown{err: err, frames: frames})
	_ = object.DefineDataPropertySymbol(v.classes.origin, box, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	return object
}

// setErrorFields gives an error object the fields of a host error. A field that cannot be shown is left out: the error
// itself matters more.
func (v *vm) setErrorFields(object *goja.Object, host *engine.HostError) {
	if host.Call != "" {
		_ = object.Set("call", words.Camel(host.Call))
	}
	for _, field := range host.Fields {
		if value, err := v.toValue(field.Value); err == nil {
			_ = objects.SetMember(object, field.Name, value)
		}
	}
	if host.Hint != "" {
		_ = object.Set("hint", host.Hint)
	}
}

// setStack gives an error object made by the event loop the stack of the call that failed.
func (v *vm) setStack(object *goja.Object, frames []goja.StackFrame) {
	var b strings.Builder
	b.WriteString(object.String())
	console.WriteTrace(&b, v.trace(frames))
	_ = object.DefineDataProperty("stack", v.rt.ToValue(b.String()), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// gojaFrame begins the lines of a trace that goja has made.
const gojaFrame = "\n\tat "

// readStack reads the property stack of something. Of an error it has the script's own calls alone.
func (v *vm) readStack(call goja.FunctionCall) goja.Value {
	object, ok := call.Argument(0).(*goja.Object)
	if !ok {
		if objects.IsNullish(call.Argument(0)) {
			panic(v.rt.NewTypeError("Cannot read property 'stack' of %s", call.Argument(0)))
		}
		return goja.Undefined()
	}
	stack := object.Get("stack")
	if stack == nil {
		return goja.Undefined()
	}
	text, ok := stack.(goja.String)
	if !ok || object.ClassName() != "Error" {
		return stack
	}
	header, _, ok := strings.Cut(text.String(), gojaFrame)
	if !ok {
		return stack
	}
	var b strings.Builder
	b.WriteString(header)
	console.WriteTrace(&b, v.trace(v.framesOf(object)))
	value := v.rt.ToValue(b.String())
	_ = object.DefineDataProperty("stack", value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return value
}

// captureStackTrace is Error.captureStackTrace. The calls from that of a function on, if one is given, are left out.
func (v *vm) captureStackTrace(call goja.FunctionCall) goja.Value {
	object, ok := call.Argument(0).(*goja.Object)
	if !ok {
		panic(v.rt.NewTypeError("Error.captureStackTrace: argument 1 must be an object"))
	}
	frames := v.rt.CaptureCallStack(0, nil)
	frames = frames[min(1, len(frames)):]
	if function, ok := call.Argument(1).(*goja.Object); ok {
		name := function.Get("name")
		if i := slices.IndexFunc(frames, func(f goja.StackFrame) bool { return name != nil && f.FuncName() == name.String() }); i >= 0 {
			frames = frames[i+1:]
		}
	}
	name, message := "Error", ""
	if own := object.Get("name"); !objects.IsNullish(own) {
		name = own.String()
	}
	if own := object.Get("message"); !objects.IsNullish(own) {
		message = own.String()
	}
	var b strings.Builder
	b.WriteString(name)
	if message != "" {
		b.WriteString(": " + message)
	}
	console.WriteTrace(&b, v.trace(frames))
	_ = object.DefineDataProperty("stack", v.rt.ToValue(b.String()), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return goja.Undefined()
}

// thrownBy is the Go side of an error object, or nil for one that a script made.
func (v *vm) thrownBy(object *goja.Object) *thrown {
	if v.classes.origin == nil {
		return nil
	}
	box, ok := object.GetSymbol(v.classes.origin).(*goja.Object)
	if !ok {
		return nil
	}
	t, _ := box.Export().(*thrown)
	return t
}

// framesOf are the calls in which an error object was made.
func (v *vm) framesOf(object *goja.Object) []goja.StackFrame {
	if t := v.thrownBy(object); t != nil && t.frames != nil {
		return t.frames
	}
	// goja tells the frames of an error object only by throwing it.
	if exception := v.rt.Try(func() { panic(object) }); exception != nil {
		return exception.Stack()
	}
	return nil
}

// trace is the part of a stack that lies in the user's files.
func (v *vm) trace(frames []goja.StackFrame) []engine.Frame {
	if v.run == nil {
		return nil
	}
	return v.run.program.Trace(frames)
}

// scriptError is a value that a script threw, on its way through Go code back into the script.
type scriptError struct {
	vm    *vm
	value goja.Value
}

func (e *scriptError) Error() string { return e.value.String() }
