package js

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// TestHugeBigInts computes numbers that take for ever or end the process, of constants, which goja would compute while it compiles, and
// of variables.
func TestHugeBigInts(t *testing.T) {
	for _, code := range []string{
		"const s = 1n << 2n ** 63n",
		"const s = 1n << 4611686018427387904n",
		"const s = 1n << 1099511627776n",
		"const s = 1n << 8589934592n",
		"const s = 7n ** 7n ** 9n",
		"const s = 1n >> -(2n ** 62n)",
		"const s = 1n << ~-8589934592n",
		"const s = -(2n ** 60000000n)",
		"console.log([() => ({ a: class { b = `${2n ** 60000000n}` } })].map(f => new (f().a)))",
		"switch (1) { case 2n ** 60000000n: }",
		"const s = { [1n << 60000000n]: 1 }",
		"const s = 1 ? 2n ** 60000000n : 0",
		"const s = false || 2n ** 60000000n",
		"((x = 2n ** 60000000n) => x)()",
		"let k = 2n; k << k ** 40n",
		"let k = 2n; k <<= k ** 40n",
		"let k = 3n; for (;;) k = k * k",
		"let k = 3n; for (;;) k *= k",
		"const o = { k: 3n }; for (;;) o.k *= o.k",
		"const o = { k: 3n }, f = () => o; for (;;) f().k *= f().k",
		"const o = { k: 3n }, f = () => o; for (;;) f()['k'] **= 2n",
		"class A { #k = 3n; grow() { for (;;) this.#k *= this.#k } } new A().grow()",
		"const k = { valueOf: () => 2n }; k ** 60000000n",
		"let k = BigInt(3); for (;;) k **= BigInt(2)",
		"BigInt.asUintN(2 ** 40, -1n)",
		"BigInt.asUintN(2 ** 53 - 1, -1n)",
	} {
		const message = "maximum BigInt size exceeded: a BigInt may have 4194304 bits here"
		err := script{name: "huge.js", code: "let x = 1;\n" + code, timeout: time.Minute}.run(t).err
		var failure *engine.Error
		if !errors.As(err, &failure) || failure.Name != "RangeError" || failure.Message != message || failure.Line != 2 {
			t.Errorf("%s: %v", code, err)
		}
		s := sessionOf(t, engine.Config{})
		_, err = s.Eval(t.Context(), "entry", code)
		if !errors.As(err, &failure) || failure.Name != "RangeError" || failure.Message != message || failure.Line != 1 {
			t.Errorf("entry %s: %v", code, err)
		}
	}
}

// TestLongConstants compiles constants that goja would compute for ever.
func TestLongConstants(t *testing.T) {
	for _, c := range []struct{ code, message string }{
		{"const s = (1n - 1n)" + strings.Repeat(" || (1n - 1n)", 60), "is too long to compute"},
		{"const s = 1n" + strings.Repeat(" + 1n", 40_000), "is too long to compute"},
		{"const s = " + strings.Repeat("9", 200_000) + "n", "has a BigInt of more than 100000 digits"},
	} {
		_, err := script{code: "let x = 1;\n" + c.code, timeout: time.Minute}.compile(t, NewRuntime())
		var failure *engine.Error
		if !errors.As(err, &failure) || failure.Kind != engine.KindCompile || !strings.Contains(failure.Message, c.message) {
			t.Errorf("%s: %v", c.code[:50], err)
		}
	}
	large := strings.Repeat("9", 90_000) + "n"
	if out := (script{code: "console.log(" + large + strings.Repeat(" % 7n", 1000) + ", -" + large + " < 0n)"}).run(t); out.err != nil || out.stdout != "0n true\n" {
		t.Errorf("printed %q, error %v", out.stdout, out.err)
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

// TestOperatorsOfPrograms checks that the operators of a program with BigInts are those of the language.
func TestOperatorsOfPrograms(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"console.log(2 ** 10, 3 * '4', 7 << 2, -9 >> 1, null * 1, [5] * 2, new Date(3) * 2, 1 / (-0 * 1), undefined * 1, 1n)", "1024 12 28 -5 0 10 6 -Infinity NaN 1n\n"},
		{"console.log(Object(2n) * 3n, { valueOf: () => 4n } ** 2n, { valueOf: () => 5 } * 2, '3' * true)", "6n 16n 10 3\n"},
		{"let a = 5n; a **= 2n; a <<= 3n; a >>= 1n; a *= 7n; let b = 3; b *= 2; b **= 2; b <<= 1; console.log(a, b)", "700n 72\n"},
		{"let i = 0; const l = [1n, 2n], f = () => (i++, l); f()[i++] *= 3n; f()[0] <<= 4n; l[1] **= 5n; console.log(l, i)", "[ 16n, 7776n ] 3\n"},
		{"const o = { a: { b: 2n } }, k = { n: 0, toString() { this.n++; return 'b' } }; o.a[k] *= 2n; o.a.b <<= 1n; o['a'].b **= 3n; console.log(o.a, k.n)", "{ b: 512n } 1\n"},
		{"class A { #x = 2n; y = 3n; set z(v) { this.y = v } get z() { return this.y } f() { this.#x **= 3n; this.z *= 2n; return this.#x * this.y } } console.log(new A().f())", "48n\n"},
		{"class A { get v() { return 2n } } class B extends A { f() { return super.v ** 3n } } console.log(new B().f())", "8n\n"},
		{"for (const f of [() => 1n * 2, () => 2 ** 1n, () => 1n << 1, () => Symbol() * 2n, () => 1n ** -1n]) try { f() } catch (e) { console.log(e.name) }", "TypeError\nTypeError\nTypeError\nTypeError\nRangeError\n"},
		{"'use strict'; const o = Object.freeze({ n: 2n }), f = () => o; try { f().n *= 2n } catch (e) { console.log(e.name) } try { o.n *= 2n } catch (e) { console.log(e.name) }", "TypeError\nTypeError\n"},
		{"console.log(BigInt.asUintN(64, -1n), BigInt.asUintN(2 ** 40, 5n), BigInt.asIntN(2 ** 40, -1n), BigInt('0x1f'), Object(1n).constructor === BigInt, BigInt.prototype.constructor.name, typeof BigInt)", "18446744073709551615n 5n -1n 31n true BigInt function\n"},
		{"console.log(2n ** 4194303n > 0n, (1n << 4194300n) > 0n)", "true true\n"},
	} {
		if out := (script{name: "operators.js", code: c.code}).run(t); out.err != nil || out.stdout != c.want {
			t.Errorf("%s\nprinted %q, error %v\nwant    %q", c.code, out.stdout, out.err, c.want)
		}
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
