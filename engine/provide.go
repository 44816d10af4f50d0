package engine

import (
	"context"
	"io"
	"maps"
	"reflect"
	"time"
)

// provided holds the values of an instance for its host functions by their types. Each is a func() any.
type provided map[reflect.Type]func() any

// Provide gives host functions a value of the instance: a connection, a store, a logger. They get it with Use, by its type.
// A value replaces the one of the same type that the engine has by default.
func Provide[T any](value T) InstanceOption {
	return ProvideFunc(func() T { return value })
}

// ProvideFunc is Provide for a value that may change while the instance lives. It is called at each Use, from any goroutine.
func ProvideFunc[T any](value func() T) InstanceOption {
	return instanceOption(func(c *Config) error {
		values := maps.Clone(c.provided)
		if values == nil {
			values = provided{}
		}
		values[reflect.TypeFor[T]()] = func() any { return value() }
		c.provided = values
		return nil
	})
}

// Use returns the value of type T that was provided to the instance whose call ctx belongs to. It reports whether there
// is one.
func Use[T any](ctx context.Context) (T, bool) {
	var none T
	i := invokerOf(ctx)
	if i == nil {
		return none, false
	}
	value, ok := i.cfg.provided[reflect.TypeFor[T]()]
	if !ok {
		return none, false
	}
	return value().(T), true
}

// Stdout returns the standard output of the instance whose call ctx belongs to. Outside of a call it discards.
func Stdout(ctx context.Context) io.Writer {
	if i := invokerOf(ctx); i != nil && i.cfg.Stdout != nil {
		return i.cfg.Stdout
	}
	return io.Discard
}

// Now returns the time of the clock of the instance whose call ctx belongs to. Outside of a call it is the system's.
func Now(ctx context.Context) time.Time {
	if i := invokerOf(ctx); i != nil && i.cfg.Now != nil {
		return i.cfg.Now()
	}
	return time.Now()
}

type invokerKey struct{}

// hostContext is the context of a host call. It knows the instance.
type hostContext struct {
	context.Context
	invoker *Invoker
}

func (c *hostContext) Value(key any) any {
	if key == (invokerKey{}) {
		return c.invoker
	}
	return c.Context.Value(key)
}

func invokerOf(ctx context.Context) *Invoker {
	if c, ok := ctx.(*hostContext); ok {
		return c.invoker
	}
	i, _ := ctx.Value(invokerKey{}).(*Invoker)
	return i
}
