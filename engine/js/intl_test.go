package js

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// TestIntl goes through the whole engine. What Intl prints is tested beside it.
func TestIntl(t *testing.T) {
	clock := func() time.Time { return time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC) }
	for code, want := range map[string]string{
		`console.log(new Date(0).toLocaleString("en-US", { timeZone: "Asia/Tokyo" }))`:                     "1/1/1970, 9:00:00 AM\n",
		`console.log((1234.5).toLocaleString("de"), 12345n.toLocaleString("fr"))`:                          "1.234,5 12\u202f345\n",
		`console.log(["a10", "a9"].sort((a, b) => a.localeCompare(b, "en", { numeric: true })))`:           "[ 'a9', 'a10' ]\n",
		`console.log(Intl.DateTimeFormat("en", { timeZone: "UTC" }).format())`:                             "7/4/2026\n",
		`console.log(typeof Intl, "Intl" in globalThis, Intl === globalThis.Intl)`:                         "object true true\n",
		`const { NumberFormat: N } = Intl; console.log(new N("fr").format(0.5))`:                           "0,5\n",
		`const name = "toLocale" + "String"; console.log((1234.5)[name]("de"))`:                            "1.234,5\n",
		`Intl = { mine: true }; console.log(Intl.mine)`:                                                    "true\n",
		`Date = undefined; console.log((1.5).toLocaleString("de"), Intl.DateTimeFormat("en").format)`:      "1,5 [Function (anonymous)]\n",
		`import { f } from "./f.js"; console.log(f(1.5))`:                                                  "1,5\n",
		`console.log([1.5, 2].toLocaleString("de"), new Float32Array([1.5]).toLocaleString("de"))`:         "1,5,2 1,5\n",
		`const a = []; a.push(a, 1); console.log(a.toLocaleString())`:                                      ",1\n",
		`console.log(await Promise.all(["de", "fr"].map(async l => new Intl.ListFormat(l).format("ab"))))`: "[ 'a und b', 'a et b' ]\n",
	} {
		files := map[string]string{"f.js": `export const f = n => n.toLocaleString("de")`}
		o := script{code: code, files: files, name: "test.js", config: engine.Config{Now: clock}}.run(t)
		if o.err != nil || o.stdout != want {
			t.Errorf("%s\nprinted %q, want %q: %v", code, o.stdout, want, o.err)
		}
	}
}

// TestIntlErrors checks that what is not supported is an error that says what is.
func TestIntlErrors(t *testing.T) {
	for code, want := range map[string]string{
		`new Intl.Segmenter("en")`:                                            "the script engine has no Intl.Segmenter, but DateTimeFormat, NumberFormat,",
		`new Intl.DateTimeFormat("en").formatRange(0, 1)`:                     "the script engine's Intl has no formatRange: format both ends",
		`new Intl.NumberFormat("xx")`:                                         "no data for the locale xx (languages: ar, bg,",
		`(1).toLocaleString("xx-YY")`:                                         "Intl.NumberFormat: no data for the locale xx-YY",
		`"a".localeCompare("b", "en_US")`:                                     `"en_US", write en-US`,
		`new Date(0).toLocaleString("en", { calendar: "buddhist" })`:          "the calendar buddhist is not supported here (use gregory)",
		`new Date(0).toLocaleString("th-TH-u-ca-buddhist")`:                   "no data for the locale th-TH-u-ca-buddhist",
		`new Date(0).toLocaleString("de", { timeZone: "Berlin" })`:            "Invalid time zone specified: Berlin",
		`new Intl.NumberFormat("en", { style: "unit", unit: "meter" })`:       "Value unit out of range for Intl.NumberFormat options property style (use decimal,",
		`new Intl.Collator("de-u-co-phonebk")`:                                `the collation "phonebk" is not supported here`,
		`new Intl.Collator("de", { ignorePunctuation: true })`:                "the option ignorePunctuation is not supported here",
		`Intl.supportedValuesOf("unit")`:                                      "supportedValuesOf knows calendar and timeZone here",
		`Intl.getCanonicalLocales({ length: 4294967295 })`:                    "more than 10000 locales",
		`const a = []; a.length = 4294967295; a.toLocaleString()`:             "Array.prototype.toLocaleString: the array has more than",
		`new Intl.NumberFormat("en", { numberingSystem: "roman" }).format(1)`: "the numbering system roman is not supported here for en",
	} {
		o := script{code: code, name: "test.js"}.run(t)
		var e *engine.Error
		if !errors.As(o.err, &e) || !strings.Contains(e.Message+" "+e.Hint, want) {
			t.Errorf("%s\nended with %v, want %s", code, o.err, want)
		}
	}
}
