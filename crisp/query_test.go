package crisp

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/spec"
)

func TestEncodeQuery(t *testing.T) {
	query := func(name string, schema spec.Schema) spec.Param {
		return spec.Param{Name: name, In: spec.InQuery, Schema: &schema}
	}
	op := &spec.Operation{ID: "test.list", Params: []spec.Param{
		{Name: "website_id", In: spec.InPath, Schema: &spec.Schema{Kind: spec.KindString}},
		query("text", spec.Schema{Kind: spec.KindString}),
		query("flag", spec.Schema{Kind: spec.KindBoolean, Format: spec.FormatFlag}),
		query("bool", spec.Schema{Kind: spec.KindBoolean}),
		query("count", spec.Schema{Kind: spec.KindInteger}),
		query("ratio", spec.Schema{Kind: spec.KindNumber}),
		query("at", spec.Schema{Kind: spec.KindInteger, Format: spec.FormatTimestamp}),
		query("date", spec.Schema{Kind: spec.KindString, Format: spec.FormatDateTime}),
		query("list", spec.Schema{Kind: spec.KindArray}),
		query("object", spec.Schema{Kind: spec.KindObject}),
		query("any", spec.Schema{}),
		{Name: "bare", In: spec.InQuery},
	}}
	type order string
	noon := time.Date(2026, 3, 29, 12, 0, 0, 5e6, time.FixedZone("", 2*3600))
	yes, ms := true, int64(1)
	for _, tc := range []struct {
		name  string
		value any
		want  string // "" for left out
		fail  string
	}{
		{"text", "a & b", "a & b", ""},
		{"text", order("asc"), "asc", ""},
		{"text", "", "", ""},
		{"text", 42, "42", ""},
		{"text", 4.5, "", "the query parameter text of test.list takes text, not 4.5"},
		{"text", true, "", "takes text, not true"},
		{"text", nil, "", ""},
		{"text", (*string)(nil), "", ""},
		{"flag", true, "1", ""},
		{"flag", false, "0", ""},
		{"flag", &yes, "1", ""},
		{"flag", 1.0, "1", ""},
		{"flag", 2, "", "takes true or false, not 2"},
		{"flag", "yes", "", `takes true or false, not "yes"`},
		{"bool", false, "0", ""},
		{"count", 20, "20", ""},
		{"count", 20.0, "20", ""},
		{"count", uint8(20), "20", ""},
		{"count", 1e15, "1000000000000000", ""},
		{"count", 2.5, "", "takes a whole number, not 2.5"},
		{"count", math.NaN(), "", "takes a number"},
		{"count", "20", "", `takes a number, not "20"`},
		{"ratio", 2.5, "2.5", ""},
		{"at", 1774778400005.0, "1774778400005", ""},
		{"at", &ms, "1", ""},
		{"at", noon, "1774778400005", ""},
		{"at", "2026-03-29T10:00:00Z", "1774778400000", ""},
		{"date", noon, "2026-03-29T10:00:00.005Z", ""},
		{"date", 1774778400005.0, "2026-03-29T10:00:00.005Z", ""},
		{"date", "2026-03-29", "2026-03-29T00:00:00.000Z", ""},
		{"date", "2026-03-29T12:00:00+02:00", "2026-03-29T10:00:00.000Z", ""},
		{"date", "2026-03-29T12:00", "2026-03-29T12:00:00.000Z", ""},
		{"date", "tomorrow", "", `takes a date (ISO 8601 text, Unix milliseconds, or a time), not "tomorrow"`},
		{"date", 1e300, "", "takes a date"},
		{"date", -1e17, "", "takes a date"},
		{"list", []string{"a", "é"}, `["a","é"]`, ""},
		{"list", []any{map[string]any{"b": 1, "a": nil}}, `[{"a":null,"b":1}]`, ""},
		{"list", `["x"]`, `["x"]`, ""},
		{"list", "x", "", `takes a list or an object, not the text "x"`},
		{"object", map[string]any{"f": func() {}}, "", "has no JSON form"},
		{"any", true, "1", ""},
		{"any", 3, "3", ""},
		{"any", "x", "x", ""},
		{"any", noon, "2026-03-29T10:00:00.005Z", ""},
		{"bare", []int{1}, "[1]", ""},
		{"website_id", "x", "", "test.list has no query parameter website_id"},
		{"cuont", 1, "", "test.list has no query parameter cuont"},
	} {
		got, err := EncodeQuery(op, map[string]any{tc.name: tc.value})
		switch {
		case tc.fail != "":
			if err == nil || !strings.Contains(err.Error(), tc.fail) {
				t.Errorf("%s %v: %v, want %q", tc.name, tc.value, err, tc.fail)
			}
		case err != nil:
			t.Errorf("%s %v: %v", tc.name, tc.value, err)
		case got.Get(tc.name) != tc.want:
			t.Errorf("%s %v: %q, want %q", tc.name, tc.value, got.Get(tc.name), tc.want)
		case tc.want == "" && tc.value != "" && got.Has(tc.name):
			t.Errorf("%s %v is not left out: %q", tc.name, tc.value, got)
		}
	}
	got, err := EncodeQuery(op, nil)
	if err != nil || got == nil || len(got) != 0 {
		t.Errorf("nothing: %v, %v", got, err)
	}
}
