package repl

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
)

const question = "Make this call? [y/N/a] "

func (x *trial) questions() int {
	n := 0
	for _, prompt := range x.reader.prompts {
		if prompt == question {
			n++
		}
	}
	return n
}

func TestQuestions(t *testing.T) {
	const (
		first  = "const c = crisp.conversations.list({limit: 3})"
		remove = "crisp.conversations.delete(c[0].session_id)"
		exists = "crisp.conversations.exists(c[0].session_id)"
		send   = "crisp.conversations.messages.send(c[1].session_id, 'Hello')"
		write  = "crisp.conversations.state.update(c[1].session_id, 'resolved')"
		all    = "c.map(x => crisp.conversations.delete(x.session_id))"
	)
	for _, c := range []struct {
		name      string
		lines     []string
		questions int
		want      []string
	}{
		{"yes", []string{first, remove, "y", exists}, 1, []string{" LIVE ", "this call deletes\n  DELETE /website/11111111-1111-4111-8111-111111111111/conversation/session_", "false\n"}},
		{"no", []string{first, remove, "n", exists}, 1, []string{"not confirmed, so nothing was sent", "true\n"}},
		{"nothing", []string{first, remove, "", exists}, 1, []string{"not confirmed", "true\n"}},
		{"Ctrl-C", []string{first, remove, "\x03", exists}, 1, []string{"not confirmed", "true\n"}},
		{"Ctrl-D", []string{first, remove, "\x04", exists}, 1, []string{"not confirmed", "true\n"}},
		{"anything else asks again", []string{first, remove, "what", "yes", exists}, 2, []string{"y: yes, n: no", "false\n"}},
		{"send", []string{first, send, "n"}, 1, []string{"this call reaches people outside the workspace\n  POST ", "\"content\": \"Hello\",\n", "not confirmed"}},
		{"a write does not ask", []string{first, write}, 0, nil},
		{"unless told so", []string{first, ".safe writes", write, "n"}, 1, []string{"calls that change something ask first", "this call changes something\n  PATCH ", `"state": "resolved"`}},
		{"off", []string{first, ".safe off", remove, exists}, 0, []string{"nothing asks before it is done", "false\n"}},
		{"all of an entry", []string{first, all, "a", "crisp.conversations.list().length", send, "n"}, 2, []string{"27\n"}},
		{"one after the other", []string{first, "Promise.allSettled([0, 1, 2].map(i => crisp.conversations.delete(c[i].session_id))).length", "y", "n", "y", "crisp.conversations.list().length"}, 3, []string{"3\n", "28\n"}},
		{"a plan asks nothing", []string{first, ".plan " + remove, exists}, 0, []string{"1 call would be made", "true\n"}},
		{"raw calls", []string{first, "crisp.api.delete('website/' + crisp.website_id + '/conversation/' + c[0].session_id)", "y", exists}, 1, []string{"false\n"}},
		{"no to the second", []string{first, "for (const x of c) crisp.conversations.delete(x.session_id)", "y", "n", ".trace"}, 2, []string{"not confirmed, so this one was not sent; 1 other call of the entry was\n"}},
		{"no to the third", []string{first, "for (const x of c) crisp.conversations.delete(x.session_id)", "y", "y", "n"}, 3, []string{"not confirmed, so this one was not sent; 2 other calls of the entry were\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newTrial(t, engine.JavaScript, true, small)
			text := x.enter(t, c.lines...)
			contains(t, text, c.want...)
			if n := x.questions(); n != c.questions {
				t.Errorf("%d questions, want %d\n%s", n, c.questions, text)
			}
			if slices.Contains(x.reader.entries, "y") {
				t.Error("an answer was remembered as an entry")
			}
		})
	}
}

func TestQuestionsInLua(t *testing.T) {
	x := newTrial(t, engine.Lua, true, small)
	text := x.enter(t, "c = crisp.conversations.list{limit = 3}",
		"parallel(function() crisp.conversations.delete(c[1].session_id) end, function() crisp.conversations.delete(c[2].session_id) end)", "y", "y", "#crisp.conversations.list()")
	contains(t, text, "28\n")
	if n := x.questions(); n != 2 {
		t.Errorf("%d questions\n%s", n, text)
	}
}

// TestOneQuestionForAllAttempts has a call that is made again and again until it works.
func TestOneQuestionForAllAttempts(t *testing.T) {
	x := newTrial(t, engine.JavaScript, true, small)
	x.failures.Store(2)
	x.counts = "/conversation/session_"
	text := x.enter(t, "const c = crisp.conversations.list()", "crisp.conversations.delete(c[0].session_id)", "y", "crisp.conversations.list().length", ".trace")
	contains(t, text, "29\n")
	if questions, requests := x.questions(), x.requests.Load(); questions != 1 || requests != 3 {
		t.Errorf("%d questions, %d requests\n%s", questions, requests, text)
	}
}

