package builtins

import (
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/regexps"
)

// knownText is the text that was matched last.
type knownText struct {
	units uintptr // where goja has it
	size  int
	text  string
	// value is the same text in a form that goja compares at once, or nil.
	value goja.Value
	given goja.Value // keeps units from being used again
	folds int8       // 1 if it has characters that the flag i must not fold, -1 if not, 0 if that is not known
}

// know looks at a text. It is nil for one of ASCII, unless goja would find the ends of its lines wrongly.
func (x *expressions) know(rt *goja.Runtime, text goja.String, lines bool) *knownText {
	v := reflect.ValueOf(text)
	switch v.Kind() {
	case reflect.String:
		if !lines {
			return nil
		}
		s := text.String()
		if k := &x.plain; k.size != len(s) || k.at != unsafe.StringData(s) {
			*k = plainText{at: unsafe.StringData(s), size: len(s), endsLines: regexps.EndsLines(s)}
		}
		if !x.plain.endsLines {
			return nil
		}
		return &knownText{text: s, folds: -1}
	case reflect.Slice:
		if k := &x.text; k.size == v.Len() && k.units == v.Pointer() && k.given != nil {
			return k
		}
		x.text = knownText{units: v.Pointer(), size: v.Len(), text: text.String(), given: text}
		if !strings.ContainsRune(x.text.text, utf8.RuneError) { // which may stand for half a character
			x.text.value = rt.ToValue(x.text.text)
		}
		return &x.text
	}
	s := text.String()
	if len(s) == text.Length() {
		if lines && regexps.EndsLines(s) {
			return &knownText{text: s, folds: -1}
		}
		return nil
	}
	if k := &x.text; k.units != 0 || k.text != s {
		x.text = knownText{text: s, value: text}
	}
	return &x.text
}

// plainText is the text of ASCII that was looked at last.
type plainText struct {
	at        *byte
	size      int
	endsLines bool
}

func (k *knownText) hasFolds() bool {
	if k.folds == 0 {
		k.folds = -1
		if regexps.HasFolds(k.text) {
			k.folds = 1
		}
	}
	return k.folds > 0
}

