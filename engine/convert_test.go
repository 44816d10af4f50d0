package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crisphost/crisphost/internal/tape"
)

// appendForm writes a form as JSON text, as encoding/json would write what it came from.
func appendForm(t testing.TB, text []byte, form any) []byte {
	plain := func(value any) []byte {
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return append(text, encoded...)
	}
	members := func(n int, each func(yield func(string, any))) []byte {
		text = append(text, '{')
		first := true
		each(func(name string, member any) {
			if !first {
				text = append(text, ',')
			}
			first = false
			text = append(plain(name), ':')
			text = appendForm(t, text, member)
		})
		return append(text, '}')
	}
	switch form := form.(type) {
	case Record:
		return members(len(form), func(yield func(string, any)) {
			for _, f := range form {
				yield(f.Name, f.Value)
			}
		})
	case map[string]any:
		return members(len(form), func(yield func(string, any)) {
			for _, name := range slices.Sorted(maps.Keys(form)) {
				yield(name, form[name])
			}
		})
	case []any:
		text = append(text, '[')
		for i, item := range form {
			if i > 0 {
				text = append(text, ',')
			}
			text = appendForm(t, text, item)
		}
		return append(text, ']')
	case JSON:
		return append(text, form...)
	case *tape.Document:
		return append(text, form.Raw(tape.Root)...)
	default:
		return plain(form)
	}
}

// argumentForm is a result's form as it would come back in an argument.
func argumentForm(t testing.TB, form any) any {
	switch form := form.(type) {
	case Record:
		object := map[string]any{}
		for _, f := range form {
			object[f.Name] = argumentForm(t, f.Value)
		}
		return object
	case map[string]any:
		object := map[string]any{}
		for name, member := range form {
			object[name] = argumentForm(t, member)
		}
		return object
	case []any:
		list := make([]any, len(form))
		for i, item := range form {
			list[i] = argumentForm(t, item)
		}
		return list
	case *tape.Document:
		var value any
		if err := json.Unmarshal(form.Raw(tape.Root), &value); err != nil {
			t.Fatal(err)
		}
		return argumentForm(t, value)
	case float64:
		if form == math.Trunc(form) && math.Abs(form) <= maxExact {
			return int64(form)
		}
		return form
	default:
		return form
	}
}

type inner struct {
	Left  string  `json:"left"`
	Right float64 `json:",omitempty"`
}

// Embedded is embedded by pointer.
type Embedded struct {
	Deep  int8   `json:"deep"`
	Left  string `json:"left"` // the outer one counts
	Named bool
}

type cents int64

func (c cents) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `"%d.%02d"`, c/100, c%100), nil }

func (c *cents) UnmarshalJSON(text []byte) error {
	var whole, part int64
	if _, err := fmt.Sscanf(string(text), `"%d.%d"`, &whole, &part); err != nil {
		return errors.New("takes an amount such as \"12.34\"")
	}
	*c = cents(whole*100 + part)
	return nil
}

type level int

func (l level) MarshalText() ([]byte, error) { return []byte(strings.Repeat("*", int(l))), nil }

func (l *level) UnmarshalText(text []byte) error { *l = level(len(text)); return nil }

type everything struct {
	Bool   bool
	Int    int            `json:"int"`
	Small  int8           `json:"small,omitempty"`
	Uint   uint16         `json:"uint,string"`
	Text   int64          `json:"text,string"`
	Opt    *int64         `json:"opt,string,omitempty"`
	Flag   bool           `json:"flag,string"`
	Float  float64        `json:"float"`
	Single float32        `json:"single"`
	String string         `json:"a b"`
	Skip   int            `json:"-"`
	Dash   int            `json:"-,"`
	List   []inner        `json:"list"`
	Array  [2]string      `json:"array"`
	Map    map[string]int `json:"map,omitempty"`
	ByInt  map[int]string `json:"by_int"`
	ByText map[level]bool `json:"by_text"`
	Pair   *inner         `json:"pair,omitempty"`
	Next   *everything    `json:"next,omitempty"`
	Bytes  []byte         `json:"bytes"`
	At     time.Time      `json:"at,omitzero"`
	Price  cents          `json:"price"`
	Level  level          `json:"level"`
	Raw    json.RawMessage
	Number json.Number
	inner
	*Embedded
}

