package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
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
	Dash   int            `json:"-,"` //nolint:staticcheck // a member named "-"
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
		Float: rapid.Float64().Draw(t, "float"), Single: rapid.Float32().Draw(t,
			"single"), String: rapid.String().Draw(t, "string"),
		Dash: rapid.IntRange(-3, 3).Draw(t, "dash"), Array: [2]string{rapid.String().Draw(t, "array"), "x"},
		List:  []inner{},
		Map:   rapid.MapOf(rapid.String(), rapid.IntRange(-9, 9)).Draw(t, "map"),
		ByInt: rapid.MapOf(rapid.IntRange(-9, 9), rapid.String()).Draw(t, "by int"),
		ByText: rapid.MapOf(rapid.Custom(func(t *rapid.T) level {
			return level(rapid.IntRange(0, 5).Draw(t,
				"level"))
		}), rapid.Bool()).Draw(t, "by text"),
		Bytes: append([]byte{}, rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")...),
		Price: cents(rapid.IntRange(0, 1e6).Draw(t, "price")), Level: level(rapid.IntRange(0, 5).Draw(t, "level")),
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
