package jsoncolor

import (
	"strings"
	"testing"
)

func TestPaint(t *testing.T) {
	const text = `{
  "a\"b": ["x: y", -1.5e3, true, null],
  "c": {}
}`
	colored := Paint(text)
	for _, want := range []string{
		colorName + `"a\"b"` + colorOff + ":", colorString + `"x: y"` + colorOff, colorNumber + "-1.5e3" + colorOff + ",", colorLiteral + "null" + colorOff + "]",
	} {
		if !strings.Contains(colored, want) {
			t.Errorf("%q is not in %q", want, colored)
		}
	}
	plain := strings.NewReplacer(colorName, "", colorString, "", colorNumber, "", colorLiteral, "", colorOff, "").Replace(colored)
	if plain != text {
		t.Errorf("the text changed: %s", plain)
	}
}
