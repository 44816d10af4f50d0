package intl

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
)

// options reads the options of one call, in the class that error messages name.
type options struct {
	*api
	class  string
	object *goja.Object // or nil
}

// options takes undefined for no options, and the object of anything but null.
func (a *api) options(class string, value goja.Value) options {
	switch {
	case goja.IsUndefined(value):
		return options{a, class, nil}
	case goja.IsNull(value):
		panic(a.rt.NewTypeError("Cannot convert undefined or null to object"))
	}
	return options{a, class, value.ToObject(a.rt)}
}

func (o options) get(name string) goja.Value {
	if o.object != nil {
		if value := o.object.Get(name); value != nil {
			return value
		}
	}
	return goja.Undefined()
}

// text reads an option that is one of some words, if there are any. It returns the fallback for undefined.
func (o options) text(name, fallback string, words ...string) string {
	value := o.get(name)
	if goja.IsUndefined(value) {
		return fallback
	}
	text := value.ToString().String()
	if len(words) > 0 && !slices.Contains(words, text) {
		panic(o.outOfRange(name, text, words...))
	}
	return text
}

func (o options) outOfRange(name, text string, words ...string) *goja.Object {
	message := "Value %s out of range for %s options property %s"
	if len(words) > 0 {
		message += " (use " + strings.Join(words, ", ") + ")"
	}
	return o.rangeError(message, short(text), o.class, name)
}

// unsupported refuses a known option that has no implementation here.
func (o options) unsupported(name string, allowed ...string) {
	value := o.get(name)
	if goja.IsUndefined(value) || slices.Contains(allowed, value.String()) {
		return
	}
	message := "%s: the option %s is not supported here"
	if len(allowed) > 0 {
		message += " (use " + strings.Join(allowed, ", ") + " or leave it out)"
	}
	panic(o.rangeError(message, o.class, name))
}

// number reads a whole number between bounds, or returns the fallback for undefined.
func (o options) number(name string, low, high, fallback int) int {
	value := o.get(name)
	if goja.IsUndefined(value) {
		return fallback
	}
	n := math.Floor(value.ToFloat())
	if f := value.ToFloat(); math.IsNaN(f) || f < float64(low) || f > float64(high) {
		panic(o.rangeError("%s value is out of range (%d to %d).", name, low, high))
	}
	return int(n)
}

// boolean reads an option, or returns "" for undefined.
func (o options) boolean(name string) string {
	value := o.get(name)
	switch {
	case goja.IsUndefined(value):
		return ""
	case value.ToBoolean():
		return "true"
	default:
		return "false"
	}
}

// maxLocales bounds lists of locales: no interrupt stops their reading.
const maxLocales = 10_000

// locales reads the argument that all of Intl begins with: a tag, or a list of them.
func (a *api) locales(value goja.Value) []string {
	var tags []string
	add := func(item goja.Value) {
		_, isObject := item.(*goja.Object)
		if _, isText := item.(goja.String); !isText && !isObject {
			panic(a.rt.NewTypeError("Incorrect locale information provided"))
		}
		tag, err := cldr.Canonicalize(item.String())
		if err != nil {
			panic(a.localeError(item.String()))
		}
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	switch list := value.(type) {
	case goja.String:
		add(value)
	case *goja.Object:
		length := lengthOf(list)
		if length > maxLocales {
			panic(a.rangeError("Incorrect locale information provided: more than %d locales", maxLocales))
		}
		for i := range length {
			if item := list.Get(strconv.FormatInt(i, 10)); item != nil {
				add(item)
			}
		}
	default:
		if goja.IsNull(value) {
			panic(a.rt.NewTypeError("Cannot convert undefined or null to object"))
		}
	}
	return tags
}

// short is a text of a script's for a message.
func short(text string) string {
	const most = 60
	if runes := []rune(text[:min(len(text), 4*most)]); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

func (a *api) localeError(tag string) *goja.Object {
	hint := ""
	if dashed := strings.ReplaceAll(tag, "_", "-"); dashed != tag {
		if _, err := cldr.Canonicalize(dashed); err == nil {
			hint = ", write " + dashed
		}
	}
	return a.rangeError("Incorrect locale information provided: %q%s", short(tag), hint)
}

// locale finds the table for the locales argument and reads the option that all classes have.
func (o options) locale(value goja.Value) *cldr.Locale {
	tags := o.locales(value)
	o.text("localeMatcher", "best fit", "lookup", "best fit")
	l, err := cldr.Negotiate(tags)
	if err != nil {
		panic(o.rangeError("%s: %s", o.class, err))
	}
	return l
}

// numberingSystem is that of the option, of the tag, or the locale's own, and the keyword by which the resolved tag repeats it.
func (o options) numberingSystem(l *cldr.Locale) (system, keyword string) {
	fallback := l.Data().NumberingSystem
	asked, tagged := o.text("numberingSystem", ""), l.Keywords["nu"]
	if system = asked; system == "" {
		system = tagged
	}
	switch {
	case system == "":
		return fallback, ""
	case !l.HasNumberingSystem(system):
		panic(o.rangeError("%s: the numbering system %s is not supported here for %s (use latn or leave it out)", o.class, short(system), l.Tag))
	case system == tagged:
		return system, "-nu-" + tagged
	}
	return system, ""
}

// resolvedTag is the tag that resolvedOptions shows.
func resolvedTag(l *cldr.Locale, keywords ...string) string {
	slices.Sort(keywords)
	if text := strings.Join(keywords, ""); text != "" {
		return l.Tag + "-u" + text
	}
	return l.Tag
}

// result is what resolvedOptions returns, made of names and values; those that are nil or "" are left out.
func (a *api) result(pairs ...any) goja.Value {
	object := a.rt.NewObject()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != nil && pairs[i+1] != "" {
			_ = object.Set(pairs[i].(string), pairs[i+1])
		}
	}
	return object
}