func drawEverything(t *rapid.T, depth int) everything {
	safe := rapid.Int64Range(-maxExact, maxExact)
	e := everything{
		Bool: rapid.Bool().Draw(t, "bool"), Int: int(safe.Draw(t, "int")), Small: rapid.Int8().Draw(t, "small"),
		Uint: rapid.Uint16().Draw(t, "uint"), Text: rapid.Int64().Draw(t, "text"), Flag: rapid.Bool().Draw(t, "flag"),
		Float: rapid.Float64().Draw(t, "float"), Single: rapid.Float32().Draw(t, "single"), String: rapid.String().Draw(t, "string"),
		Dash: rapid.IntRange(-3, 3).Draw(t, "dash"), Array: [2]string{rapid.String().Draw(t, "array"), "x"},
		List:   []inner{},
		Map:    rapid.MapOf(rapid.String(), rapid.IntRange(-9, 9)).Draw(t, "map"),
		ByInt:  rapid.MapOf(rapid.IntRange(-9, 9), rapid.String()).Draw(t, "by int"),
		ByText: rapid.MapOf(rapid.Custom(func(t *rapid.T) level { return level(rapid.IntRange(0, 5).Draw(t, "level")) }), rapid.Bool()).Draw(t, "by text"),
		Bytes:  append([]byte{}, rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")...),
		Price:  cents(rapid.IntRange(0, 1e6).Draw(t, "price")), Level: level(rapid.IntRange(0, 5).Draw(t, "level")),
		Raw:    json.RawMessage(`{"a":[1,null]}`),
		Number: json.Number(fmt.Sprint(rapid.IntRange(-9, 9).Draw(t, "number"))),
		inner:  inner{Left: rapid.String().Draw(t, "left"), Right: rapid.Float64Range(-1, 1).Draw(t, "right")},
	}
	if rapid.Bool().Draw(t, "with opt") {
		n := rapid.Int64().Draw(t, "opt")
		e.Opt = &n
	}
	if rapid.Bool().Draw(t, "with embedded") {
		e.Embedded = &Embedded{Deep: rapid.Int8().Draw(t, "deep")}
	}
	if rapid.Bool().Draw(t, "with time") {
		e.At = time.UnixMilli(rapid.Int64Range(0, 1<<41).Draw(t, "at")).UTC()
	}
	for range rapid.IntRange(0, 3).Draw(t, "list") {
		e.List = append(e.List, inner{Left: rapid.String().Draw(t, "item")})
	}
	if depth > 0 && rapid.Bool().Draw(t, "with next") {
		next := drawEverything(t, depth-1)
		e.Next, e.Pair = &next, &inner{Right: 0.5}
	}
	return e
}

// Values travel as encoding/json would write and read them.
func TestAgainstEncodingJSON(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := drawEverything(rt, 2)
		want, err := json.Marshal(value)
		if err != nil {
			rt.Fatal(err)
		}
		form, err := encodeValue(nil, value)
		if err != nil {
			rt.Fatal(err)
		}
		if got := appendForm(t, nil, form); !bytes.Equal(got, want) {
			rt.Fatalf("got  %s\nwant %s", got, want)
		}
		var back everything
		if err := json.Unmarshal(want, &back); err != nil {
			rt.Fatal(err)
		}
		got, err := decodeValue[everything](nil, argumentForm(t, form))
		if err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(got, back) {
			rt.Fatalf("got  %+v\nwant %+v", got, back)
		}
	})
}

type (
	// A, B and C give one name at different depths and with different tags.
	A struct {
		X int
		Y int `json:"y"`
	}
	B struct {
		X int
		Y int
	}
	C struct {
		B
		Z int `json:"Y"`
	}
	unexported struct{ In int }
	Text       string
	stamped    struct{ time.Time }
)

