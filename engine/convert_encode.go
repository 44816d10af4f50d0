package engine

import (
	"encoding"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/valuepath"
)

// encodingState is one value on its way to a script.
type encodingState struct {
	types *types
	// depth is how many arrays and objects are around the value at hand, and hops how many pointers and interfaces.
	depth, hops int
	// handle is called with each handle, unless it is nil.
	handle func(Handle)
}

// encoder turns a Go value of a type into a form of Function.Call's results.
type encoder func(e *encodingState, v reflect.Value) (any, *valueError)

// jsonMarshaler and jsonUnmarshaler are the interfaces of encoding/json.
type (
	jsonMarshaler   interface{ MarshalJSON() ([]byte, error) }
	jsonUnmarshaler interface{ UnmarshalJSON([]byte) error }
)

var (
	anyType             = reflect.TypeFor[any]()
	errorType           = reflect.TypeFor[error]()
	timeType            = reflect.TypeFor[time.Time]()
	durationType        = reflect.TypeFor[time.Duration]()
	jsonMarshalerType   = reflect.TypeFor[jsonMarshaler]()
	textMarshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	jsonUnmarshalerType = reflect.TypeFor[jsonUnmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// maxHops bounds the pointers around each other, which may form a circle without an object in it.
const maxHops = 10 * valuepath.MaxDepth

func (e *encodingState) enter() *valueError {
	if e.depth == valuepath.MaxDepth {
		return badValue(valuepath.TooDeep)
	}
	e.depth++
	return nil
}

func (e *encodingState) leave() { e.depth-- }

// any encodes a value by its dynamic type.
func (e *encodingState) any(value any) (any, *valueError) {
	switch value := value.(type) {
	case nil, bool, string, int8, int16, int32, uint8, uint16, uint32:
		return value, nil
	case int:
		return int64(value), exactSigned(int64(value))
	case int64:
		return value, exactSigned(value)
	case float64:
		return value, finite(value)
	case time.Time, JSON, *tape.Document, Null, Sequence, *Module, Opaque:
		return value, nil
	case Handle:
		if e.handle != nil {
			e.handle(value)
		}
		return value, nil
	case []any:
		return e.list(value)
	case map[string]any:
		return e.object(value)
	case Multi:
		list, err := e.list(value)
		return Multi(list), err
	case Record:
		return e.record(value)
	}
	v := reflect.ValueOf(value)
	encode, err := e.types.encoder(v.Type())
	if err != nil {
		return nil, err
	}
	return encode(e, v)
}

func (e *encodingState) list(items []any) ([]any, *valueError) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	list := make([]any, len(items))
	for i, item := range items {
		var err *valueError
		if list[i], err = e.any(item); err != nil {
			return nil, err.item(i)
		}
	}
	return list, nil
}

func (e *encodingState) object(members map[string]any) (map[string]any, *valueError) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	object := make(map[string]any, len(members))
	for name, member := range members {
		form, err := e.any(member)
		if err != nil {
			return nil, err.in(name)
		}
		object[name] = form
	}
	return object, nil
}

func (e *encodingState) record(fields Record) (Record, *valueError) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	record := make(Record, len(fields))
	for i, f := range fields {
		form, err := e.any(f.Value)
		if err != nil {
			return nil, err.in(f.Name)
		}
		record[i] = Field{f.Name, form}
	}
	return record, nil
}

func finite(x float64) *valueError {
	switch {
	case math.IsNaN(x):
		return badValue("is NaN, which has no JSON form")
	case math.IsInf(x, 0):
		return badValue("is infinite, which has no JSON form")
	}
	return nil
}

// encoder returns the plan of a type. It fails for a type that has no form in scripts.
func (t *types) encoder(typ reflect.Type) (encoder, *valueError) {
	if plan, ok := t.encoders.Load(typ); ok {
		return plan.(encoder), nil
	}
	p := encoderPlanner{types: t, started: map[reflect.Type]*encoder{}}
	plan, err := p.encoder(typ)
	if err != nil {
		return nil, err
	}
	for typ, plan := range p.started {
		t.encoders.LoadOrStore(typ, *plan)
	}
	return plan, nil
}

// encoderPlanner makes the plan of a type and of the types in it.
type encoderPlanner struct {
	types   *types
	started map[reflect.Type]*encoder
}

func (p *encoderPlanner) encoder(t reflect.Type) (encoder, *valueError) {
	if plan, ok := p.types.encoders.Load(t); ok {
		return plan.(encoder), nil
	}
	if plan := p.started[t]; plan != nil {
		// The type contains itself: its plan is complete when it is used.
		return func(e *encodingState, v reflect.Value) (any, *valueError) { return (*plan)(e, v) }, nil
	}
	plan := new(encoder)
	p.started[t] = plan
	var err *valueError
	*plan, err = p.plan(t)
	return *plan, err
}

