package value

import (
	"slices"

	"github.com/crisphost/crisphost/engine"
	glua "github.com/yuin/gopher-lua"
)

// lenient turns a value into an argument of a function that refuses none.
func (v *Values) lenient(L *glua.LState, value glua.LValue) any {
	c := &converter{v: v, thread: L}
	return c.shown(value)
}

// shown is a value in its own form, or else as text.
func (c *converter) shown(value glua.LValue) any {
	if value == glua.LNil {
		return engine.Shown("nil")
	}
	if t, ok := value.(*glua.LTable); ok {
		if slices.Contains(c.path, t) {
			return engine.Shown("<circular>")
		}
		if f, text := c.v.host.ShowTable(c.thread, t, c.shown); f != nil {
			return f
		} else if text != "" {
			return engine.Shown(text)
		}
	}
	depth := len(c.path)
	form, err := c.plain(value)
	if err != nil {
		c.path = c.path[:depth]
		return engine.Shown(c.v.Inspect(value))
	}
	return form
}
