package intl

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/dop251/goja"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// order compares texts. It is what an Intl.Collator holds.
type order struct {
	tag, language                 string
	usage, sensitivity, caseFirst string
	numeric                       bool
	scripts                       *scriptOrder // or nil
}

func (a *api) collator() class {
	return class{
		name: "Collator", callable: true,
		construct: func(locales, value goja.Value) any { return a.newOrder(locales, value) },
		getters: []method{on("compare", func(c *order, call goja.FunctionCall) goja.Value {
			return a.rt.ToValue(c.compare(call.Argument(0).ToString().String(), call.Argument(1).ToString().String()))
		})},
		methods: []method{
			on("resolvedOptions", func(c *order, _ goja.FunctionCall) goja.Value {
				return a.result("locale", c.tag, "usage", c.usage, "sensitivity", c.sensitivity, "ignorePunctuation", false,
					"collation", "default", "numeric", c.numeric, "caseFirst", c.caseFirst)
			}),
		},
	}
}

func (a *api) newOrder(locales, value goja.Value) *order {
	o := a.options("Intl.Collator", value)
	l := o.locale(locales)
	c := &order{usage: o.text("usage", "sort", "sort", "search")}
	o.unsupported("collation", "default")
	if tagged := l.Keywords["co"]; tagged != "" {
		panic(o.rangeError("%s: the collation %q is not supported here (leave -u-co out)", o.class, tagged))
	}
	var kn string
	tagged, isTagged := l.Keywords["kn"]
	switch numeric := o.boolean("numeric"); {
	case numeric != "":
		c.numeric = numeric == "true"
	case isTagged:
		c.numeric = tagged != "false"
	}
	if isTagged && c.numeric == (tagged != "false") {
		if kn = "-kn"; tagged == "false" {
			kn = "-kn-false"
		}
	}
	orders := []string{"upper", "lower", "false"}
	if tagged := l.Keywords["kf"]; slices.Contains(orders, tagged) {
		c.caseFirst = tagged
	}
	c.caseFirst = o.text("caseFirst", c.caseFirst, orders...)
	if c.language = l.Tag; l.Language() == "nb" {
		c.language = "nn" // package collate has lost the order of nb, which is the same
	}
	if c.caseFirst == "" {
		if c.caseFirst = "false"; l.Language() == "da" {
			c.caseFirst = "upper"
		}
	}
	c.sensitivity = o.text("sensitivity", "variant", "base", "accent", "case", "variant")
	o.unsupported("ignorePunctuation", "false")
	c.tag = resolvedTag(l, kn)
	c.scripts = scriptOrderOf(l.Language())
	return c
}

func (c *order) compare(a, b string) int {
	if c.caseFirst == "false" {
		return c.compareAt(c.sensitivity, a, b)
	}
	// Case decides before all that is finer than accents, and in this order.
	coarse := "accent"
	if c.sensitivity == "base" || c.sensitivity == "case" {
		coarse = "base"
	}
	if order := c.compareAt(coarse, a, b); order != 0 || coarse == c.sensitivity {
		return order
	}
	order := compareCase(a, b)
	if c.caseFirst == "upper" {
		order = -order
	}
	if order == 0 {
		return c.compareAt(c.sensitivity, a, b)
	}
	return order
}

// compareAt compares what a sensitivity does not ignore.
func (c *order) compareAt(sensitivity, a, b string) int {
	pool := orders(c.language, c.numeric, sensitivity)
	collator := pool.Get().(*collate.Collator)
	defer pool.Put(collator)
	order := 0
	if c.scripts != nil && (hasOtherLetters(a) || hasOtherLetters(b)) {
		order = c.scripts.compare(collator, a, b)
	} else {
		order = collator.CompareString(a, b)
	}
	if order == 0 && sensitivity == "case" {
		return compareCase(a, b)
	}
	return order
}

// compareCase compares the case of texts that have the same letters: small ones come first.
func compareCase(a, b string) int {
	x, y := []rune(letters(a)), []rune(letters(b))
	for i := range min(len(x), len(y)) {
		if isUpper := unicode.IsUpper(x[i]); isUpper != unicode.IsUpper(y[i]) {
			if isUpper {
				return 1
			}
			return -1
		}
	}
	return 0
}

// letters leaves the accents out of a text.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text))
}

type orderKey struct {
	tag         string
	numeric     bool
	sensitivity string
}

var orderPools sync.Map // of *sync.Pool by orderKey

// orders are the collators for some options. One compares for one goroutine at a time.
func orders(tag string, numeric bool, sensitivity string) *sync.Pool {
	key := orderKey{tag, numeric, sensitivity}
	if pool, ok := orderPools.Load(key); ok {
		return pool.(*sync.Pool)
	}
	var options []collate.Option
	if numeric {
		options = append(options, collate.Numeric)
	}
	switch sensitivity {
	case "base", "case":
		options = append(options, collate.Loose)
	case "accent":
		options = append(options, collate.IgnoreCase)
	}
	pool, _ := orderPools.LoadOrStore(key, &sync.Pool{New: func() any { return collate.New(language.Make(tag), options...) }})
	return pool.(*sync.Pool)
}
