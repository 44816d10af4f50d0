package filter_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"pgregory.net/rapid"

	"github.com/crisphost/crisphost/crisp/filter"
)

// conditions draws conditions about the fields s and t (texts), n and m (numbers), b (a boolean) and l (a list of texts) that mean the
// same in this package and to the library's own machine: no field is missing, and types fit.
func conditions() *rapid.Generator[string] {
	pick := rapid.SampledFrom[[]string]
	text := pick([]string{"s", "t", `"a"`, `'ab'`, "`b`", `""`, "l[0]", `o.s`, `o["s"]`})
	number := pick([]string{"n", "m", "0", "-1", "2.5", "1e3"})
	equal, order := pick([]string{"==", "!="}), pick([]string{"<", "<=", ">", ">="})
	fixed := rapid.Custom(func(t *rapid.T) string {
		field := func(fields ...string) string { return pick(fields).Draw(t, "field") }
		switch rapid.IntRange(0, 8).Draw(t, "kind") {
		case 0:
			return field("s", "t", "o.s") + " " + equal.Draw(t, "operator") + " " + text.Draw(t, "text")
		case 1:
			return field("n", "m") + " " + order.Draw(t, "operator") + " " + number.Draw(t, "number")
		case 2:
			return field("s", "t") + " " + order.Draw(t, "operator") + " " + text.Draw(t, "text")
		case 3:
			return field("s", "t") + field(" in ", " not in ") + `["a", "b", 'ab']`
		case 4:
			return field("s", "t") + field(" contains ", " not contains ") + text.Draw(t, "text")
		case 5:
			return field("s", "t") + field(" matches ", " not matches ") + field(`"^a"`, "`b$`", `"(?i)A.?"`)
		case 6:
			return text.Draw(t, "text") + " in l"
		case 7:
			return field("n", "m", "2") + " " + order.Draw(t, "first") + " " + field("n", "m") + " " + order.Draw(t, "second") + " " + number.Draw(t, "number")
		default:
			return "b"
		}
	})
	var of func(depth int) *rapid.Generator[string]
	of = func(depth int) *rapid.Generator[string] {
		if depth == 0 {
			return fixed
		}
		return rapid.OneOf(fixed,
			rapid.Custom(func(t *rapid.T) string {
				word := pick([]string{"and", "or", "&&", "||"}).Draw(t, "word")
				return of(depth-1).Draw(t, "left") + " " + word + " " + of(depth-1).Draw(t, "right")
			}),
			rapid.Custom(func(t *rapid.T) string { return "(" + of(depth-1).Draw(t, "inner") + ")" }),
			rapid.Custom(func(t *rapid.T) string {
				return pick([]string{"not ", "!"}).Draw(t, "not") + "(" + of(depth-1).Draw(t, "inner") + ")"
			}),
		)
	}
	return of(3)
}

// TestConditionsMeanWhatTheLibraryMeans compares this package with the library that parses its conditions, where both define a result.
func TestConditionsMeanWhatTheLibraryMeans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := conditions().Draw(t, "condition")
		texts := rapid.SampledFrom([]string{"", "a", "ab", "b", "A"})
		payload := fmt.Sprintf(`{"s": %q, "t": %q, "n": %v, "m": %v, "b": %v, "l": [%q, %q], "o": {"s": %q}}`,
			texts.Draw(t, "s"), texts.Draw(t, "t"), rapid.SampledFrom([]float64{-1, 0, 2, 2.5}).Draw(t, "n"), rapid.IntRange(-1, 3).Draw(t, "m"),
			rapid.Bool().Draw(t, "b"), texts.Draw(t, "l0"), texts.Draw(t, "l1"), texts.Draw(t, "o"))
		// A comparison of two literals is a mistake here.
		f, err := filter.Compile(text, nil)
		if err != nil {
			if strings.Contains(err.Error(), "two fixed values") {
				t.Skip()
			}
			t.Fatalf("%s: %v", text, err)
		}
		got, err := f.Match(json.RawMessage(payload))
		if err != nil {
			t.Fatalf("%s of %s: %v", text, payload, err)
		}
		env := map[string]any{}
		if err := json.Unmarshal([]byte(payload), &env); err != nil {
			t.Fatal(err)
		}
		want, err := expr.Eval(text, env)
		if err != nil {
			t.Fatalf("%s of %s: %v", text, payload, err)
		}
		if got != want {
			t.Fatalf("%s is %v of %s, and the library says %v", text, got, payload, want)
		}
	})
}
