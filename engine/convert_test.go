package engine

import (
	"encoding/json"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/tape"
)

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
		{"large number", new(big.Int).Lsh(big.NewInt(1), 70), nil,
			"is 1180591620717411303424, beyond 2^53, which scripts cannot hold exactly"},
		{"MarshalText", netip.MustParseAddr("10.0.0.1"), "10.0.0.1", ""},
		{"text keys", map[netip.Addr]int{netip.MustParseAddr("::1"): 1}, map[string]any{"::1": int64(1)}, ""},
		{"RawMessage", json.RawMessage(`[true]`), "[true]", ""},
		{"RawMessage of a scalar", json.RawMessage(` 1.5 `), 1.5, ""},
		{"large number in a RawMessage", json.RawMessage(`{"a":[1,{"b c":9007199254740993}]}`), nil,
			`a[1]["b c"]: is 9007199254740993, beyond 2^53, which scripts cannot hold exactly`},
		{"infinity in a RawMessage", json.RawMessage(`[1e999]`), nil, "[0]: is infinite, which has no JSON form"},
		{"large fraction in a RawMessage", json.RawMessage(`[1e300]`), "[1e300]", ""},
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
	if _, err := decodeValue[map[string]cents](nil,
		map[string]any{"a": int64(1)}); errorText(err) != `a: takes an amount such as "12.34"` {
		t.Errorf("got %v", err)
	}
	if got, err := decodeValue[*big.Int](nil, int64(12)); err != nil || got.Int64() != 12 {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := decodeValue[map[netip.Addr]int](nil, map[string]any{"::1": int64(1)}); err != nil ||
		got[netip.IPv6Loopback()] != 1 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := decodeValue[netip.Addr](nil, "x"); err == nil {
		t.Error("no error")
	}
	if got, err := decodeValue[json.RawMessage](nil, map[string]any{"b": []any{int64(1)}, "a": nil}); err != nil ||
		string(got) != `{"a":null,"b":[1]}` {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := decodeValue[list](nil,
		Opaque{1}); errorText(err) != "takes a value with a JSON form, not a host value" {
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
	if _, err := decodeValue[[]string](nil,
		map[string]any{"a": "b"}); errorText(err) != "takes an array, not an object" {
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
	if _, err := decodeValue[any](nil,
		Opaque{c}); errorText(err) != "is a host value, which has no form outside of scripts" {
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
	if _, err := decodeValue[chan int](nil,
		int64(1)); errorText(err) != "has the Go type chan int, which scripts cannot give" {
		t.Errorf("got %v", err)
	}
}
