package stdlib

import (
	"fmt"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
	"pgregory.net/rapid"
)

// Patterns that gopher-lua's own functions and Lua 5.1 agree on give the same results here, on random subjects. Where the
// library departs from Lua, the cases in testdata say what is right.
func TestPatternsLikeGopherLua(t *testing.T) {
	ours, theirs := stringLibraries(t)
	items := []string{"a", "b", ".", "%a", "%d", "[ab]", "[^a]", "[a-c]", "%w", "%s", "%.", "x"}
	suffixes := []string{"", "", "", "*", "+", "-", "?"}
	rapid.Check(t, func(t *rapid.T) {
		subject := rapid.StringOfN(rapid.SampledFrom([]rune("ab1 x.()")), 0, 10, -1).Draw(t, "subject")
		var b strings.Builder
		if rapid.Bool().Draw(t, "anchor") {
			b.WriteByte('^')
		}
		for i := range rapid.IntRange(1, 4).Draw(t, "items") {
			item := rapid.SampledFrom(items).Draw(t, "item") + rapid.SampledFrom(suffixes).Draw(t, "suffix")
			if rapid.IntRange(0, 3).Draw(t, "capture") == 0 {
				item = "(" + item + ")"
			}
			if i == 1 && rapid.IntRange(0, 9).Draw(t, "balance") == 0 {
				item = "%b()"
			}
			b.WriteString(item)
		}
		if rapid.IntRange(0, 3).Draw(t, "end") == 0 {
			b.WriteByte('$')
		}
		pattern := b.String()
		for _, call := range []string{"find", "match", "gsub"} {
			args := []glua.LValue{glua.LString(subject), glua.LString(pattern)}
			if call == "gsub" {
				if strings.HasPrefix(pattern, "^") || strings.ContainsAny(pattern, "*-?") {
					continue // empty matches: the library leaves some out
				}
				args = append(args, glua.LString("<%0>"))
			}
			got, want := results(ours, call, args), results(theirs, call, args)
			if call == "match" && want == "" {
				want = "nil nil" // the library answers nothing at all
			}
			if got != want {
				t.Errorf("%s(%q, %q) = %s, the library says %s", call, subject, pattern, got, want)
			}
		}
	})
}

// stringLibraries are a VM of ours and one with gopher-lua's own libraries.
func stringLibraries(t *testing.T) (ours, theirs *glua.LState) {
	theirs = glua.NewState()
	t.Cleanup(theirs.Close)
	return newState(t), theirs
}

// endlessThread is a thread that nobody stops.
type endlessThread struct{ Thread }

func (endlessThread) Done() <-chan struct{}     { return nil }
func (endlessThread) CheckStopped(*glua.LState) {}

// newState is a thread with the libraries.
func newState(t testing.TB) *glua.LState {
	t.Helper()
	L := glua.NewState(glua.Options{SkipOpenLibs: true})
	t.Cleanup(L.Close)
	L.SetContext(endlessThread{})
	for _, lib := range Libraries() {
		table := L.NewTable()
		for _, f := range lib.Funcs {
			table.RawSetString(f.Name, L.NewFunction(f.Fn))
		}
		if lib.Name != "" {
			L.SetGlobal(lib.Name, table)
		}
	}
	return L
}

func results(L *glua.LState, call string, args []glua.LValue) string {
	fn := L.GetField(L.GetGlobal("string"), call)
	L.Push(fn)
	for _, arg := range args {
		L.Push(arg)
	}
	defer L.SetTop(0)
	if err := L.PCall(len(args), glua.MultRet, nil); err != nil {
		return "error"
	}
	var list []string
	for i := 1; i <= L.GetTop(); i++ {
		list = append(list, fmt.Sprintf("%s %s", L.Get(i).Type(), L.Get(i).String()))
	}
	return strings.Join(list, "|")
}

// Whatever the pattern, a match ends or is refused; nothing panics.
func FuzzPattern(f *testing.F) {
	for _, pattern := range []string{"", "a", "%", "[", "[]", "[^]", "[a-]", "[%", "(", ")", "()", "%1", "(%1)", "%b", "%bx", "%f", "%f[", "%f[%a]", "a-b", "^$", "$a", "[]-a]", "%z", "\x00"} {
		f.Add("abc \x00(x)", pattern)
	}
	L := newState(f)
	f.Fuzz(func(t *testing.T, subject, pattern string) {
		if len(subject) > 20 || len(pattern) > 20 || strings.Count(pattern, "*")+strings.Count(pattern, "+")+strings.Count(pattern, "-") > 5 {
			t.Skip() // backtracking takes exponential time; TestStop covers that it can be stopped
		}
		for _, call := range []string{"find", "match", "gsub"} {
			args := []glua.LValue{glua.LString(subject), glua.LString(pattern), glua.LString("%0")}
			if call != "gsub" {
				args = args[:2]
			}
			L.Push(L.GetField(L.GetGlobal("string"), call))
			for _, arg := range args {
				L.Push(arg)
			}
			if err := L.PCall(len(args), glua.MultRet, nil); err != nil {
				if strings.Contains(err.Error(), "runtime error") {
					t.Errorf("%s(%q, %q): %v", call, subject, pattern, err)
				}
				continue
			}
			if call == "gsub" {
				if n := L.GetTop(); n == 2 && L.Get(1).String() != subject {
					t.Errorf("gsub(%q, %q, %q) = %q", subject, pattern, "%0", L.Get(1))
				}
			}
			L.SetTop(0)
		}
	})
}
