package builtins

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

const (
	// minAppended is the shortest text that is appended to in place, in bytes. goja copies shorter ones as fast.
	minAppended = 2048
	// maxAppended bounds the texts that += makes. It is V8's longest string.
	maxAppended = 1 << 29
	// maxSpare bounds the room behind a text that was copied once.
	maxSpare = 16 << 20
)

// appender appends to texts. goja copies all of a text for each s += x, which is quadratic in a loop. A text that was made so is the beginning
// of a buffer here, and what comes after it is written behind it, where no string reaches.
type appender struct {
	buffers [8][]byte // of as many texts that grow at the same time
	last    int       // the one that was made last
}

// append returns the function that takes the place of s += x for texts.
func (a *Additions) append() goja.Value {
	value, err := a.rt.RunProgram(otherAdd())
	if err != nil {
		panic(err)
	}
	add, _ := goja.AssertFunction(value)
	var to appender
	return objects.NewFunction(a.rt, "append", func(call goja.FunctionCall) goja.Value {
		left, right := call.Argument(0), call.Argument(1)
		text, ok := left.(goja.String)
		if _, isObject := right.(*goja.Object); ok && !isObject {
			if _, isSymbol := right.(*goja.Symbol); !isSymbol {
				if result := to.appended(a.rt, text, a.text(right)); result != nil {
					return result
				}
			}
		}
		sum, err := add(goja.Undefined(), left, right)
		if err != nil {
			panic(err)
		}
		return sum
	})
}

// text is a primitive value as a text.
func (a *Additions) text(value goja.Value) goja.String {
	if text, ok := value.(goja.String); ok {
		return text
	}
	return a.rt.ToValue(value.String()).(goja.String)
}

// otherAdd evaluates to a function that adds as the language does.
var otherAdd = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, `(a, b) => a + b`, true)
})

// appended returns text with more behind it, or nil where goja has to do that.
func (to *appender) appended(rt *goja.Runtime, text, more goja.String) goja.Value {
	switch reflect.ValueOf(text).Kind() {
	case reflect.String, reflect.Slice:
		if text.Length() < minAppended { // which is not known of the third kind before it is looked through
			return text.Concat(more)
		}
	}
	front, back := text.String(), more.String()
	if halved(text, front) || halved(more, back) {
		return text.Concat(more)
	}
	if len(front)+len(back) > maxAppended {
		panic(objects.NewError(rt, "RangeError", fmt.Sprintf("the string would be longer than %d bytes", maxAppended)))
	}
	buffer := to.bufferOf(front)
	if *buffer == nil {
		*buffer = append(make([]byte, 0, len(front)+len(back)+min(len(front), maxSpare)), front...)
	}
	*buffer = append(*buffer, back...)
	return rt.ToValue(unsafe.String(unsafe.SliceData(*buffer), len(*buffer)))
}

// bufferOf returns the buffer that ends with a text, or one that is nil in place of the oldest.
func (to *appender) bufferOf(text string) *[]byte {
	for i := range to.buffers {
		if b := &to.buffers[i]; len(*b) == len(text) && unsafe.SliceData(*b) == unsafe.StringData(text) {
			return b
		}
	}
	to.last = (to.last + 1) % len(to.buffers)
	to.buffers[to.last] = nil
	return &to.buffers[to.last]
}

// halved reports whether a text may have a half of a character, which its UTF-8 form has not.
func halved(text goja.String, form string) bool {
	return reflect.ValueOf(text).Kind() == reflect.Slice && strings.ContainsRune(form, utf8.RuneError)
}
