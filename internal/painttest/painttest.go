// Package painttest has texts to test with whatever shows text of others.
package painttest

import "strings"

// Nasty are texts of customers who mean no good, or write in their own language.
var Nasty = []string{
	"\x1b[2J\x1b[31mred", "bell\a back\b tab\t line\nbreak\r\n", "\u202eright to left", "zero\u200bwidth\ufeff", "c1 \u009b31m", "del\x7f",
	"日本語のテキスト", "한국어", "👩‍👩‍👧‍👦 family", "🇩🇪 flag", "e\u0301 combining", "Z̷̡̢̛a̸l̵g̶o̷", "ﷺ wide", "नमस्ते", "السلام عليكم", "\ufffd", strings.Repeat("long ", 100), "",
	strings.Repeat("́", 500), "\u2028line\u2029paragraph", "\U000e0041tag",
}
