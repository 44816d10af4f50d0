package jsonform_test

import (
	"math"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/jsonform"
)

func TestEncode(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 5e6, time.FixedZone("", 3600))
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, `null`}, {engine.Null{}, `null`}, {engine.Opaque{Value: 7}, `null`}, {at, `"2026-11-22T09:00:00.005Z"`}, {"<a> & b", `"<a> & b"`},
		{int64(1) << 60, `1152921504606846976`}, {engine.JSON(`{"b":1,"a":[2]}`), `{"b":1,"a":[2]}`}, {engine.Multi{true, engine.Multi{}}, `[true,[]]`},
		{map[string]any{"b": []any{at, engine.Null{}}, "a": map[string]any{}}, `{"a":{},"b":["2026-11-22T09:00:00.005Z",null]}`},
	} {
		got, err := jsonform.Encode(c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%v is %s, %v, want %s", c.value, got, err, c.want)
		}
	}
	if got, err := jsonform.Encode([]any{math.Inf(1)}); err == nil {
		t.Errorf("infinity is %s", got)
	}
}
