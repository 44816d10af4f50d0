package js

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/testrequire"
)

// nodeOutput is what Node prints for a script in testdata.
func nodeOutput(t *testing.T, file string) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		testrequire.Missing(t, "node", "node is not installed")
	}
	out, err := exec.CommandContext(t.Context(), "node", filepath.Join("testdata", file)).Output()
	if err != nil {
		t.Fatalf("node %s: %v", file, err)
	}
	return string(out)
}

// sameAsNode runs a script of testdata here and in Node, and compares what they print line by line.
func sameAsNode(t *testing.T, file string) {
	t.Helper()
	want := strings.Split(nodeOutput(t, file), "\n")
	code, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	out := script{name: file, code: string(code), timeout: 5 * time.Minute}.run(t)
	if out.err != nil {
		t.Error(out.err)
	}
	got := strings.Split(out.stdout, "\n")
	different := 0
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			if different++; different < 10 {
				t.Errorf("line %d\ngot  %s\nwant %s", i+1, got[i], want[i])
			}
		}
	}
	if different > 0 || len(got) != len(want) {
		t.Errorf("%d of %d lines differ; there are %d", different, len(want), len(got))
	}
}

// TestRegExpsAsInNode matches some 400 patterns on some 25 texts in all ways there are.
func TestRegExpsAsInNode(t *testing.T) {
	if version, _ := exec.CommandContext(t.Context(), "node", "-p", "process.versions.unicode").Output(); len(version) > 0 && string(version) != "17.0\n" {
		t.Skip("node's Unicode is " + strings.TrimSpace(string(version)) + ", not 17.0")
	}
	skipWithRaces(t)
	sameAsNode(t, "regexps.js")
}

// skipWithRaces leaves out what compares many results of one goroutine, and takes minutes under the race detector.
func skipWithRaces(t *testing.T) {
	t.Helper()
	if testrequire.RaceDetector {
		t.Skip("compared without the race detector")
	}
}