// TestFetchAsks sends a request that deletes by fetch to a server that redirects it: that is one question.
func TestFetchAsks(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.Path)
		if r.URL.Path == "/one" {
			http.Redirect(w, r, "/two", http.StatusTemporaryRedirect)
			return
		}
		_, _ = io.WriteString(w, "deleted")
	}))
	t.Cleanup(server.Close)
	x := newTrial(t, engine.JavaScript, true, small)
	x.cfg.Options = []engine.InstanceOption{engine.WithFetch(http.DefaultTransport)}
	code := "await (await fetch('" + server.URL + "/one', {method: 'DELETE'})).text()"
	text := x.enter(t, ".plan "+code, code, "n", code, "y")
	contains(t, text, "  DELETE "+server.URL+"/one\n", "1 call would be made, none was sent\n", "this call deletes\n  DELETE ", "not confirmed, so nothing was sent\n", "deleted\n")
	if n := x.questions(); n != 2 || strings.Join(got, ", ") != "DELETE /one, DELETE /two" {
		t.Errorf("%d questions; %s\n%s", n, got, text)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// TestDeclinedAndCaught declines a call of an entry that goes on: nothing was done.
func TestDeclinedAndCaught(t *testing.T) {
	for language, code := range map[engine.Language]string{
		engine.JavaScript: "try { crisp.conversations.delete(crisp.conversations.list()[0].session_id) } catch {}",
		engine.Lua:        "do local ok = pcall(crisp.conversations.delete, crisp.conversations.list()[1].session_id) end",
	} {
		lacks(t, newTrial(t, language, true, small).enter(t, code, "n"), "done")
		contains(t, newTrial(t, language, true, small).enter(t, code, "y"), "done\n")
	}
	text := newTrial(t, engine.Lua, true, small).enter(t, "for _, x in ipairs(crisp.conversations.list()) do crisp.conversations.delete(x.session_id) end", "y", "n")
	contains(t, text, "not confirmed, so this one was not sent; 1 other call of the entry was\n")
}

// TestPromptTellsLive bounds the prompt on narrow windows.
func TestPromptTellsLive(t *testing.T) {
	for columns, want := range map[int]string{80: "Fernleaf LIVE js> ", 36: "LIVE js> ", 20: "LIVE js> "} {
		x := newTrial(t, engine.JavaScript, true, small)
		x.cfg.Terminal.Width = func() int { return columns }
		x.enter(t, "1")
		if got := x.reader.prompts[0]; got != want {
			t.Errorf("%d columns: %q", columns, got)
		}
	}
}

func TestSandboxDoesNotAsk(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	contains(t, x.enter(t, ".safe writes", "crisp.conversations.delete(crisp.conversations.list()[0].session_id)", "crisp.conversations.list().length"), "29\n")
	if n := x.questions(); n != 0 {
		t.Errorf("%d questions", n)
	}
}

func TestNobodyToAsk(t *testing.T) {
	x := newTrial(t, engine.JavaScript, true, small)
	err := x.pipe(t, "crisp.conversations.delete(crisp.conversations.list()[0].session_id)\n")
	if err == nil {
		t.Error("no error")
	}
	contains(t, x.err.String(), "refused: DELETE /website/", "--yes")
	x = newTrial(t, engine.JavaScript, true, small)
	x.cfg.Safety = SafetyOff // as --yes does
	if err := x.pipe(t, "crisp.conversations.delete(crisp.conversations.list()[0].session_id)\ncrisp.conversations.list().length"); err != nil {
		t.Error(err)
	}
	contains(t, x.out.String(), "29\n")
}

func TestPlanGoesOn(t *testing.T) {
	text := play(t, engine.JavaScript, ".plan const c = crisp.conversations.create(); crisp.conversations.messages.send(c.session_id, 'Hello')")
	contains(t, text, "POST /website/11111111-1111-4111-8111-111111111111/conversation\n", "/conversation/session_00000000-0000-4000-8000-000000000000/message", "2 calls would be made, none was sent")
}

// TestSpinner runs a slow call on a live terminal: what runs is told, and gone afterwards.
func TestSpinner(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, sandbox.Config{Conversations: 60, People: -1, Visitors: -1, Latency: 250 * time.Millisecond})
	x.cfg.Terminal.Editing = true
	text := x.enter(t, "crisp.conversations.list({limit: 'all', per_page: 20}).length")
	contains(t, text, "60\n", "Ctrl-C stops", "1 page, 20 items", "\r\x1b[K")
	if i, j := strings.LastIndex(text, "Ctrl-C stops"), strings.LastIndex(text, "\r\x1b[K"); j < i {
		t.Errorf("the line of the call stays: %q", text)
	}
	x = newTrial(t, engine.JavaScript, false, sandbox.Config{Conversations: 60, People: -1, Visitors: -1, Latency: 250 * time.Millisecond})
	lacks(t, x.enter(t, "crisp.conversations.list({limit: 'all', per_page: 20}).length"), "\x1b", "Ctrl-C stops")
}

// TestInterruptAPage presses Ctrl-C while it fetches the next page of a stream.
func TestInterruptAPage(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, sandbox.Config{Conversations: 60, People: -1, Visitors: -1, Latency: 400 * time.Millisecond})
	x.cfg.Terminal.Editing = true // the spinner tells when the request is under way
	x.reader.before = func(line string) {
		if line == "it" {
			seen := strings.Count(x.err.String(), "Ctrl-C stops")
			go x.interruptWhen(t, func() bool { return strings.Count(x.err.String(), "Ctrl-C stops") != seen })
		}
	}
	text := x.enter(t, "crisp.conversations.each({per_page: 20})", "it", "1 + 1")
	contains(t, text, "20 · it shows more", "stopped\n", "2\n")
	lacks(t, text, "40 · it")
}
