package hooks_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/internal/testrequire"
)

// stringifyCases are texts and what Node makes of them. TestStringifyAsNode checks the right side.
var stringifyCases = []struct{ text, want string }{
	{` { "a" : [ 1 , 2 ] } `, `{"a":[1,2]}`},
	{`{}`, `{}`},
	{`[ ]`, `[]`},
	{`"<a href='x'>&</a>"`, `"<a href='x'>&</a>"`},
	{`"\u2028\u003c\/"`, "\"\u2028<" + `/"`},
	{`"\b\f\u000b\u0000\u007f\u000A\u0022\u005C"`, `"\b\f\u000b\u0000` + "\x7f" + `\n\"\\"`},
	{`"\uD800"`, `"\ud800"`},
	{`"\ud83d\ude00"`, `"😀"`},
	{`"\ude00\ud83d"`, `"\ude00\ud83d"`},
	{`"\ud83d\ud83d\ude00"`, `"\ud83d😀"`},
	{`"\ud83d\n"`, `"\ud83d\n"`},
	{"\"\xff\xe2\x82x\xed\xa0\x80\xf0\x9f\x98\"", "\"\ufffd\ufffdx\ufffd\ufffd\ufffd\ufffd\""},
	{`[1.0,1e21,1e-7,-0,0.1,123456789012345678,1E3,1e400,-1e400,5e-324,1e20]`,
		`[1,1e+21,1e-7,0,0.1,123456789012345680,1000,null,null,5e-324,100000000000000000000]`},
	{`{"b":1,"10":2,"9":3,"a":4,"01":5,"4294967295":6,"4294967294":7,"-1":8}`,
		`{"9":3,"10":2,"4294967294":7,"b":1,"a":4,"01":5,"4294967295":6,"-1":8}`},
	{`{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
	{`{"\u0061":1,"a":2}`, `{"a":2}`},
	{`{"__proto__":1,"toJSON":2,"":3}`, `{"__proto__":1,"toJSON":2,"":3}`},
	{`null`, `null`},
	{``, ""},
	{`{} {}`, ""},
	{`{"a":1,}`, ""},
	{`[1`, ""},
	{"\ufeff{}", ""},
	{"\"\n\"", ""},
	{`01`, ""},
}

func TestStringify(t *testing.T) {
	for _, c := range stringifyCases {
		got, err := hooks.Stringify([]byte(c.text))
		if err != nil != (c.want == "") || string(got) != c.want {
			t.Errorf("%q: got %q, %v; want %q", c.text, got, err, c.want)
		}
	}
}

func TestStringifyAsNode(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		testrequire.Missing(t, "node", "node is not installed")
	}
	var texts []string
	for _, c := range stringifyCases {
		texts = append(texts, c.text)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		texts = append(texts, string(appendRandom(nil, random, 4)))
	}
	var input strings.Builder
	for _, text := range texts {
		fmt.Fprintln(&input, base64.StdEncoding.EncodeToString([]byte(text)))
	}
	node := exec.CommandContext(t.Context(), "node", "-e", `
		const lines = require("fs").readFileSync(0, "latin1").split("\n").slice(0, -1);
		console.log(lines.map(line => {
			try {
				return Buffer.from(JSON.stringify(JSON.parse(Buffer.from(line, "base64").toString()))).toString("base64");
			} catch { return "refused"; }
		}).join("\n"));`)
	node.Stdin = strings.NewReader(input.String())
	output, err := node.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(output))
	if len(lines) != len(texts) {
		t.Fatalf("node wrote %d lines for %d texts", len(lines), len(texts))
	}
	for i, text := range texts {
		got, err := hooks.Stringify([]byte(text))
		if err != nil {
			if lines[i] != "refused" {
				t.Errorf("%q: %v; node accepts it", text, err)
			}
			continue
		}
		want, _ := base64.StdEncoding.DecodeString(lines[i])
		if !bytes.Equal(got, want) {
			t.Errorf("%q\n got %q\nnode %q", text, got, want)
		}
	}
}

// appendRandom writes a random document whose parts are those that writers of JSON disagree about.
func appendRandom(to []byte, random *rand.Rand, depth int) []byte {
	switch kind := random.IntN(6); {
	case kind == 0 && depth > 0:
		to = append(to, "{ "...)
		for i := range random.IntN(5) {
			if i > 0 {
				to = append(to, " ,"...)
			}
			to = appendRandomName(to, random)
			to = append(to, ':')
			to = appendRandom(to, random, depth-1)
		}
		return append(to, '}')
	case kind == 1 && depth > 0:
		to = append(to, '[')
		for i := range random.IntN(5) {
			if i > 0 {
				to = append(to, ',')
			}
			to = appendRandom(to, random, depth-1)
		}
		return append(to, '\n', ']')
	case kind == 2:
		return append(to, []string{"true", "false", "null"}[random.IntN(3)]...)
	case kind == 3:
		return appendRandomNumber(to, random)
	}
	return appendRandomString(to, random)
}

func appendRandomName(to []byte, random *rand.Rand) []byte {
	switch random.IntN(3) {
	case 0:
		return fmt.Appendf(to, `"%d"`, random.IntN(30))
	case 1:
		return fmt.Appendf(to, `"%d"`, 4294967290+random.IntN(10))
	}
	return appendRandomString(to, random)
}

func appendRandomNumber(to []byte, random *rand.Rand) []byte {
	if random.IntN(2) == 0 {
		to = append(to, '-')
	}
	to = fmt.Appendf(to, "%d", random.Int64()>>random.IntN(63))
	if random.IntN(2) == 0 {
		to = fmt.Appendf(to, ".%d", random.IntN(100_000))
	}
	if random.IntN(2) == 0 {
		to = fmt.Appendf(to, "%s%d", []string{"e", "E", "e+", "E-"}[random.IntN(4)], random.IntN(330))
	}
	return to
}

func appendRandomString(to []byte, random *rand.Rand) []byte {
	parts := []string{
		"a", "é", "\u2028", "<", "&", "/", `\/`, `\"`, `\\`, `\b`, `\t`, `\n`, `\f`, `\r`, `\u0000`, `\u001F`, "\x7f",
		`\ud83d`, `\uDE00`, `\ud83d\ude00`, "😀", "\ufffd", "\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf0\x9f\x98",
		"\xf4\x90", "\xe0\x80", "\xc0\xaf",
	}
	to = append(to, '"')
	for range random.IntN(6) {
		to = append(to, parts[random.IntN(len(parts))]...)
	}
	return append(to, '"')
}

func FuzzStringify(f *testing.F) {
	for _, c := range stringifyCases {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := hooks.Stringify(text)
		if err != nil {
			return
		}
		twice, err := hooks.Stringify(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q becomes %q, and that %q, %v", text, once, twice, err)
		}
	})
}