// Names of fields follow encoding/json's rules for embedded structs.
func TestFields(t *testing.T) {
	number := 7
	for _, value := range []any{
		struct {
			A
			B
		}{A{1, 2}, B{3, 4}},
		struct {
			A
			*B
			X int
		}{A{1, 2}, nil, 5},
		struct {
			A
			C
		}{A{1, 2}, C{B{3, 4}, 5}},
		struct {
			A `json:"a"`
			unexported
			Text
			hidden int
		}{A{1, 2}, unexported{3}, "t", 4},
		struct {
			*A `json:",omitempty"`
			M  map[string]any `json:"m,omitempty"`
			S  []int          `json:"s,omitempty"`
			E  [0]int         `json:"e,omitempty"`
			P  *int           `json:"p,omitempty"`
			I  any            `json:"i,omitempty"`
			T  A              `json:"t,omitempty"`
			Z  A              `json:"z,omitzero"`
			W  time.Time      `json:"w,omitzero"`
			N  *int           `json:"n,omitzero"`
		}{N: &number},
		stamped{time.UnixMilli(0).UTC()},
		struct{}{},
		map[A]int(nil),
	} {
		want, jsonErr := json.Marshal(value)
		form, err := encodeValue(nil, value)
		if (err == nil) != (jsonErr == nil) {
			t.Errorf("%T: got %v, encoding/json %v", value, err, jsonErr)
			continue
		}
		if err == nil && string(appendForm(t, nil, form)) != string(want) {
			t.Errorf("%T: got %s, want %s", value, appendForm(t, nil, form), want)
		}
	}
}

