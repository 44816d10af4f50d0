package console

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/words"
)

// What console.log shows of a value, as in Node.
const (
	inspectDepth    = 2      // levels of containers inside the outermost
	inspectItems    = 100    // items of an array, map or set
	inspectKeys     = 1000   // members of an object
	inspectText     = 10_000 // characters of a string inside a container
	inspectWidth    = 80     // of a line
	inspectMargin   = 13     // what a line with a whole container leaves free
	inspectNesting  = 3      // levels that fit on one line
	inspectColumns  = 12
	inspectGroupMin = 6 // arrays with more items are laid out in columns
	separator       = 2 // ", "
)

// Inspect renders a value for people. It may run getters of the script; what they throw is shown.
func Inspect(host Host, value goja.Value) string {
	in := inspector{host: host, rt: host.Runtime()}
	return in.value(value, 0)
}

type inspector struct {
	host Host
	rt   *goja.Runtime
	// parents are the containers around the value at hand, and circular those that turned up again inside themselves.
	parents  []*goja.Object
	circular []*goja.Object
	indent   int
	// reached is the level of the container rendered last.
	reached int
}

func (in *inspector) value(value goja.Value, level int) string {
	if value == nil {
		return "undefined"
	}
	object, ok := value.(*goja.Object)
	if !ok {
		return in.primitive(value, level)
	}
	var text string
	if exception := in.rt.Try(func() { text = in.object(object, level) }); exception != nil {
		return "[cannot be shown: " + exception.Value().String() + "]"
	}
	return text
}

func (in *inspector) primitive(value goja.Value, level int) string {
	switch {
	case goja.IsString(value):
		text := value.String()
		if level > 0 && utf8.RuneCountInString(text) > inspectText {
			runes := []rune(text)
			return quoteText(string(runes[:inspectText])) + fmt.Sprintf("... %d more characters", len(runes)-inspectText)
		}
		return quoteText(text)
	case goja.IsBigInt(value):
		return value.String() + "n"
	case goja.IsNumber(value):
		if f := value.ToFloat(); f == 0 && math.Signbit(f) {
			return "-0"
		}
		return value.String()
	}
	if symbol, ok := value.(*goja.Symbol); ok {
		return "Symbol(" + symbol.String() + ")"
	}
	return value.String()
}

