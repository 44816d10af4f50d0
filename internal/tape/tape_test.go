package tape_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/internal/tape"
)

// decode makes Go values of a document the way encoding/json does with UseNumber, checking what the tape says of itself.
func decode(t testing.TB, doc *tape.Document, i tape.Index) any {
	switch doc.Kind(i) {
	case tape.Null:
		return nil
	case tape.True, tape.False:
		return doc.Bool(i)
	case tape.Number:
		text := string(doc.Raw(i))
		if n, ok := doc.Int(i); ok && strconv.FormatInt(n, 10) != text {
			t.Fatalf("Int of %s is %d", text, n)
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil && f != doc.Float(i) {
			t.Fatalf("Float of %s is %v", text, doc.Float(i))
		}
		return json.Number(text)
	case tape.String:
		s := doc.String(i)
		if !doc.Equal(i, s) || doc.View(i) != s || string(doc.AppendString([]byte("x"), i)) != "x"+s || doc.Equal(i, s+"x") {
			t.Fatalf("string accessors disagree on %q", s)
		}
		if doc.ASCII(i) != (string(doc.Raw(i)) == `"`+s+`"` && strings.IndexFunc(s, func(r rune) bool { return r > 127 }) < 0) {
			t.Fatalf("ASCII of %q is %v", s, doc.ASCII(i))
		}
		return s
	case tape.Array:
		list := []any{}
		for n, v := range doc.Items(i) {
			at, ok := doc.Item(i, n)
			if !ok || at != v || n != len(list) {
				t.Fatalf("Item(%d) is %d, %v, want %d", n, at, ok, v)
			}
			list = append(list, decode(t, doc, v))
		}
		if _, ok := doc.Item(i, len(list)); ok || doc.Len(i) != len(list) {
			t.Fatalf("Len is %d for %d items", doc.Len(i), len(list))
		}
		return list
	default:
		object := map[string]any{}
		for k, v := range doc.Members(i) {
			key := doc.String(k)
			if _, ok := object[key]; ok {
				t.Fatalf("key %q comes twice", key)
			}
			if at, ok := doc.Member(i, key); !ok || at != v {
				t.Fatalf("Member(%q) is %d, %v, want %d", key, at, ok, v)
			}
			for start := range doc.Members(i) {
				if at, ok := doc.KeyFrom(i, start, key); !ok || at != k {
					t.Fatalf("KeyFrom(%d, %q) is %d, %v, want %d", start, key, at, ok, k)
				}
			}
			object[key] = decode(t, doc, v)
		}
		if doc.Len(i) != len(object) {
			t.Fatalf("Len is %d for %d members", doc.Len(i), len(object))
		}
		return object
	}
}

// check compares a text's tape with what encoding/json makes of it.
func check(t testing.TB, text []byte) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var want any
	valid := json.Valid(text)
	doc, err := tape.Parse(text)
	if valid != (err == nil) {
		t.Fatalf("encoding/json finds it valid: %v, tape: %v", valid, err)
	}
	if err != nil {
		var syntax *jsontext.SyntacticError
		if !errors.As(err, &syntax) {
			t.Fatalf("%T is not a syntax error: %v", err, err)
		}
		return
	}
	if err := dec.Decode(&want); err != nil {
		t.Fatal(err)
	}
	if got := decode(t, doc, tape.Root); !reflect.DeepEqual(got, want) {
		t.Fatalf("tape: %#v\nencoding/json: %#v", got, want)
	}
	if !json.Valid(doc.Raw(tape.Root)) || !bytes.Contains(text, doc.Raw(tape.Root)) {
		t.Fatalf("Raw of the root: %q", doc.Raw(tape.Root))
	}
}