func TestMarshalers(t *testing.T) {
	tests := []struct {
		name  string
		value any
		want  any
		err   string
	}{
		{"MarshalJSON", cents(1234), "12.34", ""},
		{"in a struct", struct{ Price cents }{5}, Record{{"Price", "0.05"}}, ""},
		{"nil pointer", (*cents)(nil), nil, ""},
		{"pointer receiver", big.NewInt(12), int64(12), ""},
		{"pointer receiver by value", *big.NewInt(-3), int64(-3), ""},
		{"large number", new(big.Int).Lsh(big.NewInt(1), 70), nil, "is 1180591620717411303424, beyond 2^53, which scripts cannot hold exactly"},
		{"MarshalText", netip.MustParseAddr("10.0.0.1"), "10.0.0.1", ""},
		{"text keys", map[netip.Addr]int{netip.MustParseAddr("::1"): 1}, map[string]any{"::1": int64(1)}, ""},
		{"RawMessage", json.RawMessage(`[true]`), "[true]", ""},
		{"RawMessage of a scalar", json.RawMessage(` 1.5 `), 1.5, ""},
		{"bad RawMessage", json.RawMessage(`{`), nil, "gives no valid JSON"},
		{"Number", json.Number("1.25"), 1.25, ""},
		{"NaN", math.NaN(), nil, "is NaN, which has no JSON form"},
		{"infinity in a list", []float32{1, float32(math.Inf(1))}, nil, "[1]: is infinite, which has no JSON form"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := encodeValue(nil, test.value)
			if !strings.HasPrefix(errorText(err), test.err) || (err == nil) != (test.err == "") {
				t.Fatalf("got error %v, want %s", err, test.err)
			}
			if doc, ok := got.(*tape.Document); ok {
				got = string(doc.Raw(tape.Root))
			}
			if err == nil && !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

func TestDecodeMarshalers(t *testing.T) {
	type list struct{ json.RawMessage }
	if got, err := decodeValue[cents](nil, "12.34"); err != nil || got != 1234 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := decodeValue[map[string]cents](nil, map[string]any{"a": int64(1)}); errorText(err) != `a: takes an amount such as "12.34"` {
		t.Errorf("got %v", err)
	}
	if got, err := decodeValue[*big.Int](nil, int64(12)); err != nil || got.Int64() != 12 {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := decodeValue[map[netip.Addr]int](nil, map[string]any{"::1": int64(1)}); err != nil || got[netip.IPv6Loopback()] != 1 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := decodeValue[netip.Addr](nil, "x"); err == nil {
		t.Error("no error")
	}
	if got, err := decodeValue[json.RawMessage](nil, map[string]any{"b": []any{int64(1)}, "a": nil}); err != nil || string(got) != `{"a":null,"b":[1]}` {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := decodeValue[list](nil, Opaque{1}); errorText(err) != "takes a value with a JSON form, not a host value" {
		t.Errorf("got %v", err)
	}
}

// strictList reads lists only.
type strictList struct{ items []string }

func (l *strictList) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &l.items) }

func TestDecodeEmptyTable(t *testing.T) {
	type reply struct {
		Total int      `json:"total"`
		Names []string `json:"names"`
	}
	got, err := decodeValue[reply](nil, map[string]any{"total": int64(1), "names": map[string]any{}})
	if err != nil || got.Total != 1 || got.Names == nil || len(got.Names) != 0 {
		t.Errorf("got %#v, %v", got, err)
	}
	if got, err := decodeValue[strictList](nil, map[string]any{}); err != nil || got.items == nil {
		t.Errorf("got %#v, %v", got, err)
	}
	if _, err := decodeValue[[]string](nil, map[string]any{"a": "b"}); errorText(err) != "takes an array, not an object" {
		t.Errorf("got %v", err)
	}
}

// A Go pointer leaves the engine as its own type only.
func TestDecodeHandle(t *testing.T) {
	c := &cursor{}
	h := Handle{Value: c, Class: &Class{Name: "Cursor"}}
	if got, err := decodeValue[*cursor](nil, h); err != nil || got != c {
		t.Errorf("got %v, %v", got, err)
	}
	known := &types{classes: map[reflect.Type]*Class{reflect.TypeFor[*cursor](): h.Class}}
	if got, err := decodeValue[[]*cursor](known, []any{h}); err != nil || got[0] != c {
		t.Errorf("got %v, %v", got, err)
	}
	const leaked = "is a Cursor, a handle of the host (read it as *engine.cursor)"
	for _, form := range []any{h, []any{h}, map[string]any{"c": []any{h}}} {
		if _, err := decodeValue[any](nil, form); !strings.HasSuffix(errorText(err), leaked) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := decodeValue[map[string]any](nil, map[string]any{"c": h}); errorText(err) != "c: "+leaked {
		t.Errorf("got %v", err)
	}
	if _, err := decodeValue[any](nil, Opaque{c}); errorText(err) != "is a host value, which has no form outside of scripts" {
		t.Errorf("got %v", err)
	}
	if _, err := decodeValue[*int](nil, h); errorText(err) != "takes a number, not a Cursor" {
		t.Errorf("got %v", err)
	}
}

func TestDecodeFastPaths(t *testing.T) {
	check := func(got any, err error, want any) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	s, err := decodeValue[string](nil, "a")
	check(s, err, "a")
	b, err := decodeValue[bool](nil, true)
	check(b, err, true)
	n, err := decodeValue[int64](nil, int64(4))
	check(n, err, int64(4))
	i, err := decodeValue[int](nil, int64(4))
	check(i, err, 4)
	f, err := decodeValue[float64](nil, int64(4))
	check(f, err, 4.0)
	single, err := decodeValue[float32](nil, 3.4028235e+38)
	check(single, err, float32(math.MaxFloat32))
	a, err := decodeValue[any](nil, "x")
	check(a, err, "x")
	if _, err := decodeValue[string](nil, int64(1)); errorText(err) != "takes a string, not a number" {
		t.Errorf("got %v", err)
	}
	if _, err := decodeValue[chan int](nil, int64(1)); errorText(err) != "has the Go type chan int, which scripts cannot give" {
		t.Errorf("got %v", err)
	}
}

// fakeInstance stands in for an instance that gives its arguments back.
type fakeInstance struct{ types *types }

func (f fakeInstance) known() *types { return f.types }
func (f fakeInstance) call(_ context.Context, _ string, args []any) (any, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	return args, nil
}

func TestCallErrors(t *testing.T) {
	ctx := context.Background()
	_, err := Call[any](ctx, fakeInstance{}, "f", 1, struct{ N []float64 }{[]float64{math.NaN()}})
	if want := "call f: argument 2.N[0]: is NaN, which has no JSON form"; errorText(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Call[[]string](ctx, fakeInstance{}, "f", []any{"a", 1})
	if want := "call f: result[1]: takes a string, not a number"; errorText(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Call[address](ctx, fakeInstance{}, "f", map[string]any{"stret": "x"})
	if want := `call f: result: has no field "stret" (did you mean "street"?)`; errorText(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A call adds little to what the VM takes.
func TestCallAllocations(t *testing.T) {
	ctx := context.Background()
	var inst fakeInstance
	allocs := testing.AllocsPerRun(100, func() {
		if n, err := Call[int](ctx, inst, "f", 1); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	})
	if allocs > 3 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkCall(b *testing.B) {
	ctx := context.Background()
	var inst fakeInstance
	b.Run("int", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Call[int](ctx, inst, "f", 1); err != nil {
				b.Fatal(err)
			}
		}
	})
}
