package export

import (
	"errors"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
)

// members gathers those of an object in the form that the function takes.
type members struct {
	plain   map[string]any
	ordered engine.Record
}

func (e *Exporter) newMembers(size int) members {
	if e.form == engine.PlainArguments {
		return members{plain: make(map[string]any, size)}
	}
	return members{ordered: make(engine.Record, 0, size)}
}

func (m *members) add(name string, value any) {
	if m.plain != nil {
		m.plain[name] = value
		return
	}
	m.ordered = append(m.ordered, engine.Field{Name: name, Value: value})
}

func (m *members) value() any {
	if m.plain != nil {
		return m.plain
	}
	return m.ordered
}

// member is a member of an object. What a getter throws is shown where nothing is refused.
func (e *Exporter) member(object *goja.Object, key string) (value goja.Value) {
	if e.form != engine.LenientArguments {
		return object.Get(key)
	}
	rt := e.host.Runtime()
	if exception := rt.Try(func() { value = object.Get(key) }); exception != nil {
		return rt.ToValue("[throws: " + exception.Value().String() + "]")
	}
	return value
}

// lenient exports a value to a function that refuses none. Only a run that was stopped is an error.
func (e *Exporter) lenient(value goja.Value) (result any, err error) {
	if value == nil || goja.IsUndefined(value) {
		return engine.Shown("undefined"), nil
	}
	path, parents := len(e.path), len(e.parents)
	exception := e.host.Runtime().Try(func() {
		if object, ok := value.(*goja.Object); ok && object.ClassName() == "Error" && e.enter(object) == nil {
			defer e.leave()
			result = e.host.Failure(object, func(member goja.Value) any {
				converted, problem := e.Export(member)
				if problem != nil {
					err = problem
				}
				return converted
			})
			return
		}
		result, err = e.export(value)
	})
	var argument *engine.ArgumentError
	if exception == nil && !errors.As(err, &argument) {
		return result, err
	}
	e.path, e.parents = e.path[:path], e.parents[:parents]
	for _, parent := range e.parents {
		if value == goja.Value(parent) {
			return engine.Shown("[Circular]"), nil
		}
	}
	return engine.Shown(e.host.Inspect(value)), nil
}
