package bindings

import (
	"encoding/json"
	"slices"
	"testing"
)

// FuzzSplitItems holds the search for commas against a JSON decoder.
func FuzzSplitItems(f *testing.F) {
	for _, seed := range []string{
		`[]`, ` [ ] `, `[1]`, `[1,2,3]`, "[\n\t1 ,\r\n 2 ]", `[[],[[1],[2,3]],{}]`, `[{"a":[1,{"b":","}]},"]"]`,
		`["a\\",b"]`, `["\\\"",",","[","}"]`, `["\\\\"," \" , "]`, `[null,true,-1.5e+3,""]`, `["é,日本","\u002c"]`,
		"[\"\u00a0\",\"\u0085 \"]", `{"a":1}`, `"x"`, `null`, ``, `[`, `[1,`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want []json.RawMessage
		if !json.Valid(text) || json.Unmarshal(text, &want) != nil {
			return // the client hands over JSON only
		}
		got := splitItems(text)
		if len(got) != len(want) || countItems(text) != len(want) {
			t.Fatalf("%d items, counted as %d, instead of %d in %s", len(got), countItems(text), len(want), text)
		}
		for i := range got {
			if string(got[i]) != string(want[i]) {
				t.Fatalf("item %d is %s instead of %s in %s", i, got[i], want[i], text)
			}
		}
		var again []json.RawMessage
		if err := json.Unmarshal(joinItems(got), &again); err != nil || !slices.EqualFunc(again, want, slices.Equal) {
			t.Fatalf("joined %s from %s: %v", joinItems(got), text, err)
		}
		if len(want) == 0 {
			return
		}
		if err := json.Unmarshal(joinPages([][]byte{text, text}), &again); err != nil || len(again) != 2*len(want) {
			t.Fatalf("two pages of %s make %s: %v", text, joinPages([][]byte{text, text}), err)
		}
	})
}
