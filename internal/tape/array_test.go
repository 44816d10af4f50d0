package tape_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/crisphost/crisphost/internal/tape"
)

// checkParts puts values of a document into arrays, and compares these with their text read anew.
func checkParts(t testing.TB, doc *tape.Document) {
	var parts []tape.Part
	var collect func(at tape.Index)
	collect = func(at tape.Index) {
		parts = append(parts, tape.Part{Document: doc, At: at})
		for _, v := range doc.Items(at) {
			collect(v)
		}
		for k, v := range doc.Members(at) {
			parts = append(parts, tape.Part{Document: doc, At: k})
			collect(v)
		}
	}
	collect(tape.Root)
	if len(parts) > 50 {
		parts = parts[len(parts)-50:]
	}
	same := func(got *tape.Document, text []byte) {
		t.Helper()
		want, err := tape.Parse(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if string(got.Bytes()) != string(text) || string(got.Raw(tape.Root)) != string(text) || got.Nodes() != want.Nodes() {
			t.Fatalf("%q with %d nodes in place of %q with %d", got.Bytes(), got.Nodes(), text, want.Nodes())
		}
		if got, want := decode(t, got, tape.Root), decode(t, want, tape.Root); !reflect.DeepEqual(got, want) {
			t.Fatalf("%#v in place of %#v", got, want)
		}
	}
	var texts []json.RawMessage
	for i := range parts {
		texts = append(texts, parts[len(parts)-1-i].Raw())
	}
	for n := range len(parts) + 1 {
		if n > 3 && n < len(parts) {
			continue
		}
		text := []byte("[")
		var items []tape.Part
		for i := range n {
			if i > 0 {
				text = append(text, ',')
			}
			text = append(text, texts[i]...)
			items = append(items, parts[len(parts)-1-i])
		}
		list, err := tape.NewArray(items)
		if err != nil {
			t.Fatal(err)
		}
		same(list, append(text, ']'))
		again := []tape.Part{}
		for _, v := range list.Items(tape.Root) {
			again = append(again, tape.Part{Document: list, At: v})
		}
		if copied, err := tape.NewArray(again); err != nil || !reflect.DeepEqual(copied, list) {
			t.Fatalf("the items of %q make another array: %v", list.Bytes(), err)
		}
	}
}

func TestParts(t *testing.T) {
	for _, text := range texts {
		if doc, err := tape.Parse([]byte(text)); err == nil {
			checkParts(t, doc)
		}
	}
	doc, err := tape.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	checkParts(t, doc)
}

func TestCopy(t *testing.T) {
	doc, err := tape.Parse([]byte(` {"a": [1, {"b": "é\n", "c": null}, []], "d": {"e": {"f": true}}, "g": 1.5} `))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(i tape.Index)
	walk = func(i tape.Index) {
		part := doc.Copy(i)
		again, err := tape.Parse(doc.Raw(i))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(part, again) {
			t.Errorf("the copy of %s is %+v, want %+v", doc.Raw(i), part, again)
		}
		for _, item := range doc.Items(i) {
			walk(item)
		}
		for _, member := range doc.Members(i) {
			walk(member)
		}
	}
	walk(tape.Root)
}
