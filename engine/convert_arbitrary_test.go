package engine

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawForm makes a value in any form of Function.Call's arguments.
func drawForm(t *rapid.T, depth int) any {
	kinds := 12
	if depth == 0 {
		kinds = 10
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "form") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.Int64Range(-maxExact, maxExact).Draw(t, "int")
	case 3:
		return rapid.Float64().Draw(t, "float")
	case 4:
		return rapid.String().Draw(t, "text")
	case 5:
		samples := []string{"1", "-1", "1e400", "true", "2026-01-02", "1m", "NaN", "::1", "12.34"}
		return rapid.SampledFrom(samples).Draw(t, "sample")
	case 6:
		return rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "bytes")
	case 7:
		return time.UnixMilli(rapid.Int64().Draw(t, "time"))
	case 8:
		return Opaque{rapid.Int().Draw(t, "opaque")}
	case 9:
		return Handle{Value: &cursor{}, Class: &Class{Name: "Cursor"}}
	case 10:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "items"))
		for i := range list {
			list[i] = drawForm(t, depth-1)
		}
		return list
	default:
		object := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			names := []string{"F0", "F1", "1", "-1", "", "a b", "int", "next", "list"}
			object[rapid.SampledFrom(names).Draw(t, "name")] = drawForm(t, depth-1)
		}
		return object
	}
}

// drawType makes a type that scripts can give or cannot.
func drawType(t *rapid.T, depth int) reflect.Type {
	basic := []any{
		false, 0, int8(0), int16(0), int32(0), int64(0), uint(0), uint8(0), uint64(0), uintptr(0), float32(0), 0.0, "",
		time.Time{}, time.Duration(0), Opaque{}, Handle{}, Null{}, JSON{}, Record{}, Multi{}, (*Module)(nil), complex(0, 0),
		make(chan int), func() {}, cents(0), level(0), json.Number(""), json.RawMessage{}, netip.Addr{}, &cursor{}, cursor{},
		everything{}, strictList{}, [0]int{}, [2]byte{}, []level{}, map[level]cents{}, map[bool]int{},
		(*any)(nil), (*error)(nil), new(error),
	}
	kinds := 8
	if depth == 0 {
		kinds = 2
	}
	inner := func() reflect.Type { return drawType(t, depth-1) }
	switch rapid.IntRange(0, kinds-1).Draw(t, "type") {
	case 0:
		return reflect.TypeOf(rapid.SampledFrom(basic).Draw(t, "basic"))
	case 1:
		return anyType
	case 2:
		return reflect.PointerTo(inner())
	case 3:
		return reflect.SliceOf(inner())
	case 4:
		return reflect.ArrayOf(rapid.IntRange(0, 2).Draw(t, "length"), inner())
	case 5:
		keys := []any{"", 0, uint8(0), level(0), netip.Addr{}, false, cents(0)}
		return reflect.MapOf(reflect.TypeOf(rapid.SampledFrom(keys).Draw(t, "key")), inner())
	default:
		var fields []reflect.StructField
		for i := range rapid.IntRange(0, 3).Draw(t, "fields") {
			tags := []reflect.StructTag{"", `json:",string"`, `json:"a b,omitempty"`, `json:"1,omitzero"`, `json:"-"`}
			fields = append(fields, reflect.StructField{
				Name: "F" + string(rune('0'+i)), Type: inner(), Tag: rapid.SampledFrom(tags).Draw(t, "tag"),
			})
		}
		return reflect.StructOf(fields)
	}
}

// Values that fit a type or not are read, or refused with an error in words. Neither way panics.
func TestDecodeAnything(t *testing.T) {
	known := &types{classes: map[reflect.Type]*Class{reflect.TypeFor[*cursor](): {Name: "Cursor"}}}
	read := 0
	rapid.Check(t, func(rt *rapid.T) {
		typ, form := drawType(rt, 3), drawForm(rt, 3)
		d := decodingState{types: known, result: rapid.Bool().Draw(rt, "result")}
		decode, err := known.decoder(typ)
		if err != nil {
			if err.Error() == "" {
				rt.Error("an error without words")
			}
			return
		}
		value := reflect.New(typ).Elem()
		if err := decode(&d, form, value); err != nil {
			if err.Error() == "" {
				rt.Error("an error without words")
			}
			return
		}
		read++
		if _, err := encodeValue(known, value.Interface()); err != nil && err.Error() == "" {
			rt.Error("an error without words")
		}
	})
	if read == 0 {
		t.Error("nothing was read")
	}
}
