package web

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// maxRandomBytes is what one call of getRandomValues fills at most.
const maxRandomBytes = 65536

// AddCrypto adds the web's functions to the global crypto, which is the host module of that name if there is one.
func AddCrypto(host Host, crypto *goja.Object) *goja.Object {
	return (&web{host, host.Runtime()}).addCrypto(crypto)
}

func (w *web) addCrypto(crypto *goja.Object) *goja.Object {
	for name, f := range map[string]func(goja.FunctionCall) goja.Value{"randomUUID": w.randomUUID, "getRandomValues": w.getRandomValues} {
		_ = crypto.DefineDataProperty(name, objects.NewFunction(w.rt, name, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	return crypto
}

// randomUUID is a random UUID of version 4.
func (w *web) randomUUID(goja.FunctionCall) goja.Value {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return w.rt.ToValue(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}

// getRandomValues fills a typed array of integers.
func (w *web) getRandomValues(call goja.FunctionCall) goja.Value {
	object, ok := call.Argument(0).(*goja.Object)
	var data []byte
	if ok {
		data, ok = objects.ViewBytes(object)
	}
	if !ok {
		panic(w.rt.NewTypeError("crypto.getRandomValues: argument 1 must be a typed array of integers"))
	}
	if tag := object.GetSymbol(goja.SymToStringTag).String(); strings.HasPrefix(tag, "Float") || tag == "DataView" {
		panic(w.newDOMException("TypeMismatchError", "crypto.getRandomValues: a "+tag+" cannot be filled; take an array of integers"))
	}
	if len(data) > maxRandomBytes {
		panic(w.newDOMException("QuotaExceededError", fmt.Sprintf("crypto.getRandomValues: %d bytes are more than the %d that one call gives", len(data), maxRandomBytes)))
	}
	_, _ = rand.Read(data) // never fails
	return object
}

// newPerformance makes the global performance. Its clock begins when the script first asks for it.
func (w *web) newPerformance() goja.Value {
	performance := w.rt.NewObject()
	_ = performance.Set("now", objects.NewFunction(w.rt, "now", w.now()))
	_ = performance.Set("timeOrigin", w.host.Now().UnixMilli())
	return performance
}

// now is a clock that never goes back, in milliseconds since it was made.
func (w *web) now() func(goja.FunctionCall) goja.Value {
	start := time.Now()
	return func(goja.FunctionCall) goja.Value {
		return w.rt.ToValue(float64(time.Since(start).Microseconds()) / 1000)
	}
}
