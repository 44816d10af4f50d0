package fields

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestBuildBody(t *testing.T) {
	cases := []struct {
		plain, typed []string
		want         string // the body, or an error when it starts with "error: "
	}{
		{[]string{"a=1", "b="}, nil, `{"a":"1","b":""}`},
		{[]string{"a=x=y"}, nil, `{"a":"x=y"}`},
		{nil, []string{"a=1", "b=-2.5", "c=true", "d=null", "e=01", "f=text", "g=1e3", "h=-", "i=Infinity"},
			`{"a":1,"b":-2.5,"c":true,"d":null,"e":"01","f":"text","g":1e3,"h":"-","i":"Infinity"}`},
		{nil, []string{"id=12345678901234567890"}, `{"id":12345678901234567890}`},
		{[]string{"a[b][c]=1", "a[b][d]=2"}, nil, `{"a":{"b":{"c":"1","d":"2"}}}`},
		{[]string{"a[]=1", "a[]=2"}, nil, `{"a":["1","2"]}`},
		{[]string{"a[][x]=1", "a[][x]=2"}, nil, `{"a":[{"x":"1"},{"x":"2"}]}`},
		{nil, []string{"a=@-"}, `{"a":"from stdin"}`},
		{[]string{"a=@-"}, nil, `{"a":"@-"}`},
		{[]string{"a=1", "a=2"}, nil, "error: -f a=2: a is given twice"},
		{[]string{"a=1", "a[b]=2"}, nil, "error: -f a[b]=2: b is inside a value that is no object"},
		{[]string{"a[b]=1", "a[]=2"}, nil, "error: -f a[]=2: an array and another value have the same name"},
		{[]string{"a"}, nil, "error: -f a is not name=value"},
		{[]string{"=1"}, nil, `error: -f =1: "" is not a member's name`},
		{[]string{"a[b=1"}, nil, `error: -f a[b=1: "a[b" is not a member's name`},
		{[]string{"a]b=1"}, nil, `error: -f a]b=1: "a]b" is not a member's name`},
		{[]string{"a[b]c=1"}, nil, `error: -f a[b]c=1: "a[b]c" is not a member's name`},
	}
	for _, c := range cases {
		var got string
		fields, err := Parse(c.plain, c.typed)
		if err == nil {
			var body any
			if body, err = Build(t.Context(), strings.NewReader("from stdin"), fields); err == nil {
				text, _ := json.Marshal(body)
				got = string(text)
			}
		}
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("%q %q\ngot  %s\nwant %s", c.plain, c.typed, got, c.want)
		}
	}
}
