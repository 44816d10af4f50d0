package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/scripts/state"
)

// withLocal gives a trial a store and a directory.
func withLocal(t *testing.T, x *trial) (dir string) {
	t.Helper()
	dir = t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	db, err := state.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	x.cfg.Options = append(x.cfg.Options, bindings.WithFiles(root), bindings.WithStores(db.ScriptStore("own"), db.SharedStore()))
	return dir
}

// TestPlanHoldsBackLocalWrites plans changes of the store and of files in both languages.
func TestPlanHoldsBackLocalWrites(t *testing.T) {
	for language, code := range map[engine.Language]string{
		engine.JavaScript: `store.set("k", 2, {expires_in: "1h"}); store.shared.set("s", {a: 1}); store.delete("k"); files.write("planned.txt", "one\ntwo"); ` +
			`[store.increment("k", 4), store.compareAndSet("k", 1, 3), store.compareAndSet("k", 9, 3), store.delete("nothing"), store.get("k"), files.exists("planned.txt")].join(" ")`,
		engine.Lua: `store.set("k", 2, {expires_in = "1h"}) store.shared.set("s", {a = 1}) store.delete("k") files.write("planned.txt", "one\ntwo") ` +
			`for _, v in ipairs({store.increment("k", 4), store.compare_and_set("k", 1, 3), store.compare_and_set("k", 9, 3), store.delete("nothing"), store.get("k"), files.exists("planned.txt")}) do print(v) end`,
	} {
		x := newTrial(t, language, true, small)
		dir := withLocal(t, x)
		text := x.enter(t, ".safe writes", `store.set("k", 1)`, ".plan "+code, `store.get("k")`, `store.shared.get("s", "nothing there")`,
			".plan store.get('k')")
		contains(t, text, "  store.set \"k\", 2, {\"expires_in\":\"1h\"}\n  store.shared.set \"s\", {\"a\":1}\n  store.delete \"k\"\n  files.write \"planned.txt\", 7 bytes:\n  one\n  two\n"+
			"  store.increment \"k\", 4\n  store.compare_and_set \"k\", 1, 3\n  store.delete \"nothing\"\n7 writes would be made, none was\n1\nnothing there\nno writes\n")
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("%v %v", left, err)
		}
		if n := x.questions(); n != 0 {
			t.Errorf("%d questions", n)
		}
	}
}

// TestQuestionFitsTheWindow sends texts that are longer than the window, on one line and on many.
func TestQuestionFitsTheWindow(t *testing.T) {
	for code, want := range map[string]string{
		`"x".repeat(5000)`:        "more characters)\n",
		`"x\n".repeat(5000)`:      "more characters)\n",
		`"short"`:                 "\"content\": \"short\",\n",
		`"日本".repeat(5000)`:       "more characters)\n",
		`"\u001b[2J".repeat(999)`: "more characters)\n",
	} {
		x := newTrial(t, engine.JavaScript, true, small)
		x.cfg.Terminal.Color = true
		x.cfg.Terminal.Width, x.cfg.Terminal.Height = func() int { return 60 }, func() int { return 20 }
		text := paint.Strip(x.enter(t, "const id = crisp.conversations.list({limit: 1})[0].session_id", "crisp.conversations.messages.send(id, "+code+")", "n"))
		contains(t, text, want, "this call reaches people", "POST /website")
		rows := 0
		for line := range strings.Lines(text) {
			rows += 1 + (len([]rune(strings.TrimSuffix(line, "\n")))-1)/60
		}
		if rows > 20 {
			t.Errorf("%s: %d rows:\n%s", code, rows, text)
		}
	}
}
