package engine

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// field is a member of a struct as scripts see it, found by the rules of encoding/json.
type field struct {
	name string
	// index is the way to the field, through embedded structs.
	index  []int
	typ    reflect.Type
	tagged bool
	// omitEmpty, omitZero and text are the options omitempty, omitzero and string.
	omitEmpty, omitZero, text bool
	isZero                    func(reflect.Value) bool
}

// fieldsOf returns the fields of a struct type in their order. Where embedded structs have a name twice the outer one
// counts, and on one level the only one with a tag, as in encoding/json.
func fieldsOf(t reflect.Type) ([]field, *valueError) {
	var all []field
	type level struct {
		typ   reflect.Type
		index []int
	}
	seen := map[reflect.Type]bool{}
	for current := []level{{t, nil}}; len(current) > 0; {
		var next []level
		count := map[reflect.Type]int{}
		for _, l := range current {
			count[l.typ]++
		}
		for _, l := range current {
			if seen[l.typ] {
				continue
			}
			for i := range l.typ.NumField() {
				f, embedded, err := fieldOf(l.typ.Field(i))
				if err != nil {
					return nil, err
				}
				index := append(slices.Clone(l.index), i)
				switch {
				case embedded != nil:
					next = append(next, level{embedded, index})
				case f != nil:
					f.index = index
					all = append(all, *f)
					if count[l.typ] > 1 {
						// The same struct embedded twice on one level: its names are ambiguous.
						all = append(all, *f)
					}
				}
			}
		}
		for _, l := range current {
			seen[l.typ] = true
		}
		current = next
	}
	return dominant(all), nil
}

// fieldOf reads the tag of a field. It returns the field, the struct whose fields take its place, or neither.
func fieldOf(sf reflect.StructField) (*field, reflect.Type, *valueError) {
	tag, hasTag := sf.Tag.Lookup("json")
	if tag == "-" {
		return nil, nil, nil
	}
	name, options, _ := strings.Cut(tag, ",")
	elem := sf.Type
	if sf.Anonymous && elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	if !sf.IsExported() && (!sf.Anonymous || elem.Kind() != reflect.Struct) {
		return nil, nil, nil
	}
	if sf.Anonymous && name == "" && elem.Kind() == reflect.Struct {
		if !sf.IsExported() && sf.Type.Kind() == reflect.Pointer {
			return nil, nil, badValue("embeds %s, which cannot be set: export it, or embed it without the pointer",
				sf.Type)
		}
		return nil, elem, nil
	}
	if !sf.IsExported() {
		return nil, nil, nil
	}
	f := &field{name: name, typ: sf.Type, tagged: hasTag && name != ""}
	if name == "" {
		f.name = sf.Name
	}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty":
			f.omitEmpty = true
		case "omitzero":
			f.omitZero, f.isZero = true, zeroTest(sf.Type)
		case "string":
			f.text = takesText(sf.Type)
		}
	}
	return f, nil, nil
}

// takesText reports whether the option "string" says something of a type: of numbers and of true and false.
func takesText(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64:
		return t != durationType && !marshals(t)
	default:
		return false
	}
}

// zeroTest is the test of omitzero: the method IsZero, or else Go's zero value.
func zeroTest(t reflect.Type) func(reflect.Value) bool {
	type zeroer interface{ IsZero() bool }
	byMethod := reflect.TypeFor[zeroer]()
	switch {
	case t.Kind() == reflect.Interface || !t.Implements(byMethod) && !reflect.PointerTo(t).Implements(byMethod):
		return reflect.Value.IsZero
	default:
		return func(v reflect.Value) bool {
			z, ok := addressed(v, byMethod)
			return !ok || z.(zeroer).IsZero()
		}
	}
}

// dominant drops the fields whose names other fields have before them, and keeps the order of the rest.
func dominant(all []field) []field {
	byName := map[string][]field{}
	for _, f := range all {
		byName[f.name] = append(byName[f.name], f)
	}
	var fields []field
	for _, same := range byName {
		slices.SortStableFunc(same, func(a, b field) int {
			if c := cmp.Compare(len(a.index), len(b.index)); c != 0 || a.tagged == b.tagged {
				return c
			}
			if a.tagged {
				return -1
			}
			return 1
		})
		first := same[0]
		if len(same) > 1 && len(same[1].index) == len(first.index) && same[1].tagged == first.tagged {
			continue
		}
		fields = append(fields, first)
	}
	slices.SortFunc(fields, func(a, b field) int { return slices.Compare(a.index, b.index) })
	return fields
}

// of returns the field of a struct. It reports false inside of an embedded pointer that is nil.
func (f *field) of(v reflect.Value) (reflect.Value, bool) {
	if len(f.index) == 1 {
		return v.Field(f.index[0]), true
	}
	for _, i := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, true
}

// into returns the field of a struct to set, and makes the embedded structs on the way.
func (f *field) into(v reflect.Value) reflect.Value {
	for _, i := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}

func (f *field) omits(v reflect.Value) bool {
	if f.omitZero && f.isZero(v) {
		return true
	}
	if !f.omitEmpty {
		return false
	}
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}