var texts = []string{
	``, ` `, `null`, ` true `, `false`, `0`, `-0`, `-1.5e+3`, `1e999`, `9223372036854775807`, `-9223372036854775808`, `9223372036854775808`,
	`01`, `1.`, `.5`, `+1`, `1e`, `-`, `--1`, `1 2`, `nul`, `nulll`, `tru`, `True`, `NaN`, `"`, `"a`, `"a"`, `"\n"`, "\"\n\"", "\"\x7f\"", `"\x"`, `"\u12"`,
	`"\u00e9"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83d\u0041"`, `"\ud83dx"`, "\"\xff\"", "\"a\xc3\"", "\"\xed\xa0\x80\"", `"é"`, `"日本語😀"`,
	`[]`, `{}`, `[ ]`, `{ }`, `[1]`, `[1,]`, `[,1]`, `[1 2]`, `[1,[2,[3]],{"a":[4]}]`, `[`, `]`, `{`, `}`, `[}`, `{]`, `[1`, `[1,`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`,
	`{"a":1}`, `{"a":1,}`, `{,"a":1}`, `{"a" 1}`, `{"a":1 "b":2}`, `{a:1}`, `{1:1}`, `{"a":1}{`, `{"a":1} x`, `[]]`, `{}}`, `{"a":{"b":{"c":[]}}}`,
	`{"a":1,"a":2}`, `{"a":{"x":1},"b":[2],"a":[3,{"y":4}],"c":5}`, `{"a":1,"\u0061":2}`, `{"":1,"":2}`, "{\"\xff\":1,\"\xfe\":2}", `{"o":{"a":1,"a":[1,{"b":2,"b":3}]},"o":{"z":1,"z":2},"p":0}`,
	`{"\"":1,"\\":2,"\/":3}`, "\t[\r\n1 ,\n2 ]\n", "\ufeff[]", "[\"a\"\x00]", "[1\u00a0]", `[truefalse]`, `[1,2,3,"x",null,true,false,1.5]`, `["\\","\"","\b\f\r\t"]`,
}

func TestAgainstEncodingJSON(t *testing.T) {
	for _, text := range texts {
		t.Run(text, func(t *testing.T) { check(t, []byte(text)) })
	}
	t.Run("page", func(t *testing.T) { check(t, page) })
	t.Run("many keys", func(t *testing.T) {
		var b strings.Builder
		b.WriteString(`{"k7":[0]`)
		for i := range 200 {
			b.WriteString(`,"k` + strconv.Itoa(i) + `":{"n":` + strconv.Itoa(i) + `}`)
		}
		b.WriteString(`}`)
		check(t, []byte(b.String()))
	})
	t.Run("every byte in a string, between values and after an escape", func(t *testing.T) {
		for c := range 256 {
			check(t, []byte{'"', byte(c), '"'})
			check(t, []byte{'"', '1', '2', '3', '4', '5', '6', '7', '8', byte(c), '9', '"'})
			check(t, []byte{'[', '1', byte(c), '2', ']'})
			check(t, []byte{'[', byte(c), ']'})
			check(t, []byte{'"', '\\', byte(c), '"'})
			check(t, []byte{'"', '\\', 'u', '0', '0', '4', byte(c), '"'})
		}
	})
	t.Run("cut anywhere", func(t *testing.T) {
		whole := []byte(`{"a":[1,-2.5e3,"x\u00e9\n",true,null],"é":{"b":false}}`)
		for n := range whole {
			check(t, whole[:n:n])
		}
	})
}

func TestDepth(t *testing.T) {
	for _, depth := range []int{100, 10000, 10001, 1000000} {
		text := strings.Repeat("[", depth) + strings.Repeat("]", depth)
		_, err := tape.Parse([]byte(text))
		if ok := depth <= 10000; ok != (err == nil) {
			t.Errorf("depth %d: %v", depth, err)
		}
	}
}

func TestSyntaxErrorTellsWhere(t *testing.T) {
	_, err := tape.Parse([]byte(`{"data": [1, 2, <html>]}`))
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) || syntax.ByteOffset != 16 {
		t.Fatalf("got %v", err)
	}
}

func TestRepeatedKey(t *testing.T) {
	doc, err := tape.Parse([]byte(`{"b":[1,2],"a":{"x":1,"y":2},"b":{"z":[7,8]},"c":3}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for k, v := range doc.Members(tape.Root) {
		got = append(got, doc.String(k)+"="+string(doc.Raw(v)))
	}
	want := []string{`b={"z":[7,8]}`, `a={"x":1,"y":2}`, `c=3`}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	b, _ := doc.Member(tape.Root, "b")
	z, _ := doc.Member(b, "z")
	if item, ok := doc.Item(z, 1); !ok || string(doc.Raw(item)) != "8" {
		t.Errorf("item inside the moved value: %v", ok)
	}
}

