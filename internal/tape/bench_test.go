package tape_test

import (
	"encoding/json"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/tape/tapetest"
)

var page = tapetest.Page(50)

func BenchmarkPage(b *testing.B) {
	run := func(name string, f func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			for b.Loop() {
				f(b)
			}
		})
	}
	must := func(b *testing.B, err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	run("validate/jsontext", func(b *testing.B) {
		if !jsontext.Value(page).IsValid(jsontext.AllowDuplicateNames(true)) {
			b.Fatal("not valid")
		}
	})
	run("parse/tape", func(b *testing.B) {
		_, err := tape.Parse(page)
		must(b, err)
	})
	run("parse/json-v1-typed", func(b *testing.B) {
		var list []tapetest.Conversation
		must(b, json.Unmarshal(page, &list))
	})
	run("parse/json-v1-any", func(b *testing.B) {
		var list any
		must(b, json.Unmarshal(page, &list))
	})
	run("parse/json-v2-typed", func(b *testing.B) {
		var list []tapetest.Conversation
		must(b, jsonv2.Unmarshal(page, &list))
	})
	run("touch-3/tape", func(b *testing.B) {
		doc, err := tape.Parse(page)
		must(b, err)
		for _, c := range doc.Items(tape.Root) {
			id, _ := doc.Member(c, "session_id")
			state, _ := doc.Member(c, "state")
			at, _ := doc.Member(c, "updated_at")
			n, _ := doc.Int(at)
			if doc.String(id) == "" || doc.String(state) == "" || n == 0 {
				b.Fatal("field missing")
			}
		}
	})
	doc, err := tape.Parse(page)
	must(b, err)
	run("walk-all/tape", func(b *testing.B) {
		if walk(doc, tape.Root) == 0 {
			b.Fatal("nothing found")
		}
	})
	run("lookup/tape", func(b *testing.B) {
		for _, c := range doc.Items(tape.Root) {
			if _, ok := doc.Member(c, "updated_at"); !ok {
				b.Fatal("field missing")
			}
		}
	})
}

// walk visits every value without decoding strings.
func walk(doc *tape.Document, i tape.Index) int {
	total := 0
	switch doc.Kind(i) {
	case tape.Object:
		for k, v := range doc.Members(i) {
			total += len(doc.View(k)) + walk(doc, v)
		}
	case tape.Array:
		for _, v := range doc.Items(i) {
			total += walk(doc, v)
		}
	case tape.String:
		total = len(doc.View(i))
	case tape.Number:
		total = int(doc.Float(i))
	default:
		total = 1
	}
	return total
}