// inPlaceOf returns the expression that matches a text as an expression should, or nil when that does itself.
func (a *Additions) inPlaceOf(object *goja.Object, text *knownText) *goja.Object {
	x := &a.regexps
	known := object.GetSymbol(x.variant)
	if known != nil && goja.IsNull(known) {
		return nil
	}
	flags := object.Get("flags").String()
	folds := strings.ContainsRune(flags, 'i') && !strings.ContainsRune(flags, 'u') && text.hasFolds()
	if variant, ok := known.(*goja.Object); ok && !folds {
		return variant
	}
	source := object.Get("source").String()
	key := flags + "/" + source
	if folds {
		key = "folds " + key
	}
	variant, ok := x.variants[key]
	if !ok {
		variant = a.makeVariant(source, flags, folds)
		if len(x.variants) >= maxExpressions {
			clear(x.variants)
		}
		x.variants[key] = variant
	}
	if !folds {
		value := goja.Null()
		if variant != nil {
			value = variant
		}
		if !strings.ContainsRune(flags, 'i') || variant != nil {
			_ = object.DefineDataPropertySymbol(x.variant, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
	}
	return variant
}

func (a *Additions) makeVariant(source, flags string, folds bool) *goja.Object {
	if regexps.IsTranslated(source, flags) {
		translated, gojaFlags, err := regexps.Translate(source, flags)
		if err != nil {
			return nil
		}
		source, flags = translated, gojaFlags
	}
	source, flags, ok := regexps.Variant(source, flags, folds)
	if !ok {
		return nil
	}
	object, err := a.regexps.construct(a.regexps.original, a.rt.ToValue(source), a.rt.ToValue(flags))
	if err != nil {
		return nil // goja's own reading is better than none
	}
	return object
}

// matching wraps a method of RegExp.prototype so that it matches as it should.
func (a *Additions) matching(name string, method goja.Callable) goja.Callable {
	x, ok := a.expressions()
	if !ok {
		return method
	}
	return func(this goja.Value, args ...goja.Value) (goja.Value, error) {
		object, isObject := this.(*goja.Object)
		if !isObject || len(args) == 0 || object.ClassName() != "RegExp" {
			return method(this, args...)
		}
		text, isText := args[0].(goja.String)
		if !isText {
			return method(this, args...)
		}
		matcher, _ := object.GetSymbol(x.always).(*goja.Object)
		known := x.know(a.rt, text, object.GetSymbol(x.lines) != nil)
		if known != nil {
			if known.value != nil {
				args = append([]goja.Value{known.value}, args[1:]...)
			}
			if matcher == nil {
				matcher = a.inPlaceOf(object, known)
			}
		}
		if matcher == nil {
			matcher = object
		}
		if object.Prototype().SameAs(x.prototype) {
			if name == "[Symbol.replace]" && known != nil && known.value != nil && len(args) > 1 && len(object.Keys()) == 0 {
				if result, ok := x.replaceSingle(a.rt, object, known.text, args[1]); ok {
					return result, nil
				}
			}
			switch {
			case name == "[Symbol.matchAll]":
				matcher = a.carrier(matcher)
			case name == "[Symbol.replace]" && known != nil && isFlagged(matcher, "unicode") && !isFlagged(matcher, "global"):
				matcher = x.slow(matcher)
			case name == "[Symbol.split]" && regexps.SplitsWrongly(matcher.Get("source").String(), known == nil):
				return a.split(matcher, args), nil
			}
		}
		if matcher == object {
			return method(object, args...)
		}
		_ = matcher.Set("lastIndex", object.Get("lastIndex"))
		result, err := method(matcher, args...)
		if err == nil && name != "[Symbol.matchAll]" {
			_ = object.Set("lastIndex", matcher.Get("lastIndex"))
		}
		return result, err
	}
}

// replaceSingle replaces the matches of a class of characters by a text.
func (x *expressions) replaceSingle(rt *goja.Runtime, object *goja.Object, text string, with goja.Value) (goja.Value, bool) {
	replacement, ok := with.(goja.String)
	if !ok || strings.ContainsRune(replacement.String(), '$') || strings.ContainsRune(replacement.String(), utf8.RuneError) {
		return nil, false
	}
	source, flags := object.Get("source").String(), object.Get("flags").String()
	key := flags + "/" + source
	single, known := x.singles[key]
	if !known {
		single, _ = regexps.ParseSingle(source, flags)
		if len(x.singles) >= maxExpressions || x.singles == nil {
			x.singles = make(map[string]*regexps.Single)
		}
		x.singles[key] = single
	}
	if single == nil {
		return nil, false
	}
	_ = object.Set("lastIndex", 0)
	return rt.ToValue(single.Replace(text, replacement.String())), true
}

func isFlagged(object *goja.Object, name string) bool { return object.Get(name).ToBoolean() }

// slow returns a copy of an expression that goja matches by its generic ways, since it has a property of its own. The fast ones replace
// more than the first match of one with the flag u.
func (x *expressions) slow(object *goja.Object) *goja.Object {
	object = x.constructed(nil, object)
	_ = object.DefineDataProperty("slow", goja.Undefined(), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return object
}

// split is RegExp.prototype[Symbol.split], which goja has wrong for empty matches that follow others.
func (a *Additions) split(object *goja.Object, args []goja.Value) goja.Value {
	text := args[0].(goja.String)
	limit := int64(1<<32 - 1)
	if len(args) > 1 && !goja.IsUndefined(args[1]) {
		limit = int64(uint32(args[1].ToInteger()))
	}
	flags := object.Get("flags").String()
	matcher := object
	if !isFlagged(object, "global") || isFlagged(object, "sticky") {
		source := object.Get("source")
		key := strings.Replace(flags, "y", "", 1) + "g"
		matcher = a.makeRegExp([]goja.Value{source, a.rt.ToValue(strings.Replace(key, "gg", "g", 1))}, nil)
	} else {
		matcher = a.regexps.constructed(nil, object)
	}
	exec, _ := goja.AssertFunction(a.regexps.prototype.Get("exec"))
	var pieces []any
	size := text.Length()
	take := func(piece goja.Value) bool {
		pieces = append(pieces, piece)
		return int64(len(pieces)) < limit
	}
	from, next := 0, 0
	for limit > 0 {
		_ = matcher.Set("lastIndex", next)
		found, err := exec(matcher, text)
		if err != nil {
			panic(err)
		}
		match, ok := found.(*goja.Object)
		if size == 0 {
			if !ok {
				take(text)
			}
			break
		}
		at := size
		if ok {
			at = int(match.Get("index").ToInteger())
		}
		if at >= size {
			take(text.Substring(from, size))
			break
		}
		end := int(matcher.Get("lastIndex").ToInteger())
		if end == from || end == at && at == from {
			next = at + 1
			if pair := text.CharAt(at); isFlagged(matcher, "unicode") && pair >= 0xd800 && pair < 0xdc00 && next < size && text.CharAt(next)&0xfc00 == 0xdc00 {
				next++
			}
			continue
		}
		if !take(text.Substring(from, at)) {
			break
		}
		from, next = end, end
		full := false
		for i := range match.Get("length").ToInteger() - 1 {
			if full = !take(match.Get(strconv.FormatInt(i+1, 10))); full {
				break
			}
		}
		if full {
			break
		}
	}
	return a.rt.NewArray(pieces...)
}

// carrier returns a copy of an expression whose own copies need not be compiled, other than those that goja makes with flags.
func (a *Additions) carrier(object *goja.Object) *goja.Object {
	x := &a.regexps
	if x.copier == nil {
		x.copier = a.rt.NewObject()
		species := a.rt.ToValue(func(call goja.ConstructorCall) *goja.Object { return x.constructed(nil, call.Argument(0)) })
		_ = x.copier.SetSymbol(goja.SymSpecies, species)
	}
	carrier := x.constructed(nil, object)
	_ = carrier.DefineDataProperty("constructor", x.copier, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return carrier
}
