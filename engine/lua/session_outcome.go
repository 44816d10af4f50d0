package lua

import (
	"strings"

	"github.com/crisphost/crisphost/engine"
	glua "github.com/yuin/gopher-lua"
)

// outcome describes the values of an entry and makes the first of them the variable _.
func (s *session) outcome(values []glua.LValue) engine.Outcome {
	if len(values) == 0 || len(values) == 1 && values[0] == glua.LNil {
		return engine.Outcome{None: true}
	}
	s.vm.L.G.Global.RawSetString("_", values[0])
	return s.vm.outcome(values)
}

// outcome describes values.
func (v *vm) outcome(values []glua.LValue) engine.Outcome {
	if len(values) == 0 || len(values) == 1 && values[0] == glua.LNil {
		return engine.Outcome{None: true}
	}
	var o engine.Outcome
	if len(values) == 1 {
		if fn, ok := values[0].(*glua.LFunction); ok {
			if seq, ok := v.tracked.stream(fn); ok {
				return engine.Outcome{Sequence: seq}
			}
			o.Call, _ = v.tracked.functions.Get(fn)
		}
		if text, ok := v.values.JSON(values[0]); ok {
			o.JSON = text
		}
	}
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = v.values.Inspect(value)
	}
	o.Text = strings.Join(texts, "\t")
	return o
}