// quoteText writes a string as a literal, in the kind of quotes that needs no escapes if there is one.
func quoteText(s string) string {
	mark := byte('\'')
	if strings.IndexByte(s, '\'') >= 0 {
		if strings.IndexByte(s, '"') < 0 {
			mark = '"'
		} else if strings.IndexByte(s, '`') < 0 {
			mark = '`'
		}
	}
	var b strings.Builder
	b.WriteByte(mark)
	for _, r := range s {
		switch {
		case r == rune(mark) || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte(mark)
	return b.String()
}

func (in *inspector) object(object *goja.Object, level int) string {
	for _, parent := range in.parents {
		if parent == object {
			in.circular = append(in.circular, object)
			return "[Circular *1]"
		}
	}
	if text := in.host.ShowHostObject(object); text != "" {
		return text
	}
	name := in.className(object)
	if _, ok := goja.AssertFunction(object); ok {
		return in.function(object, level)
	}
	switch object.ClassName() {
	case "Array":
		prefix := ""
		if name != "Array" {
			prefix = fmt.Sprintf("%s(%s) ", name, object.Get("length"))
		}
		return in.container(object, level, "[Array]", prefix, "[", "]", in.arrayItems)
	case "Date":
		return in.date(object)
	case "RegExp":
		return object.String()
	case "Error":
		return in.failure(object, level)
	case "Number", "String", "Boolean", "BigInt", "Symbol":
		return "[" + object.ClassName() + ": " + in.value(objects.Primitive(in.rt, object), level+1) + "]"
	}
	switch exported := object.ExportType(); {
	case exported == objects.TypePromise:
		return in.container(object, level, "[Promise]", "Promise ", "{", "}", in.promiseItems)
	case exported == objects.TypeMap:
		return in.container(object, level, "[Map]", fmt.Sprintf("%s(%s) ", name, object.Get("size")), "{", "}", in.mapItems)
	case exported == objects.TypeSet:
		return in.container(object, level, "[Set]", fmt.Sprintf("%s(%s) ", name, object.Get("size")), "{", "}", in.setItems)
	case exported == objects.TypeArrayBuffer:
		return fmt.Sprintf("ArrayBuffer { byteLength: %s }", object.Get("byteLength"))
	case isTypedArray(object):
		return in.container(object, level, "["+name+"]", fmt.Sprintf("%s(%s) ", name, object.Get("length")), "[", "]", in.arrayItems)
	}
	prefix := ""
	switch name {
	case "Object":
	case "":
		prefix = "[Object: null prototype] "
	default:
		prefix = name + " "
	}
	short := "[" + strings.TrimSpace(prefix) + "]"
	if prefix == "" {
		short = "[Object]"
	}
	return in.container(object, level, short, prefix, "{", "}", in.webMembers(name))
}

// className is the name of the object's constructor, or "" without a prototype.
func (in *inspector) className(object *goja.Object) string {
	for proto := object.Prototype(); proto != nil; proto = proto.Prototype() {
		if constructor, ok := proto.Get("constructor").(*goja.Object); ok {
			if name := constructor.Get("name"); !objects.IsNullish(name) && name.String() != "" {
				return name.String()
			}
		}
	}
	if tag := object.GetSymbol(goja.SymToStringTag); !objects.IsNullish(tag) {
		return tag.String()
	}
	return ""
}

func (in *inspector) function(object *goja.Object, level int) string {
	kind := "Function"
	text := object.String()
	if strings.HasPrefix(text, "class") {
		kind = "class"
	} else if strings.HasPrefix(text, "async") {
		kind = "AsyncFunction"
	}
	name := ""
	if value := object.Get("name"); !objects.IsNullish(value) {
		name = value.String()
	}
	base := "[" + kind + ": " + name + "]"
	switch {
	case kind == "class":
		base = "[class " + orElse(name, "(anonymous)")
		if parent := object.Prototype(); parent != nil {
			if name := parent.Get("name"); !objects.IsNullish(name) && name.String() != "" {
				base += " extends " + name.String()
			}
		}
		base += "]"
	case name == "":
		base = "[" + kind + " (anonymous)]"
	}
	if len(object.Keys()) == 0 {
		return base
	}
	return in.container(object, level, base, base+" ", "{", "}", in.members)
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func (in *inspector) date(object *goja.Object) string {
	if t, ok := object.Export().(time.Time); ok && !math.IsNaN(object.ToFloat()) {
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return "Invalid Date"
}

// failure renders an error: class, message, where it was made, and its own fields.
func (in *inspector) failure(object *goja.Object, level int) string {
	name, message := ErrorText(object)
	var b strings.Builder
	b.WriteString(name + ": " + message)
	if level > 0 {
		return "[" + b.String() + "]"
	}
	WriteTrace(&b, in.host.ErrorTrace(object))
	var fields []string
	in.indent += 2
	for _, key := range ErrorFields(object) {
		if key == "cause" || key == "errors" && name == "AggregateError" {
			fields = append(fields, "["+key+"]: "+in.value(object.Get(key), level+1))
		} else {
			fields = append(fields, in.member(object, key, level))
		}
	}
	in.indent -= 2
	if len(fields) > 0 {
		b.WriteString(" {\n  " + strings.Join(fields, ",\n  ") + "\n}")
	}
	return b.String()
}

// ErrorFields are the members of an error object beside its class, message and stack. What caused it and what it gathers come last.
func ErrorFields(object *goja.Object) []string {
	name, _ := ErrorText(object)
	gathers := name == "AggregateError"
	var names []string
	for _, key := range object.Keys() {
		if key != "stack" && key != "message" && key != "name" && key != "cause" && (key != "errors" || !gathers) {
			names = append(names, key)
		}
	}
	if !objects.IsNullish(object.Get("cause")) {
		names = append(names, "cause")
	}
	if gathers && !objects.IsNullish(object.Get("errors")) {
		names = append(names, "errors")
	}
	return names
}

// ErrorText returns the class and the message of an error object.
func ErrorText(object *goja.Object) (name, message string) {
	name = "Error"
	if value := object.Get("name"); !objects.IsNullish(value) {
		name = value.String()
	}
	if value := object.Get("message"); !objects.IsNullish(value) {
		message = value.String()
	}
	if message == "" && name == "AggregateError" {
		message = "several errors"
	}
	if message == "" {
		message = "no message"
	}
	return name, message
}

// WriteTrace writes calls, one a line.
func WriteTrace(b *strings.Builder, frames []engine.Frame) {
	for _, frame := range frames {
		if frame.Function != "" {
			fmt.Fprintf(b, "\n    at %s (%s)", frame.Function, frame.Position)
		} else {
			fmt.Fprintf(b, "\n    at %s", frame.Position)
		}
	}
}

func (in *inspector) arrayItems(object *goja.Object, level int) []string {
	length := int(object.Get("length").ToInteger())
	shown := min(length, inspectItems)
	parts := make([]string, 0, shown+1)
	holes := 0
	flush := func() {
		if holes > 0 {
			parts = append(parts, "<"+words.Count(holes, "empty item")+">")
			holes = 0
		}
	}
	for i := range shown {
		item := object.Get(strconv.Itoa(i))
		if item == nil {
			holes++
			continue
		}
		flush()
		parts = append(parts, in.value(item, level+1))
	}
	flush()
	if length > shown {
		parts = append(parts, more(length-shown, "item"))
	}
	if isTypedArray(object) {
		return parts
	}
	// Members beside the items.
	keys := object.Keys()
	for _, key := range keys[min(len(keys), length):] {
		if _, err := strconv.Atoi(key); err != nil {
			parts = append(parts, in.member(object, key, level))
		}
	}
	return parts
}

func more(n int, what string) string { return "... " + words.Count(n, "more "+what) }

func (in *inspector) members(object *goja.Object, level int) []string {
	keys := object.Keys()
	parts := make([]string, 0, min(len(keys), inspectKeys))
	for i, key := range keys {
		if i == inspectKeys {
			parts = append(parts, more(len(keys)-i, "member"))
			break
		}
		parts = append(parts, in.member(object, key, level))
	}
	return parts
}

func (in *inspector) member(object *goja.Object, key string, level int) string {
	name := key
	if !objects.IsIdentifier(key) || strings.Contains(key, "$") {
		name = quoteText(key)
	}
	var value goja.Value
	if exception := in.rt.Try(func() { value = object.Get(key) }); exception != nil {
		return name + ": [throws: " + exception.Value().String() + "]"
	}
	return name + ": " + in.value(value, level+1)
}

func (in *inspector) mapItems(object *goja.Object, level int) []string {
	return in.iterate(object, func(entry goja.Value) string {
		pair := entry.ToObject(in.rt)
		return in.value(pair.Get("0"), level+1) + " => " + in.value(pair.Get("1"), level+1)
	})
}

func (in *inspector) setItems(object *goja.Object, level int) []string {
	return in.iterate(object, func(item goja.Value) string { return in.value(item, level+1) })
}

func (in *inspector) iterate(object *goja.Object, render func(goja.Value) string) []string {
	var parts []string
	count := 0
	in.rt.ForOf(object, func(item goja.Value) bool {
		if count++; count <= inspectItems {
			parts = append(parts, render(item))
		}
		return true
	})
	if count > inspectItems {
		parts = append(parts, more(count-inspectItems, "item"))
	}
	return parts
}

func (in *inspector) promiseItems(object *goja.Object, level int) []string {
	promise := object.Export().(*goja.Promise)
	switch promise.State() {
	case goja.PromiseStatePending:
		return []string{"<pending>"}
	case goja.PromiseStateRejected:
		return []string{"<rejected> " + in.value(promise.Result(), level+1)}
	default:
		return []string{in.value(promise.Result(), level+1)}
	}
}

func isTypedArray(object *goja.Object) bool {
	_, ok := objects.Bytes(object)
	return ok
}
