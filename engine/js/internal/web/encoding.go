package web

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// encode gives the UTF-8 of a string as an ArrayBuffer.
func (w *web) encode(call goja.FunctionCall) goja.Value {
	return w.rt.ToValue(w.rt.NewArrayBuffer([]byte(call.Argument(0).String())))
}

// decode turns an ArrayBuffer of UTF-8 into a string. A mark at its begin is left out.
func (w *web) decode(call goja.FunctionCall) goja.Value {
	data := call.Argument(0).Export().(goja.ArrayBuffer).Bytes()
	return w.rt.ToValue(strings.TrimPrefix(decodeUTF8(data), "\ufeff"))
}

// bytes copies what an ArrayBuffer, typed array or DataView holds into an ArrayBuffer of its own. Argument 2 names the
// value in the error.
func (w *web) bytes(call goja.FunctionCall) goja.Value {
	if object, ok := call.Argument(0).(*goja.Object); ok {
		if buffer, ok := object.Export().(goja.ArrayBuffer); ok {
			return w.rt.ToValue(w.rt.NewArrayBuffer(append([]byte(nil), buffer.Bytes()...)))
		}
		if data, ok := objects.ViewBytes(object); ok {
			return w.rt.ToValue(w.rt.NewArrayBuffer(append([]byte(nil), data...)))
		}
	}
	panic(w.rt.NewTypeError(call.Argument(1).String() + " must be an ArrayBuffer, a typed array or a DataView"))
}

// encodingName is the name of an encoding by one of its labels, or undefined.
func (w *web) encodingName(call goja.FunctionCall) goja.Value {
	switch strings.ToLower(strings.Trim(call.Argument(0).String(), "\t\n\f\r ")) {
	case "utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8":
		return w.rt.ToValue("utf-8")
	case "utf-16le", "utf-16", "ucs-2", "unicode", "csunicode", "iso-10646-ucs-2", "unicodefeff":
		return w.rt.ToValue("utf-16le")
	case "utf-16be", "unicodefffe":
		return w.rt.ToValue("utf-16be")
	case "windows-1252", "latin1", "iso-8859-1", "iso8859-1", "iso88591", "iso_8859-1", "iso_8859-1:1987", "l1", "ascii", "us-ascii", "ansi_x3.4-1968",
		"cp1252", "x-cp1252", "cp819", "ibm819", "csisolatin1", "iso-ir-100":
		return w.rt.ToValue("windows-1252")
	}
	return goja.Undefined()
}

// decoder makes a function that takes an ArrayBuffer and whether more is to come, and returns the string, or undefined
// when the data is broken and that is fatal.
func (w *web) decoder(call goja.FunctionCall) goja.Value {
	d := &textDecoder{encoding: call.Argument(0).String(), fatal: call.Argument(1).ToBoolean(), keepMark: call.Argument(2).ToBoolean()}
	return w.rt.ToValue(func(call goja.FunctionCall) goja.Value {
		text, ok := d.decode(call.Argument(0).Export().(goja.ArrayBuffer).Bytes(), call.Argument(1).ToBoolean())
		if !ok {
			return goja.Undefined()
		}
		return w.rt.ToValue(text)
	})
}

// textDecoder keeps what lies between two pieces of a stream.
type textDecoder struct {
	encoding        string
	fatal, keepMark bool
	rest            []byte // the begin of a character whose end is to come
	started         bool   // the place of the byte order mark is behind
}

func (d *textDecoder) decode(data []byte, more bool) (string, bool) {
	data = append(d.rest, data...)
	d.rest = nil
	var text string
	var ok bool
	switch d.encoding {
	case "utf-8":
		if more {
			keep := incompleteUTF8(data)
			d.rest = append(d.rest, data[len(data)-keep:]...)
			data = data[:len(data)-keep]
		}
		text, ok = decodeUTF8(data), utf8.Valid(data)
	case "windows-1252":
		text, ok = decodeWindows1252(data), true
	default:
		if more {
			keep := incompleteUTF16(data, d.encoding == "utf-16be")
			d.rest = append(d.rest, data[len(data)-keep:]...)
			data = data[:len(data)-keep]
		}
		text, ok = decodeUTF16(data, d.encoding == "utf-16be")
	}
	if d.fatal && !ok {
		d.rest, d.started = nil, false
		return "", false
	}
	if !d.started && text != "" {
		d.started = true
		if !d.keepMark && d.encoding != "windows-1252" {
			text = strings.TrimPrefix(text, "\ufeff")
		}
	}
	if !more {
		d.started = false
	}
	return text, true
}

