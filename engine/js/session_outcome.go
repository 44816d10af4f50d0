package js

import (
	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
)

// outcome describes an entry's value and makes it the variable _.
func (s *session) outcome(value goja.Value) engine.Outcome {
	if value == nil || goja.IsUndefined(value) {
		return engine.Outcome{None: true}
	}
	s.define("_", value)
	var o engine.Outcome
	if object, ok := value.(*goja.Object); ok {
		if object.ExportType() == typeSequence {
			if stream := object.Export().(*sequence); stream.requests == nil && !stream.finished {
				return engine.Outcome{Sequence: stream.seq}
			}
		}
		o.Call, _ = s.vm.tracked.functions.Get(object)
	}
	w := jsonWriter{tracked: s.vm.tracked}
	if w.value(value) {
		o.JSON = engine.JSON(w.out)
	}
	o.Text = inspectValue(s.vm, value)
	return o
}

// define makes a global variable.
func (s *session) define(name string, value goja.Value) {
	_ = s.vm.rt.GlobalObject().DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}