// TestRegExps has what goja by itself does differently.
func TestRegExps(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{`"Crème Brûlée 東京".replace(/[^\p{L}\p{N}]+/gu, "-")`, "Crème-Brûlée-東京"},
		{`"x٣y4".match(/\p{Nd}/gu).join()`, "٣,4"},
		{`"漢字kana".replace(/\p{Script=Han}/gu, "*")`, "**kana"},
		{`/^\P{L}+$/u.test("12 !")`, "true"},
		{`new RegExp("^\\p{sc=Cyrl}+$", "u").test("мир")`, "true"},
		{`/\p{L}/.test("é") + " " + /\p{L}/.test("p{L}")`, "false true"},
		{`const r = /[\p{Lu}/]\n/gu; r.source + " " + r.flags + " " + r`, `[\p{Lu}/]\n gu /[\p{Lu}/]\n/gu`},
		{`const r = new RegExp(new RegExp("\\p{L}/", "u"), "gu"); r.source + r.flags + (r instanceof RegExp) + (r.constructor === RegExp) + RegExp(r)`, `\p{L}\/gutruetrue/\p{L}\//gu`},
		{`class R extends RegExp { hi() { return this.test("é") } } const r = new R("\\p{L}", "u"); r.hi() + " " + r.source + " " + (r instanceof R)`, `true \p{L} true`},
		{`try { new RegExp("\\p{Foo}", "u") } catch (e) { String(e) }`, `SyntaxError: invalid regular expression: /\p{Foo}/u: invalid property name "Foo"`},
		{`try { new RegExp("\\pL", "u") } catch (e) { e.name }`, "SyntaxError"},
		{`try { new RegExp("[\\p{L}--[a-z]]", "v") } catch (e) { e.message }`, `invalid regular expression: /[\p{L}--[a-z]]/v: the operations on classes that the flag v adds, [...] inside [...], -- and &&, are not supported`},
		{`try { new RegExp("\\p{RGI_Emoji}", "v") } catch (e) { e.name }`, "SyntaxError"},
		{`/[\p{L}\-]+/v.exec("1é-a2")[0]`, "é-a"},
		{`"é".match(/(?<w>.)/u).groups.w + /(?<w>.)/u.exec("é").groups.w`, "éé"},
		{`"très bon café merci".match(/\b\w+\b/g).join()`, "tr,s,bon,caf,merci"},
		{`/ſ/i.test("s") + " " + /s/i.test("ſ") + " " + /ſ/iu.test("s") + " " + /k/i.test("\u212a") + " " + /σ/i.test("ς")`, "false false true false true"},
		{`"a\r\nb".match(/^.*$/gm).join("|") + /a$/m.test("a\r\nb")`, "a||btrue"},
		{`"Crème".replace(/(?=\S)./u, "x") + "éaxxb".split(/x*/).join()`, "xrèmeé,a,b"},
		{`const re = /é/gu; const found = []; for (let m; (m = re.exec("éxé")); ) found.push(m.index + ":" + re.lastIndex); found.join()`, "0:1,2:3"},
		{`const fake = { exec: (...a) => a.join() }; fake.exec(1, 2) + fake["exec"](3)`, "1,23"},
		{`try { const o = {}; o.exec(1) } catch (e) { e.name }`, "TypeError"},
		{`const r = /a/; r.exec = () => ["b"]; r.exec("x")[0]`, "b"},
	} {
		code := c.code
		if i := strings.LastIndex(code, "; "); i >= 0 && !strings.HasPrefix(code, "try") {
			code = code[:i+2] + "out = " + code[i+2:]
		} else if strings.HasPrefix(code, "try") {
			code = strings.Replace(strings.Replace(code, "try { ", "try { out = ", 1), "(e) { ", "(e) { out = ", 1)
			code = strings.Replace(code, "out = const o = {}; ", "const o = {}; ", 1)
		} else {
			code = "out = " + code
		}
		code = "let out;\n" + code + "\nconsole.log(String(out))"
		out := script{name: "regexp.js", code: code}.run(t)
		if out.err != nil || out.stdout != c.want+"\n" {
			t.Errorf("%s\nprinted %q, error %v\nwant    %q", c.code, out.stdout, out.err, c.want)
		}
		s := sessionOf(t, engine.Config{})
		outcome, err := s.Eval(t.Context(), "entry", "{\n"+strings.Replace(code, "\nconsole.log(String(out))", "\nglobalThis.kept = String(out)", 1)+"\n}")
		if err == nil {
			outcome, err = s.Eval(t.Context(), "entry", "kept === "+strconv.Quote(c.want))
		}
		if err != nil || outcome.Text != "true" {
			t.Errorf("session: %s\n%s, error %v", c.code, outcome.Text, err)
		}
	}
}

// TestRegExpOfLongTexts looks for matches one by one, which took quadratic time.
func TestRegExpOfLongTexts(t *testing.T) {
	out := script{name: "long.js", code: `
const text = "né 東京 ".repeat(80_000), re = /\p{L}+/gu, plain = /[a-z]+/g;
let n = 0;
while (re.exec(text)) n++;
while (plain.exec(text)) n++;
while (re.test(text)) n++;
console.log(n, text.split(/ +/).length, [...text.matchAll(/né/g)].length)`, timeout: time.Minute}.run(t)
	if out.err != nil || out.stdout != "400000 160001 80000\n" {
		t.Errorf("printed %q, error %v", out.stdout, out.err)
	}
}

func TestRegExpsThatNobodyUnderstands(t *testing.T) {
	out := script{name: "a.js", code: "const x = 1;\nif (x) /\\p{Nothing}/u.test('x')"}.run(t)
	var failure *engine.Error
	if !errors.As(out.err, &failure) || failure.Name != "SyntaxError" || failure.Line != 2 {
		t.Errorf("error %v", out.err)
	}
}
