package intl

import (
	"testing"

	"github.com/dop251/goja"
)

// FuzzIntl gives Intl any locale, option and value. It throws an Error or returns, and format agrees with formatToParts.
func FuzzIntl(f *testing.F) {
	for _, seed := range []struct {
		locale, option, value string
		number                float64
	}{
		{"de-AT", "timeZone", "europe/berlin", 1234.5}, {"en-u-hc-h24-nu-thai", "month", "long", -1}, {"x", "style", "currency", 0.1},
		{"zh-Hant-TW-x-a", "dateStyle", "full", 8.64e15}, {"he", "currency", "ILS", -0.5}, {"fr", "notation", "compact", 1e17},
		{"en", "maximumFractionDigits", "100", 5e-324}, {"ja", "hourCycle", "h11", 1.7976931348623157e308}, {"ar", "numberingSystem", "arab", 1},
		{"en-US-u-ca-gregory", "fractionalSecondDigits", "3", -62167219200001}, {"root", "minimumSignificantDigits", "21", 99.999},
	} {
		f.Add(seed.locale, seed.option, seed.value, seed.number)
	}
	rt := newRuntime()
	value, err := rt.RunString(`(locale, option, value, number) => {
		const options = option ? { [option]: value } : undefined;
		const join = parts => parts.map(p => p.value).join("").replaceAll("\u202f", " ");
		const check = (a, b) => { if (a.replaceAll("\u202f", " ") !== b) throw "format " + a + " and parts " + b };
		const attempt = f => { try { f() } catch (e) { if (!(e instanceof RangeError || e instanceof TypeError)) throw e } };
		attempt(() => Intl.getCanonicalLocales(Intl.getCanonicalLocales(locale)));
		for (const o of [options, { ...options, style: "currency", currency: "EUR" }, { ...options, notation: "compact" }])
			attempt(() => { const f = new Intl.NumberFormat(locale, o); f.resolvedOptions(); check(f.format(number), join(f.formatToParts(number))); f.format(value) });
		for (const o of [options, { ...options, hour: "numeric", timeZoneName: "long" }, { ...options, era: "long", weekday: "short" }])
			attempt(() => { const f = new Intl.DateTimeFormat(locale, o); f.resolvedOptions(); check(f.format(number), join(f.formatToParts(number))) });
		attempt(() => new Intl.PluralRules(locale, options).select(number));
		attempt(() => { const f = new Intl.RelativeTimeFormat(locale, options); check(f.format(number, "day"), join(f.formatToParts(number, "day"))) });
		attempt(() => { const f = new Intl.ListFormat(locale, options); const l = [locale, option, value]; check(f.format(l), join(f.formatToParts(l))) });
		attempt(() => { const c = new Intl.Collator(locale, options); if (c.compare(option, value) !== -c.compare(value, option)) throw "the order is not antisymmetric" });
		attempt(() => value.toLocaleUpperCase(locale) + value.toLocaleLowerCase(locale));
	}`)
	if err != nil {
		f.Fatal(err)
	}
	call, _ := goja.AssertFunction(value)
	f.Fuzz(func(t *testing.T, locale, option, value string, number float64) {
		_, err := call(goja.Undefined(), rt.ToValue(locale), rt.ToValue(option), rt.ToValue(value), rt.ToValue(number))
		if err != nil {
			t.Fatal(err)
		}
	})
}
