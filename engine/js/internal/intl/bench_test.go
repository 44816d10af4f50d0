package intl

import (
	"testing"

	"github.com/dop251/goja"
)

// BenchmarkFormat measures one call, after what the process keeps was made.
func BenchmarkFormat(b *testing.B) {
	for _, c := range []struct{ name, code string }{
		{"date", "const f = new Intl.DateTimeFormat('de', {dateStyle: 'full', timeStyle: 'short', timeZone: 'Europe/Berlin'}); () => f.format(0)"},
		{"date parts", "const f = new Intl.DateTimeFormat('en', {dateStyle: 'full', timeStyle: 'short', timeZone: 'Europe/Berlin'}); () => f.formatToParts(0)"},
		{"toLocaleString of a date", "const d = new Date(0); () => d.toLocaleString('en-US', {timeZone: 'Asia/Tokyo'})"},
		{"number", "const f = new Intl.NumberFormat('de'); () => f.format(1234567.891)"},
		{"toLocaleString of a number", "() => (1234567.891).toLocaleString('de')"},
		{"compare", "const c = new Intl.Collator('de'); () => c.compare('Apfel', 'Äpfel')"},
		{"localeCompare", "() => 'Apfel'.localeCompare('Äpfel', 'de', {numeric: true})"},
		{"localeCompare without a locale", "() => 'Apfel'.localeCompare('Äpfel')"},
	} {
		b.Run(c.name, func(b *testing.B) {
			value, err := newRuntime().RunString(c.code)
			if err != nil {
				b.Fatal(err)
			}
			f, _ := goja.AssertFunction(value)
			for b.Loop() {
				if _, err := f(goja.Undefined()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRuntime measures what a runtime pays: the methods are added when a program names one, and Intl when it is looked up.
func BenchmarkRuntime(b *testing.B) {
	b.Run("goja", func(b *testing.B) {
		for b.Loop() {
			goja.New()
		}
	})
	b.Run("methods", func(b *testing.B) {
		for b.Loop() {
			AddMethods(goja.New())
		}
	})
	b.Run("Intl", func(b *testing.B) {
		for b.Loop() {
			New(goja.New(), nil)
		}
	})
}