// decodeUTF8 puts U+FFFD for what is not UTF-8: one for the longest begin of a character, as the encoding standard has it.
func decodeUTF8(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	var b strings.Builder
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			size = max(1, beginOfUTF8(data))
		}
		b.WriteRune(r)
		data = data[size:]
	}
	return b.String()
}

// beginOfUTF8 is how many bytes of data, which does not begin with a whole character, could begin one.
func beginOfUTF8(data []byte) int {
	var length int
	low, high := byte(0x80), byte(0xBF) // of the second byte
	switch c := data[0]; {
	case 0xC2 <= c && c <= 0xDF:
		length = 2
	case 0xE0 <= c && c <= 0xEF:
		length = 3
		if c == 0xE0 {
			low = 0xA0
		} else if c == 0xED {
			high = 0x9F
		}
	case 0xF0 <= c && c <= 0xF4:
		length = 4
		if c == 0xF0 {
			low = 0x90
		} else if c == 0xF4 {
			high = 0x8F
		}
	default:
		return 0
	}
	n := 1
	for n < length && n < len(data) && low <= data[n] && data[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}

// incompleteUTF8 is how many bytes at the end begin a character that goes on.
func incompleteUTF8(data []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		tail := data[len(data)-n:]
		if utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return n
			}
			return 0
		}
	}
	return 0
}

func decodeUTF16(data []byte, big bool) (string, bool) {
	units := utf16Units(data, big)
	ok := len(data)%2 == 0
	for i := 0; i < len(units) && ok; i++ {
		if utf16.IsSurrogate(rune(units[i])) {
			ok = i+1 < len(units) && utf16.DecodeRune(rune(units[i]), rune(units[i+1])) != utf8.RuneError
			i++
		}
	}
	text := string(utf16.Decode(units))
	if len(data)%2 != 0 {
		text += "\ufffd"
	}
	return text, ok
}

func utf16Units(data []byte, big bool) []uint16 {
	units := make([]uint16, len(data)/2)
	for i := range units {
		first, second := uint16(data[2*i]), uint16(data[2*i+1])
		if big {
			first, second = second, first
		}
		units[i] = first | second<<8
	}
	return units
}

func incompleteUTF16(data []byte, big bool) int {
	odd := len(data) % 2
	units := utf16Units(data, big)
	if n := len(units); n > 0 && units[n-1]&0xFC00 == 0xD800 {
		return odd + 2
	}
	return odd
}

// decodeWindows1252 is what the web calls latin1.
func decodeWindows1252(data []byte) string {
	const high = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
	table := []rune(high) // of the bytes 0x80 to 0x9F; the others are their own characters
	runes := make([]rune, len(data))
	for i, c := range data {
		runes[i] = rune(c)
		if 0x80 <= c && c <= 0x9F {
			runes[i] = table[c-0x80]
		}
	}
	return string(runes)
}

// btoa encodes a string of characters up to U+00FF.
func (w *web) btoa(call goja.FunctionCall) goja.Value {
	if len(call.Arguments) == 0 {
		panic(w.rt.NewTypeError("btoa: argument 1 is missing"))
	}
	text := call.Argument(0).ToString().String()
	data := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xFF {
			panic(w.newDOMException("InvalidCharacterError", "btoa: the string holds characters beyond U+00FF; encode it with TextEncoder first"))
		}
		data = append(data, byte(r))
	}
	return w.rt.ToValue(base64.StdEncoding.EncodeToString(data))
}

// atob decodes with the leniency that the web has: white space and missing padding do not matter.
func (w *web) atob(call goja.FunctionCall) goja.Value {
	if len(call.Arguments) == 0 {
		panic(w.rt.NewTypeError("atob: argument 1 is missing"))
	}
	text := strings.NewReplacer("\t", "", "\n", "", "\f", "", "\r", "", " ", "").Replace(call.Argument(0).ToString().String())
	if len(text)%4 == 0 {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "="), "=")
	}
	// Go skips line ends in base64, but none is left here.
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		panic(w.newDOMException("InvalidCharacterError", "atob: the string is not base64"))
	}
	units := make([]uint16, len(data))
	for i, c := range data {
		units[i] = uint16(c)
	}
	return goja.StringFromUTF16(units)
}
