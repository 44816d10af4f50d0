package engine

import (
	"encoding"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/timetext"
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
		return nil, badValue("has the Go type %s: a script's functions cannot be passed to the host; return what it is to be called with", t)
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

func decodeBool(_ *decodingState, form any, into reflect.Value) *valueError {
	b, ok := form.(bool)
	if !ok {
		return takes("true or false", form)
	}
	into.SetBool(b)
	return nil
}

func decodeString(_ *decodingState, form any, into reflect.Value) *valueError {
	text, ok := form.(string)
	if !ok {
		return takes("a string", form)
	}
	into.SetString(text)
	return nil
}

// whole returns a number as an integer.
func whole(form any) (int64, *valueError) {
	switch x := form.(type) {
	case int64:
		return x, nil
	case float64:
		if x == math.Trunc(x) {
			return 0, badValue("takes a whole number within 2^53, got %v", x)
		}
		return 0, badValue("takes a whole number, got %v", x)
	default:
		return 0, takes("a number", form)
	}
}

func decodeInt(_ *decodingState, form any, into reflect.Value) *valueError {
	n, err := whole(form)
	if err != nil {
		return err
	}
	if into.OverflowInt(n) {
		bits := into.Type().Bits()
		return badValue("takes a whole number from %d to %d, got %d", int64(-1)<<(bits-1), int64(1)<<(bits-1)-1, n)
	}
	into.SetInt(n)
	return nil
}

func decodeUint(_ *decodingState, form any, into reflect.Value) *valueError {
	n, err := whole(form)
	switch {
	case err != nil:
		return err
	case n < 0 && into.Type().Bits() == 64:
		return badValue("takes a whole number from 0, got %d", n)
	case n < 0 || into.OverflowUint(uint64(n)):
		return badValue("takes a whole number from 0 to %d, got %d", uint64(1)<<into.Type().Bits()-1, n)
	}
	into.SetUint(uint64(n))
	return nil
}

func decodeFloat(_ *decodingState, form any, into reflect.Value) *valueError {
	var x float64
	switch n := form.(type) {
	case int64:
		x = float64(n)
	case float64:
		x = n
	default:
		return takes("a number", form)
	}
	// The shortest text of the largest float32 is above it, and rounds to it.
	if into.Kind() == reflect.Float32 && math.IsInf(float64(float32(x)), 0) {
		return badValue("takes a number within the range of float32, got %v", x)
	}
	into.SetFloat(x)
	return nil
}

func decodeJSONNumber(_ *decodingState, form any, into reflect.Value) *valueError {
	switch n := form.(type) {
	case int64:
		into.SetString(strconv.FormatInt(n, 10))
	case float64:
		into.SetString(formatFloat(n))
	default:
		return takes("a number", form)
	}
	return nil
}

func decodeTime(_ *decodingState, form any, into reflect.Value) *valueError {
	const what = "a date, Unix milliseconds, or ISO 8601 text"
	var at time.Time
	switch x := form.(type) {
	case time.Time:
		at = x
	case int64:
		at = time.UnixMilli(x)
	case float64:
		if math.Abs(x) > maxExact {
			return badValue("takes "+what+", got %v", x)
		}
		at = time.UnixMilli(int64(math.Floor(x))).Add(time.Duration((x - math.Floor(x)) * float64(time.Millisecond)))
	case string:
		for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
			var err error
			if at, err = time.Parse(layout, x); err == nil {
				into.Set(reflect.ValueOf(at))
				return nil
			}
		}
		return badValue("takes "+what+" such as 2026-11-30T15:04:05Z, got %q", shorten(x))
	default:
		return takes(what, form)
	}
	into.Set(reflect.ValueOf(at))
	return nil
}

func decodeDuration(_ *decodingState, form any, into reflect.Value) *valueError {
	const what = `a duration in milliseconds, or as text such as "1m30s"`
	var ms float64
	switch x := form.(type) {
	case int64:
		ms = float64(x)
	case float64:
		ms = x
	case string:
		d, ok := timetext.ParseDuration(x)
		if !ok {
			return badValue("takes "+what+", got %q", shorten(x))
		}
		into.SetInt(int64(d))
		return nil
	default:
		return takes(what, form)
	}
	ns := math.Round(ms * float64(time.Millisecond))
	if math.Abs(ns) >= math.MaxInt64 {
		return badValue("takes "+what+", got %v, which is too long", ms)
	}
	into.SetInt(int64(ns))
	return nil
}

