package js

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// TestHugeConstants compiles constants that goja would compute meanwhile, for ever or until the process dies.
func TestHugeConstants(t *testing.T) {
	const tooLarge, tooLong = "is too large to compute", "is too long to compute"
	for _, c := range []struct{ code, message string }{
		{"const s = 1n << 2n ** 63n", tooLarge},
		{"const s = 1n << 4611686018427387904n", tooLarge},
		{"const s = 1n << 1099511627776n", tooLarge},
		{"const s = 1n << 8589934592n", tooLarge},
		{"const s = 7n ** 7n ** 9n", tooLarge},
		{"const s = 1n >> -(2n ** 62n)", tooLarge},
		{"const s = 1n << ~-8589934592n", tooLarge},
		{"const s = 1n << (2n ** 20n + 2n ** 40n) / 3n", tooLarge},
		{"const s = -(2n ** 60000000n)", tooLarge},
		{"console.log([() => ({ a: class { b = `${2n ** 60000000n}` } })])", tooLarge},
		{"switch (1) { case 2n ** 60000000n: }", tooLarge},
		{"const s = { [1n << 60000000n]: 1 }", tooLarge},
		{"const s = 1 ? 2n ** 60000000n : 0", tooLarge},
		{"const s = false || 2n ** 60000000n", tooLarge},
		{"console.log((x = 2n ** 60000000n) => x)", tooLarge},
		{"const s = 0n" + strings.Repeat(" + (1n << 5000n)", 300), tooLarge},
		{"const s = (1n - 1n)" + strings.Repeat(" || (1n - 1n)", 60), tooLong},
		{"const s = 1n" + strings.Repeat(" + 1n", 40_000), tooLong},
		{"const s = " + strings.Repeat("9", 200_000) + "n", "has a BigInt of more than 100000 digits"},
	} {
		name := c.code[:min(len(c.code), 50)]
		_, err := script{code: "let x = 1;\n" + c.code, timeout: time.Minute}.compile(t, NewRuntime())
		var failure *engine.Error
		if !errors.As(err, &failure) || failure.Kind != engine.KindCompile || !strings.Contains(failure.Message, c.message) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.message != tooLarge {
			continue
		}
		if failure.Line != 2 || failure.Column < 5 || !strings.HasPrefix(failure.Hint, "compute it at run time") {
			t.Errorf("%s: at %v, hint %q", name, failure.Position, failure.Hint)
		}
		s := sessionOf(t, engine.Config{})
		_, err = s.Eval(t.Context(), "entry", c.code)
		if !errors.As(err, &failure) || failure.Kind != engine.KindCompile || !strings.Contains(failure.Message, c.message) || failure.Line != 1 {
			t.Errorf("entry %s: %v", name, err)
		}
	}
}

// TestUsualConstants compiles and runs constants that are no larger than those of cryptography.
func TestUsualConstants(t *testing.T) {
	out := script{code: `
const p = 2n ** 255n - 19n, q = (1n << 4096n) - 1n, r = -(2n ** 521n) >> 500n, s = 0n ** 100000000000n, t = (-1n) ** 99999999999n, u = 1n >> 9999999999999n;
console.log(p % 1000n, q & 255n, r, s, t, u, 10n ** 18n / 3n, 5n / 1n << 2n, ~5n, 1n << 10n - 3n)
try { 1n ** -1n } catch (e) { console.log(e.name) }
try { 1n / 0n } catch (e) { console.log(e.name) }
try { 1n << 1 } catch (e) { console.log(e.name) }`}.run(t)
	const want = "949n 255n -2097152n 0n -1n 0n 333333333333333333n 20n -6n 128n\nRangeError\nRangeError\nTypeError\n"
	if out.err != nil || out.stdout != want {
		t.Errorf("printed %q, error %v; want %q", out.stdout, out.err, want)
	}
}

// TestGettersOfGlobals compiles entries that name variables whose getters throw or never return.
func TestGettersOfGlobals(t *testing.T) {
	s := sessionOf(t, engine.Config{})
	if _, err := s.Eval(t.Context(), "entry", "for (const x of [globalThis, Object.prototype]) Object.defineProperty(x, x === globalThis ? 'own' : 'far', { get() { throw new Error('got') } })"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"own", "far"} {
		_, err := s.Eval(t.Context(), "entry", name)
		if err == nil || !strings.Contains(err.Error(), "got") {
			t.Errorf("%s: %v", name, err)
		}
		if text := enginetest.Saved(s, name+" = 1"); text != name+" = 1" {
			t.Errorf("Script: %q", text)
		}
	}
}