func (p *encoderPlanner) plan(t reflect.Type) (encoder, *valueError) {
	if class := p.types.classes[t]; class != nil {
		return func(e *encodingState, v reflect.Value) (any, *valueError) {
			if v.IsNil() {
				return nil, nil
			}
			return e.any(Handle{v.Interface(), class})
		}, nil
	}
	if err := p.types.byValue(t); err != nil {
		return nil, err
	}
	switch t {
	case timeType, reflect.TypeFor[JSON](), reflect.TypeFor[*tape.Document](), reflect.TypeFor[Null](),
		reflect.TypeFor[Sequence](),
		reflect.TypeFor[*Module](), reflect.TypeFor[Opaque](), reflect.TypeFor[Handle](), reflect.TypeFor[Multi](),
		reflect.TypeFor[Record](), reflect.TypeFor[[]any](), reflect.TypeFor[map[string]any]():
		return encodeForm, nil
	case durationType:
		return func(_ *encodingState, v reflect.Value) (any, *valueError) {
			return milliseconds(time.Duration(v.Int())), nil
		}, nil
	}
	switch {
	case t.Kind() == reflect.Interface:
		return encodeInterface, nil
	case isJSONNumber(t):
		return encodeJSONNumber, nil
	case t.Implements(jsonMarshalerType), reflect.PointerTo(t).Implements(jsonMarshalerType):
		return encodeJSONMarshaler, nil
	case t.Implements(textMarshalerType), reflect.PointerTo(t).Implements(textMarshalerType):
		return encodeTextMarshaler, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return func(_ *encodingState, v reflect.Value) (any, *valueError) { return v.Bool(), nil }, nil
	case reflect.String:
		return func(_ *encodingState, v reflect.Value) (any, *valueError) { return v.String(), nil }, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(_ *encodingState, v reflect.Value) (any, *valueError) { return v.Int(), exactSigned(v.Int()) }, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(_ *encodingState, v reflect.Value) (any, *valueError) {
			return int64(v.Uint()), exactUnsigned(v.Uint())
		}, nil
	case reflect.Float32:
		return encodeFloat32, nil
	case reflect.Float64:
		return func(_ *encodingState, v reflect.Value) (any, *valueError) { return v.Float(), finite(v.Float()) }, nil
	case reflect.Pointer:
		return p.pointer(t)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 && !marshals(t.Elem()) {
			return func(_ *encodingState, v reflect.Value) (any, *valueError) {
				return append([]byte{}, v.Bytes()...),
					nil
			}, nil
		}
		return p.list(t)
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 && !marshals(t.Elem()) {
			return encodeByteArray, nil
		}
		return p.list(t)
	case reflect.Map:
		return p.object(t)
	case reflect.Struct:
		return p.structure(t)
	default:
		return nil, badValue("has the Go type %s, which scripts cannot take", t)
	}
}

// byValue returns an error for a struct whose pointers are handles: as a plain object it would have lost its methods.
func (t *types) byValue(typ reflect.Type) *valueError {
	if typ.Kind() == reflect.Struct && t.classes[reflect.PointerTo(typ)] != nil {
		return badValue("has the Go type %[1]s, whose pointers are handles: use *%[1]s", typ)
	}
	return nil
}

// milliseconds is how scripts see a duration.
func milliseconds(d time.Duration) any {
	if d%time.Millisecond == 0 {
		return d.Milliseconds()
	}
	return float64(d) / float64(time.Millisecond)
}

func encodeForm(e *encodingState, v reflect.Value) (any, *valueError) {
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() && v.Type() != reflect.TypeFor[JSON]() {
			v = reflect.MakeSlice(v.Type(), 0, 0)
		} else if v.IsNil() {
			return nil, nil
		}
	case reflect.Pointer, reflect.Func:
		if v.IsNil() {
			return nil, nil
		}
	}
	return e.any(v.Interface())
}

func encodeInterface(e *encodingState, v reflect.Value) (any, *valueError) {
	if v.IsNil() {
		return nil, nil
	}
	if e.hops == maxHops {
		return nil, badValue(valuepath.TooDeep)
	}
	e.hops++
	defer func() { e.hops-- }()
	return e.any(v.Elem().Interface())
}

func encodeFloat32(_ *encodingState, v reflect.Value) (any, *valueError) {
	// 0.1 as a float32 is 0.1 in JSON, and not the 0.10000000149 that a conversion gives.
	if err := finite(v.Float()); err != nil {
		return nil, err
	}
	x, err := strconv.ParseFloat(strconv.FormatFloat(v.Float(), 'g', -1, 32), 64)
	if err != nil {
		x = v.Float()
	}
	return x, nil
}

func encodeByteArray(_ *encodingState, v reflect.Value) (any, *valueError) {
	data := make([]byte, v.Len())
	reflect.Copy(reflect.ValueOf(data), v)
	return data, nil
}
