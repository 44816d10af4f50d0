package js

import (
	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
)

// outcome describes an entry's value and makes it the variable _.
func (s *session) outcome(value goja.Value) engine.Outcome {
	if value == nil || goja.IsUndefined(value) {
		return engine.Outcome{None: true, Undefined: value != nil}
	}
	s.define("_", value)
	o := s.vm.outcome(value)
	if stream := s.vm.streamOf(value); stream != nil && o.Sequence == nil {
		return engine.Outcome{Next: s.stepper(stream)}
	}
	return o
}

// outcome describes a value.
func (v *vm) outcome(value goja.Value) engine.Outcome {
	if value == nil || goja.IsUndefined(value) {
		return engine.Outcome{None: true}
	}
	var o engine.Outcome
	if object, ok := value.(*goja.Object); ok {
		if object.ExportType() == typeSequence {
			if stream := object.Export().(*sequence); stream.requests == nil && !stream.finished {
				return engine.Outcome{Sequence: stream.seq}
			}
		}
		o.Call = v.tracked.PathOf(object)
	}
	if text, ok := v.tracked.JSON(value); ok {
		o.JSON = text
	}
	o.Text = v.inspect(value)
	return o
}

// define makes a global variable.
func (s *session) define(name string, value goja.Value) {
	_ = s.vm.rt.GlobalObject().DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}