// shorten cuts text for a message.
func shorten(text string) string {
	const limit = 40
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

func decodeBytes(_ *decodingState, form any, into reflect.Value) *valueError {
	switch x := form.(type) {
	case []byte:
		into.SetBytes(x)
	case string:
		into.SetBytes([]byte(x))
	case nil:
	default:
		return takes("bytes or a string", form)
	}
	return nil
}

func decodeByteArray(_ *decodingState, form any, into reflect.Value) *valueError {
	var data []byte
	switch x := form.(type) {
	case []byte:
		data = x
	case string:
		data = []byte(x)
	default:
		return takes("bytes or a string", form)
	}
	if len(data) != into.Len() {
		return badValue("takes %d bytes, got %d", into.Len(), len(data))
	}
	reflect.Copy(into, reflect.ValueOf(data).Convert(reflect.SliceOf(into.Type().Elem())))
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

func (p *decoderPlanner) pointer(t reflect.Type) (decoder, *valueError) {
	elem, err := p.decoder(t.Elem())
	if err != nil {
		return nil, err
	}
	return func(d *decodingState, form any, into reflect.Value) *valueError {
		if form == nil {
			return nil
		}
		if h, ok := form.(Handle); ok && reflect.TypeOf(h.Value) == t {
			into.Set(reflect.ValueOf(h.Value))
			return nil
		}
		value := reflect.New(t.Elem())
		if err := elem(d, form, value.Elem()); err != nil {
			return err
		}
		into.Set(value)
		return nil
	}, nil
}

func (p *decoderPlanner) list(t reflect.Type) (decoder, *valueError) {
	elem, err := p.decoder(t.Elem())
	if err != nil {
		return nil, err.item(0)
	}
	return func(d *decodingState, form any, into reflect.Value) *valueError {
		items, ok := form.([]any)
		if members, isObject := form.(map[string]any); isObject && len(members) == 0 {
			items, ok = []any{}, true // an empty Lua table
		}
		switch {
		case form == nil && t.Kind() == reflect.Slice:
			return nil
		case !ok:
			return takes("an array", form)
		case t.Kind() == reflect.Slice:
			into.Set(reflect.MakeSlice(t, len(items), len(items)))
		case len(items) != t.Len():
			return badValue("takes an array of %d items, got %d", t.Len(), len(items))
		}
		for i, item := range items {
			if err := elem(d, item, into.Index(i)); err != nil {
				return err.item(i)
			}
		}
		return nil
	}, nil
}

func (p *decoderPlanner) object(t reflect.Type) (decoder, *valueError) {
	elem, err := p.decoder(t.Elem())
	if err != nil {
		return nil, err
	}
	if !isKey(t.Key(), textUnmarshalerType) {
		return nil, badValue("has the Go type %s, whose keys cannot be read from names", t)
	}
	return func(d *decodingState, form any, into reflect.Value) *valueError {
		if form == nil {
			return nil
		}
		members, ok := form.(map[string]any)
		if !ok {
			return takes("an object", form)
		}
		into.Set(reflect.MakeMapWithSize(t, len(members)))
		for name, member := range members {
			key := reflect.New(t.Key()).Elem()
			if err := decodeKey(name, key); err != nil {
				return err
			}
			value := reflect.New(t.Elem()).Elem()
			if err := elem(d, member, value); err != nil {
				return err.in(name)
			}
			into.SetMapIndex(key, value)
		}
		return nil
	}, nil
}

func decodeKey(name string, key reflect.Value) *valueError {
	if u, ok := key.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(name)); err != nil {
			return (&valueError{problem: err.Error(), err: err}).in(name)
		}
		return nil
	}
	switch {
	case key.Kind() == reflect.String:
		key.SetString(name)
	case key.CanInt():
		n, err := strconv.ParseInt(name, 10, key.Type().Bits())
		if err != nil {
			return badValue("takes whole numbers as names, not %q", shorten(name))
		}
		key.SetInt(n)
	default:
		n, err := strconv.ParseUint(name, 10, key.Type().Bits())
		if err != nil {
			return badValue("takes whole numbers from 0 as names, not %q", shorten(name))
		}
		key.SetUint(n)
	}
	return nil
}

func (p *decoderPlanner) structure(t reflect.Type) (decoder, *valueError) {
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(fields))
	decoders := make([]decoder, len(fields))
	for i, f := range fields {
		names[i] = f.name
		if decoders[i], err = p.decoder(f.typ); err != nil {
			return nil, err.in(f.name)
		}
		if f.text {
			decoders[i] = decodeText(decoders[i])
		}
	}
	return func(d *decodingState, form any, into reflect.Value) *valueError {
		members, ok := form.(map[string]any)
		if !ok {
			return takes("an object", form)
		}
		known := 0
		for i := range fields {
			member, ok := members[fields[i].name]
			if !ok {
				continue
			}
			known++
			if member == nil {
				continue // null, which Lua cannot tell from nothing
			}
			if err := decoders[i](d, member, fields[i].into(into)); err != nil {
				return err.in(fields[i].name)
			}
		}
		if known < len(members) {
			return unknownField(members, names)
		}
		return nil
	}, nil
}

func unknownField(members map[string]any, names []string) *valueError {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if slices.Contains(names, name) {
			continue
		}
		err := badValue("has no field %q", shorten(name))
		near := nearest.To(name, names)
		switch {
		case near != "":
			err.hint = fmt.Sprintf("did you mean %q?", near)
		case len(names) == 0:
			err.hint = "it takes no fields"
		default:
			err.hint = "it takes " + strings.Join(names, ", ")
		}
		return err
	}
	return nil
}

// decodeText is the decoder of a field with the option "string". It takes the value itself as well.
func decodeText(plain decoder) decoder {
	return func(d *decodingState, form any, into reflect.Value) *valueError {
		text, ok := form.(string)
		if !ok {
			return plain(d, form, into)
		}
		if into.Kind() == reflect.Pointer {
			into.Set(reflect.New(into.Type().Elem()))
			into = into.Elem()
		}
		var err error
		switch {
		case into.Kind() == reflect.Bool:
			var b bool
			if b, err = strconv.ParseBool(text); err == nil {
				into.SetBool(b)
			}
		case into.CanInt():
			var n int64
			if n, err = strconv.ParseInt(text, 10, into.Type().Bits()); err == nil {
				into.SetInt(n)
			}
		case into.CanUint():
			var n uint64
			if n, err = strconv.ParseUint(text, 10, into.Type().Bits()); err == nil {
				into.SetUint(n)
			}
		default:
			var x float64
			if x, err = strconv.ParseFloat(text, into.Type().Bits()); err == nil && finite(x) == nil {
				into.SetFloat(x)
				return nil
			}
			return badValue("takes a number as text, got %q", shorten(text))
		}
		if err != nil {
			what := "a whole number"
			if into.Kind() == reflect.Bool {
				what = "true or false"
			}
			return badValue("takes %s as text, got %q", what, shorten(text))
		}
		return nil
	}
}
