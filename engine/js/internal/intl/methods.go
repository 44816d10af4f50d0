package intl

import (
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// AddMethods replaces the methods of built-in objects that take a locale: goja's ignore it, or take it for something else.
func AddMethods(rt *goja.Runtime) {
	a := &api{rt: rt}
	a.replace("Date", "toLocaleString", a.dateMethod("toLocaleString", "any", "all"))
	a.replace("Date", "toLocaleDateString", a.dateMethod("toLocaleDateString", "date", "date"))
	a.replace("Date", "toLocaleTimeString", a.dateMethod("toLocaleTimeString", "time", "time"))
	a.replace("Number", "toLocaleString", a.numberMethod("Number", reflect.Int64, reflect.Float64))
	a.replace("BigInt", "toLocaleString", a.numberMethod("BigInt", reflect.Pointer))
	a.replace("Array", "toLocaleString", a.arrayMethod(map[*goja.Object]bool{}))
	if typed := a.prototype("Int8Array"); typed != nil {
		a.function(typed.Prototype(), "toLocaleString", a.arrayMethod(map[*goja.Object]bool{})) // of all typed arrays
	}
	a.replace("String", "localeCompare", a.localeCompare)
	a.replace("String", "toLocaleUpperCase", a.caseMethod("toUpperCase", true))
	a.replace("String", "toLocaleLowerCase", a.caseMethod("toLowerCase", false))
}

// replace puts a method into a built-in class, unless the script has removed the class.
func (a *api) replace(class, name string, f func(goja.FunctionCall) goja.Value) {
	if prototype := a.prototype(class); prototype != nil {
		a.function(prototype, name, f)
	}
}

// prototype is that of a built-in class, or nil.
func (a *api) prototype(class string) *goja.Object {
	constructor, ok := a.rt.GlobalObject().Get(class).(*goja.Object)
	if !ok {
		return nil
	}
	prototype, _ := constructor.Get("prototype").(*goja.Object)
	return prototype
}

func (a *api) dateMethod(name, required, defaults string) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		date, ok := call.This.(*goja.Object)
		if !ok || date.ClassName() != "Date" {
			panic(a.rt.NewTypeError("this is not a Date object: Date.prototype." + name))
		}
		f := a.newDateFormat(call.Argument(0), call.Argument(1), required, defaults)
		at, valid := date.Export().(time.Time)
		if !valid {
			return a.rt.ToValue("Invalid Date")
		}
		return a.rt.ToValue(f.Text(at))
	}
}

// numberMethod is toLocaleString of numbers, which are of these kinds in Go.
func (a *api) numberMethod(class string, kinds ...reflect.Kind) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		value := call.This
		if object, ok := value.(*goja.Object); ok && object.ClassName() == class {
			value = objects.Primitive(a.rt, object)
		}
		ok := false
		if t := value.ExportType(); t != nil {
			for _, kind := range kinds {
				ok = ok || t.Kind() == kind
			}
		}
		if _, isBig := value.Export().(*big.Int); !ok || isBig != (class == "BigInt") {
			panic(a.rt.NewTypeError("%s.prototype.toLocaleString requires that 'this' be a %s", class, class))
		}
		f := a.newNumberFormat(call.Argument(0), call.Argument(1))
		return a.rt.ToValue(cldr.Join(f.Format(a.decimal(value))))
	}
}

// arrayMethod gives the locale and the options to each item. Active are the arrays that are being written, which write nothing inside
// themselves.
func (a *api) arrayMethod(active map[*goja.Object]bool) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		array := call.This.ToObject(a.rt)
		if active[array] {
			return a.rt.ToValue("")
		}
		active[array] = true
		defer delete(active, array)
		length := lengthOf(array)
		if length > maxItems {
			panic(a.rangeError("Array.prototype.toLocaleString: the array has more than %d items", maxItems))
		}
		var joined strings.Builder
		for i := range length {
			if i > 0 {
				joined.WriteByte(',')
			}
			item := array.Get(strconv.FormatInt(i, 10))
			if objects.IsNullish(item) {
				continue
			}
			write, ok := goja.AssertFunction(item.ToObject(a.rt).Get("toLocaleString"))
			if !ok {
				panic(a.rt.NewTypeError("Array.prototype.toLocaleString: item %d has no toLocaleString", i))
			}
			text, err := write(item, call.Argument(0), call.Argument(1))
			if err != nil {
				panic(err)
			}
			joined.WriteString(text.ToString().String())
		}
		return a.rt.ToValue(joined.String())
	}
}

// maxItems bounds the arrays that toLocaleString writes: no interrupt stops it among holes.
const maxItems = 1 << 24

// lengthOf is the length of an array or of something like one.
func lengthOf(object *goja.Object) int64 {
	length := object.Get("length")
	if objects.IsNullish(length) {
		return 0
	}
	return max(length.ToInteger(), 0)
}

// receiver is the text that a method of strings is called on.
func (a *api) receiver(name string, this goja.Value) string {
	if objects.IsNullish(this) {
		panic(a.rt.NewTypeError("String.prototype.%s called on null or undefined", name))
	}
	return this.ToString().String()
}

func (a *api) localeCompare(call goja.FunctionCall) goja.Value {
	text, other := a.receiver("localeCompare", call.This), call.Argument(0).ToString().String()
	return a.rt.ToValue(a.newOrder(call.Argument(1), call.Argument(2)).compare(text, other))
}

// caseMethod maps letters as a language does. Few languages differ from what the plain method does.
func (a *api) caseMethod(plain string, upper bool) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		text := a.receiver("toLocale"+strings.TrimPrefix(plain, "to"), call.This)
		if tags := a.locales(call.Argument(0)); len(tags) > 0 {
			name, _, _ := strings.Cut(tags[0], "-")
			if mapped, ok := localCase(name, text, upper); ok {
				return a.rt.ToValue(mapped)
			}
		}
		method, _ := goja.AssertFunction(a.rt.ToValue(text).ToObject(a.rt).Get(plain))
		value, err := method(a.rt.ToValue(text))
		if err != nil {
			panic(err)
		}
		return value
	}
}
