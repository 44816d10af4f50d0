// Package intl is JavaScript's Intl, and the methods of other objects that take a locale.
//
// The words and patterns are CLDR's, in package cldr below. What there is no table for, such as a language, a calendar or an option, is
// an error that says what there is.
package intl

import (
	"slices"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// api makes the objects of one runtime.
type api struct {
	rt  *goja.Runtime
	now func() time.Time
}

// New returns the global Intl of a runtime with a clock.
func New(rt *goja.Runtime, now func() time.Time) *goja.Object {
	a := &api{rt, now}
	object := rt.NewObject()
	_ = object.DefineDataPropertySymbol(goja.SymToStringTag, rt.ToValue("Intl"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	a.function(object, "getCanonicalLocales", func(call goja.FunctionCall) goja.Value {
		return a.array(a.locales(call.Argument(0)))
	})
	a.function(object, "supportedValuesOf", a.supportedValuesOf)
	for _, c := range a.classes() {
		hidden(object, c.name, a.define(c))
	}
	return object
}

// Hint explains an error that came of what Intl does not have here, by the line of the source.
func Hint(line string) string {
	for _, method := range []string{"formatRange", "formatRangeToParts", "selectRange"} {
		if strings.Contains(line, "."+method+"(") {
			return "the script engine's Intl has no " + method + ": format both ends"
		}
	}
	_, rest, found := strings.Cut(line, "Intl.")
	if !found {
		return ""
	}
	name := rest[:len(rest)-len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))]
	var names []string
	for _, c := range new(api).classes() {
		names = append(names, c.name)
	}
	if name == "" || slices.Contains(append(names, "getCanonicalLocales", "supportedValuesOf"), name) {
		return ""
	}
	return "the script engine has no Intl." + name + ", but " + strings.Join(names, ", ")
}

// classes lists the classes of Intl.
func (a *api) classes() []class {
	return []class{
		a.dateTimeFormat(), a.numberFormat(), a.collator(), a.pluralRules(), a.relativeTimeFormat(), a.listFormat(),
	}
}

func (a *api) supportedValuesOf(call goja.FunctionCall) goja.Value {
	switch key := call.Argument(0).String(); key {
	case "timeZone":
		return a.array(cldr.ZoneNames())
	case "calendar":
		return a.array([]string{"gregory"})
	default:
		panic(a.rangeError("Invalid key : %s (supportedValuesOf knows calendar and timeZone here)", key))
	}
}

// array makes an array of texts.
func (a *api) array(texts []string) goja.Value {
	items := make([]any, len(texts))
	for i, text := range texts {
		items[i] = text
	}
	return a.rt.NewArray(items...)
}

// parts makes what formatToParts returns.
func (a *api) parts(parts []cldr.Part) goja.Value {
	items := make([]any, len(parts))
	for i, part := range parts {
		object := a.rt.NewObject()
		_ = object.Set("type", part.Type)
		_ = object.Set("value", part.Value)
		if part.Unit != "" {
			_ = object.Set("unit", part.Unit)
		}
		items[i] = object
	}
	return a.rt.NewArray(items...)
}

// function adds a function to an object, not enumerable.
func (a *api) function(object *goja.Object, name string, f func(goja.FunctionCall) goja.Value) {
	hidden(object, name, objects.NewFunction(a.rt, name, f))
}

// hidden defines a property as built-in objects have them.
func hidden(object *goja.Object, name string, value goja.Value) {
	_ = object.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}
