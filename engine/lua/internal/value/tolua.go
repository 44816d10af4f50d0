package value

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/valuepath"
	glua "github.com/yuin/gopher-lua"
)

// ToLua turns a host function's result into a Lua value. Null is nil, and in arrays the value json.null, so that # counts it.
func (v *Values) ToLua(value any) (glua.LValue, error) { return v.toLuaAt(value, 0) }

// toLuaAt is ToLua for a value that stands in depth arrays and objects.
func (v *Values) toLuaAt(value any, depth int) (glua.LValue, error) {
	switch value := value.(type) {
	case nil:
		return glua.LNil, nil
	case bool:
		return glua.LBool(value), nil
	case string:
		return glua.LString(value), nil
	case []byte:
		return glua.LString(value), nil
	case float64:
		return glua.LNumber(value), nil
	case float32:
		return glua.LNumber(value), nil
	case int:
		return signed(int64(value))
	case int8:
		return glua.LNumber(value), nil
	case int16:
		return glua.LNumber(value), nil
	case int32:
		return glua.LNumber(value), nil
	case int64:
		return signed(value)
	case uint:
		return unsigned(uint64(value))
	case uint8:
		return glua.LNumber(value), nil
	case uint16:
		return glua.LNumber(value), nil
	case uint32:
		return glua.LNumber(value), nil
	case uint64:
		return unsigned(value)
	case time.Time:
		return glua.LNumber(value.UnixMilli()), nil
	case []any:
		return v.arrayToLua(value, depth)
	case map[string]any:
		return v.objectToLua(value, depth)
	case engine.JSON:
		doc, err := ParseDocuments(value)
		if err != nil {
			return glua.LNil, err
		}
		return v.ToLua(doc)
	case *tape.Document:
		return v.Document(value), nil
	case engine.Null:
		return v.null, nil
	case engine.Sequence:
		return v.host.Sequence(value), nil
	case *engine.Module:
		return v.host.Module(value), nil
	case engine.Record:
		return v.recordToLua(value, depth)
	case engine.Handle:
		return v.host.Handle(value)
	case engine.Opaque:
		return &glua.LUserData{Value: value, Metatable: v.meta.opaque}, nil
	default:
		return glua.LNil, fmt.Errorf("the host gave a value of Go type %T, which scripts cannot take", value)
	}
}

// signed is a whole number, which Lua holds exactly up to 2^53.
func signed(n int64) (glua.LValue, error) {
	if n < -maxExact || n > maxExact {
		return glua.LNil, fmt.Errorf("the host gave the number %d, which scripts cannot hold exactly", n)
	}
	return glua.LNumber(n), nil
}

func unsigned(n uint64) (glua.LValue, error) {
	if n > maxExact {
		return glua.LNil, fmt.Errorf("the host gave the number %d, which scripts cannot hold exactly", n)
	}
	return glua.LNumber(n), nil
}

// itemsPerLook is how many items of a list are made from one look at the run to the next.
const itemsPerLook = 4096

var errHalted = errors.New("the script was stopped")

// errDeep is the error of a value that is nested too deep, or contains itself.
var errDeep = errors.New("the host gave a value that " + valuepath.TooDeep)

func (v *Values) arrayToLua(list []any, depth int) (glua.LValue, error) {
	if depth == maxValueDepth {
		return glua.LNil, errDeep
	}
	t := v.L.CreateTable(len(list), 0)
	t.Metatable = v.meta.array
	for i, item := range list {
		if i%itemsPerLook == itemsPerLook-1 && v.host.Halted() {
			return glua.LNil, errHalted
		}
		value, err := v.toLuaAt(item, depth+1)
		if err != nil {
			return glua.LNil, err
		}
		if value == glua.LNil {
			value = v.null
		}
		t.Append(value)
	}
	return t, nil
}

// objectToLua adds the members in the order of their names, so that a script's output is the same each time.
func (v *Values) objectToLua(object map[string]any, depth int) (glua.LValue, error) {
	if depth == maxValueDepth {
		return glua.LNil, errDeep
	}
	record := make(engine.Record, 0, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		record = append(record, engine.Field{Name: key, Value: object[key]})
	}
	return v.recordToLua(record, depth)
}

func (v *Values) recordToLua(record engine.Record, depth int) (glua.LValue, error) {
	if depth == maxValueDepth {
		return glua.LNil, errDeep
	}
	t := v.L.CreateTable(0, len(record))
	var nulls []string
	for _, f := range record {
		value, err := v.toLuaAt(f.Value, depth+1)
		if err != nil {
			return glua.LNil, err
		}
		if value == glua.LNil {
			nulls = append(nulls, f.Name)
		} else {
			t.RawSetString(f.Name, value)
		}
	}
	if nulls == nil {
		return t, nil
	}
	o := &lazyObject{LTable: *t, nulls: nulls}
	o.Metatable = v.meta.nulls
	return &o.LTable, nil
}
