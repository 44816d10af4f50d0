package tape

import (
	"math"
	"strconv"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// Int is the number at i as an integer, if it is written as one (no fraction, no exponent, not -0) and fits.
func (d *Document) Int(i Index) (int64, bool) {
	n := &d.nodes[i]
	if Kind(n.info&kindMask) != Number {
		return 0, false
	}
	text := d.raw[n.start:n.end]
	negative := text[0] == '-'
	digits := text
	if negative {
		digits = text[1:]
	}
	if len(digits) > 18 {
		v, err := strconv.ParseInt(unsafe.String(unsafe.SliceData(text), len(text)), 10, 64)
		return v, err == nil
	}
	var v int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if negative {
		return -v, v != 0
	}
	return v, true
}

// Float is the number at i, and 0 for other values. A number out of float64's range is an infinity, as in JavaScript.
func (d *Document) Float(i Index) float64 {
	n := &d.nodes[i]
	if Kind(n.info&kindMask) != Number {
		return 0
	}
	text := d.raw[n.start:n.end]
	v, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(text), len(text)), 64)
	if err != nil && !math.IsInf(v, 0) {
		return 0 // not reached: Parse has checked the grammar
	}
	return v
}

// appendDecoded appends the value of a quoted string. The only error that AppendUnquote can give for text that Parse has
// accepted is invalid UTF-8, which it has replaced.
func appendDecoded(dst, quoted []byte) []byte {
	dst, _ = jsontext.AppendUnquote(dst, quoted)
	return dst
}
