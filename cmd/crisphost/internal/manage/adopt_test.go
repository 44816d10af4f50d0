package manage

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/scripts/state"
)

func TestAdopt(t *testing.T) {
	h := newHistory(t)
	h.alive()
	h.script(state.Script{Name: "reply"}, "print(1)")
	h.script(state.Script{Name: "answer"}, "print(2)")
	h.end(h.start("reply"), state.Succeeded, nil)
	set := func(script, key string) {
		t.Helper()
		_, err := h.ScriptStore(script).Increment(t.Context(), key, 1, 0)
		h.must(err)
	}
	set("reply", "seen")
	h.must(h.SetPaused(t.Context(), "reply", true, "ada"))
	h.expect(exitDone, []string{"scripts", "removed"}, nil, []string{"no script was removed lately"})
	h.expect(exitUsage, []string{"scripts", "adopt", "reply", "answer"}, nil, []string{`"reply" has not been removed`, "delete or rename its file first"})
	h.must(h.DeleteScript(t.Context(), "reply"))

	h.expect(exitDone, []string{"scripts"}, []string{"answer"}, []string{"what 1 removed script stored is kept", "crisphost scripts removed lists them"})
	h.expect(exitDone, []string{"scripts", "removed"}, []string{"reply", "KEPT UNTIL", " 1 "}, nil)
	h.expect(exitDone, []string{"scripts", "removed", "--json"}, []string{`"name": "reply"`, `"keys": 1`, `"paused": true`, `"drop_at": "20`}, nil)
	if out, _, code := h.crisphost("__complete", "scripts", "adopt", ""); code != 0 || !strings.HasPrefix(out, "reply\n:") {
		t.Errorf("completion: %d, %q", code, out)
	}
	h.expect(exitUsage, []string{"scripts", "adopt", "repyl", "answer"}, nil, []string{`no script "repyl" was removed`, `did you mean "reply"?`})
	h.expect(exitUsage, []string{"scripts", "adopt", "reply", "anwser"}, nil, []string{`no script is named "anwser"`, `did you mean "answer"?`})
	h.expect(exitUsage, []string{"scripts", "adopt", "reply"}, nil, []string{"the name of the one that continues it"})
	run := h.start("answer")
	h.expect(exitUsage, []string{"scripts", "adopt", "reply", "answer"}, nil, []string{`"answer" is running`, "try again when it has ended"})
	h.end(run, state.Succeeded, nil)
	h.expect(exitDone, []string{"scripts", "adopt", "reply", "answer"},
		[]string{"answer has what reply left: 1 stored value and 1 run\n", "it is paused, as reply was\n"}, nil)
	h.expect(exitUsage, []string{"scripts", "adopt", "reply", "answer"}, nil, []string{`what "reply" left has been carried over to "answer" already`})
	if out := h.expect(exitDone, []string{"runs", "--script", "answer", "--json"}, []string{"hash-of-reply"}, nil); strings.Count(out, `"succeeded"`) != 2 {
		t.Errorf("the runs are not all there:\n%s", out)
	}

	h.script(state.Script{Name: "other"}, "print(3)")
	set("other", "own")
	h.must(h.DeleteScript(t.Context(), "answer"))
	h.expect(exitUsage, []string{"scripts", "adopt", "answer", "other"}, nil, []string{`"other" has stored values of its own`, "--force exchanges the two stores"})
	h.expect(exitDone, []string{"scripts", "adopt", "--force", "answer", "other"},
		[]string{"other has what answer left: 1 stored value and 2 runs\n", "1 value that it had stored itself is kept under answer for 30 days\n"}, nil)
}