func TestOtherKinds(t *testing.T) {
	doc, err := tape.Parse([]byte(`["text", 12, {"a": 1}, [1], -0, 1e2, 1e400, 123456789012345678901]`))
	if err != nil {
		t.Fatal(err)
	}
	item := func(n int) tape.Index {
		i, ok := doc.Item(tape.Root, n)
		if !ok {
			t.Fatalf("no item %d", n)
		}
		return i
	}
	if s := doc.String(item(1)); s != "" {
		t.Errorf("String of a number: %q", s)
	}
	if doc.Equal(item(1), "12") || doc.Equal(item(2), "") {
		t.Error("Equal is true for what is no string")
	}
	if _, ok := doc.Int(item(0)); ok || doc.Float(item(0)) != 0 {
		t.Error("a string is a number")
	}
	if _, ok := doc.Member(item(3), "a"); ok {
		t.Error("Member finds something in an array")
	}
	if _, ok := doc.Member(item(2), "b"); ok {
		t.Error("Member finds a key that is not there")
	}
	if _, ok := doc.Item(item(2), 0); ok {
		t.Error("Item finds something in an object")
	}
	for range doc.Items(item(2)) {
		t.Error("Items of an object")
	}
	for range doc.Members(item(3)) {
		t.Error("Members of an array")
	}
	if _, ok := doc.Int(item(4)); ok || !math.Signbit(doc.Float(item(4))) {
		t.Error("-0 lost its sign")
	}
	if _, ok := doc.Int(item(5)); ok || doc.Float(item(5)) != 100 {
		t.Error("1e2")
	}
	if !math.IsInf(doc.Float(item(6)), 1) {
		t.Error("1e400 is not infinite")
	}
	if _, ok := doc.Int(item(7)); ok {
		t.Error("a number of 21 digits fits into an int64")
	}
}

func TestWalksDoNotAllocate(t *testing.T) {
	doc, err := tape.Parse([]byte(`[{"id":"a","n":[1,2,3],"key":1},{"id":"é","n":[],"key":2}]`))
	if err != nil {
		t.Fatal(err)
	}
	allocs := testing.AllocsPerRun(100, func() {
		for _, c := range doc.Items(tape.Root) {
			if _, ok := doc.Member(c, "key"); !ok {
				t.Fatal("no key")
			}
			if walk(doc, c) == 0 {
				t.Fatal("nothing")
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func FuzzAgainstEncodingJSON(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		check(t, text)
		if doc, err := tape.Parse(text); err == nil {
			checkParts(t, doc)
		}
	})
}

// TestRepeatedKeysInManyObjects would take minutes if each such object laid the whole tape out anew.
func TestRepeatedKeysInManyObjects(t *testing.T) {
	const objects = 50_000
	text := "[" + strings.Repeat(`{"a":1,"a":2},`, objects-1) + `{"a":1,"a":3}]`
	doc, err := tape.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if n, want := doc.Nodes(), 1+3*objects; n != want {
		t.Errorf("%d nodes, want %d", n, want)
	}
	last, ok := doc.Item(tape.Root, objects-1)
	if !ok {
		t.Fatal("no last item")
	}
	value, ok := doc.Member(last, "a")
	if n, _ := doc.Int(value); !ok || n != 3 {
		t.Errorf("the last object has a = %d", n)
	}
}
