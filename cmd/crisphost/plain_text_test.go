package main

import (
	"bytes"
	"regexp"
	"testing"
)

var escapePattern = regexp.MustCompile(`\r?\x1b\[[0-9;?]*[A-Za-z]|\r`)

// eraseLine is how the shell takes the line of a running call away.
const eraseLine = "\r\x1b[K"

// plainText is what was shown without colours, cursor movements and erased lines.
func plainText(output string) string {
	text, _ := plainOutput(output)
	return text
}

// plainOutput is plainText with the place behind each of its bytes in the output.
func plainOutput(output string) (text string, ends []int) {
	var plain []byte
	done := 0
	add := func(end int) {
		for ; done < end; done++ {
			plain = append(plain, output[done])
			ends = append(ends, done+1)
		}
	}
	for _, escape := range escapePattern.FindAllStringIndex(output, -1) {
		add(escape[0])
		done = escape[1]
		if output[escape[0]:escape[1]] == eraseLine {
			line := bytes.LastIndexByte(plain, '\n') + 1
			plain, ends = plain[:line], ends[:line]
		}
	}
	add(len(output))
	return string(plain), ends
}

func TestPlainText(t *testing.T) {
	for _, c := range []struct{ output, want string }{
		{"\x1b[1Gjs> 1\r\n\x1b[32m1\x1b[0m\r\n", "js> 1\n1\n"},
		{"5\r\n⠋ running · 0.3 s\r\x1b[K⠙ running · 0.4 s\r\x1b[K6\r\n", "5\n6\n"},
		{"⠋ running\r\x1b[K5", "5"},
		{"half\x1b[K kept", "half kept"}, // liner erases what follows the cursor
		{"⠋ running · 0.3 s", "⠋ running · 0.3 s"},
	} {
		if got := plainText(c.output); got != c.want {
			t.Errorf("%q: got %q, want %q", c.output, got, c.want)
		}
	}
}
