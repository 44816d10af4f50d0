package lua

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/tape"
	glua "github.com/yuin/gopher-lua"
)

// toLua turns a host function's result into a Lua value. Null is nil, and in arrays the value json.null, so that # counts it.
func (v *vm) toLua(value any) (glua.LValue, error) {
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
		return glua.LNumber(value), nil
	case int8:
		return glua.LNumber(value), nil
	case int16:
		return glua.LNumber(value), nil
	case int32:
		return glua.LNumber(value), nil
	case int64:
		return glua.LNumber(value), nil
	case uint:
		return glua.LNumber(value), nil
	case uint8:
		return glua.LNumber(value), nil
	case uint16:
		return glua.LNumber(value), nil
	case uint32:
		return glua.LNumber(value), nil
	case uint64:
		return glua.LNumber(value), nil
	case time.Time:
		return glua.LNumber(value.UnixMilli()), nil
	case []any:
		return v.arrayToLua(value)
	case map[string]any:
		return v.objectToLua(value)
	case engine.JSON:
		doc, err := parseDocuments(value)
		if err != nil {
			return glua.LNil, err
		}
		return v.toLua(doc)
	case *tape.Document:
		return v.documentValue(value, tape.Root), nil
	case engine.Null:
		return v.null, nil
	case engine.Sequence:
		return v.newSequence(value), nil
	case *engine.Module:
		return v.newModule(value, value.Name), nil
	case engine.Opaque:
		return &glua.LUserData{Value: value, Metatable: v.meta.opaque}, nil
	default:
		return glua.LNil, fmt.Errorf("the host answered a %T, which scripts cannot hold", value)
	}
}

func (v *vm) arrayToLua(list []any) (glua.LValue, error) {
	t := v.L.CreateTable(len(list), 0)
	t.Metatable = v.meta.array
	for _, item := range list {
		value, err := v.toLua(item)
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
func (v *vm) objectToLua(object map[string]any) (glua.LValue, error) {
	t := v.L.CreateTable(0, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		value, err := v.toLua(object[key])
		if err != nil {
			return glua.LNil, err
		}
		t.RawSetString(key, value)
	}
	return t, nil
}
