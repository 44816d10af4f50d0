package engine

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// decodingState is one value on its way from a script.
type decodingState struct {
	types *types
	// result is set for values that leave the engine: a handle must not leave it by an interface.
	result bool
}

// decoder reads a form of Function.Call's arguments into a Go value that is zero.
type decoder func(d *decodingState, form any, into reflect.Value) *valueError

// decoder returns the plan of a type. It fails for a type that nothing in scripts can be read into.
func (t *types) decoder(typ reflect.Type) (decoder, *valueError) {
	if plan, ok := t.decoders.Load(typ); ok {
		return plan.(decoder), nil
	}
	p := decoderPlanner{types: t, started: map[reflect.Type]*decoder{}}
	plan, err := p.decoder(typ)
	if err != nil {
		return nil, err
	}
	for typ, plan := range p.started {
		t.decoders.LoadOrStore(typ, *plan)
	}
	return plan, nil
}

// decoderPlanner makes the plan of a type and of the types in it.
type decoderPlanner struct {
	types   *types
	started map[reflect.Type]*decoder
}

func (p *decoderPlanner) decoder(t reflect.Type) (decoder, *valueError) {
	if plan, ok := p.types.decoders.Load(t); ok {
		return plan.(decoder), nil
	}
	if plan := p.started[t]; plan != nil {
		// The type contains itself: its plan is complete when it is used.
		return func(d *decodingState, form any, into reflect.Value) *valueError { return (*plan)(d, form, into) }, nil
	}
	plan := new(decoder)
	p.started[t] = plan
	var err *valueError
	*plan, err = p.plan(t)
	return *plan, err
}

func (p *decoderPlanner) plan(t reflect.Type) (decoder, *valueError) {
	if p.types.classes[t] != nil {
		return decodeHandle, nil
	}
	if err := p.types.byValue(t); err != nil {
		return nil, err
	}
	switch t {
	case timeType:
		return decodeTime, nil
	case durationType:
		return decodeDuration, nil
	case reflect.TypeFor[Opaque](), reflect.TypeFor[Handle]():
		return decodeForm, nil
	case reflect.TypeFor[Sequence](), reflect.TypeFor[*Module](), reflect.TypeFor[Multi](), reflect.TypeFor[Record]():
		return nil, badValue("has the Go type %s, which is for results only", t)
	}
	switch {
	case t.Kind() == reflect.Interface && t.NumMethod() > 0:
		return nil, badValue("has the interface type %s; scripts give values, so use a type of them, or any", t)
	case t.Kind() == reflect.Interface:
		return decodeAny, nil
	case isJSONNumber(t):
		return decodeJSONNumber, nil
	case reflect.PointerTo(t).Implements(jsonUnmarshalerType):
		return decodeJSON, nil
	case reflect.PointerTo(t).Implements(textUnmarshalerType):
		return decodeTextUnmarshaler, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return decodeBool, nil
	case reflect.String:
		return decodeString, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return decodeInt, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return decodeUint, nil
	case reflect.Float32, reflect.Float64:
		return decodeFloat, nil
	case reflect.Pointer:
		return p.pointer(t)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 && !unmarshals(t.Elem()) {
			return decodeBytes, nil
		}
		return p.list(t)
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 && !unmarshals(t.Elem()) {
			return decodeByteArray, nil
		}
		return p.list(t)
	case reflect.Map:
		return p.object(t)
	case reflect.Struct:
		return p.structure(t)
	case reflect.Func:
		err := badValue("has the Go type %s: a script's functions cannot be passed to the host", t)
		err.problem += "; return what it is to be called with"
		return nil, err
	default:
		return nil, badValue("has the Go type %s, which scripts cannot give", t)
	}
}

func unmarshals(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonUnmarshalerType) || p.Implements(textUnmarshalerType)
}

// takes is the error of a value of another kind than the type takes.
func takes(what string, form any) *valueError {
	return &valueError{problem: "takes " + what + ", not " + describeForm(form)}
}

// describeForm says in words what kind of value a script gave.
func describeForm(form any) string {
	switch form := form.(type) {
	case nil:
		return "nothing"
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	case time.Time:
		return "a date"
	case []byte:
		return "bytes"
	case Handle:
		return article(form.Class.Name)
	default:
		return "a host value"
	}
}

func article(name string) string {
	if name != "" && strings.ContainsRune("AEIOUaeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

func decodeForm(_ *decodingState, form any, into reflect.Value) *valueError {
	if form == nil || reflect.TypeOf(form) != into.Type() {
		return takes("a host value", form)
	}
	into.Set(reflect.ValueOf(form))
	return nil
}

func decodeHandle(d *decodingState, form any, into reflect.Value) *valueError {
	if form == nil {
		return nil
	}
	h, ok := form.(Handle)
	if !ok || reflect.TypeOf(h.Value) != into.Type() {
		return takes(article(d.types.classes[into.Type()].Name), form)
	}
	into.Set(reflect.ValueOf(h.Value))
	return nil
}

func decodeAny(d *decodingState, form any, into reflect.Value) *valueError {
	if form == nil {
		return nil
	}
	if d.result {
		if err := leak(form); err != nil {
			return err
		}
	}
	into.Set(reflect.ValueOf(form))
	return nil
}

// leak returns an error for a value that has a Go value of the host in it.
func leak(form any) *valueError {
	switch form := form.(type) {
	case Handle:
		return &valueError{
			problem: "is " + article(form.Class.Name) + ", a handle of the host",
			hint:    fmt.Sprintf("read it as %T", form.Value),
		}
	case Opaque:
		return badValue("is a host value, which has no form outside of scripts")
	case []any:
		for i, item := range form {
			if err := leak(item); err != nil {
				return err.item(i)
			}
		}
	case map[string]any:
		for name, member := range form {
			if err := leak(member); err != nil {
				return err.in(name)
			}
		}
	}
	return nil
}

// decodeJSON lets a type read the JSON of a value by itself.
func decodeJSON(_ *decodingState, form any, into reflect.Value) *valueError {
	if err := leak(form); err != nil {
		return takes("a value with a JSON form", form)
	}
	text, err := json.Marshal(form, json.Deterministic(true))
	if err != nil {
		return &valueError{problem: err.Error(), err: err}
	}
	u := into.Addr().Interface().(jsonUnmarshaler)
	err = u.UnmarshalJSON(text)
	if members, ok := form.(map[string]any); ok && err != nil && len(members) == 0 {
		// An empty Lua table may be a list.
		into.SetZero()
		err = u.UnmarshalJSON([]byte("[]"))
	}
	if err != nil {
		return &valueError{problem: err.Error(), err: err}
	}
	return nil
}

func decodeTextUnmarshaler(_ *decodingState, form any, into reflect.Value) *valueError {
	text, ok := form.(string)
	if !ok {
		return takes("a string", form)
	}
	if err := into.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
		return &valueError{problem: err.Error(), err: err}
	}
	return nil
}
