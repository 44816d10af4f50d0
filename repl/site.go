package repl

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
)

// site is the website of the connection. Its name comes in the background.
type site struct {
	mu      sync.Mutex
	id      string
	name    string
	sandbox bool
	asked   chan struct{}
	stop    context.CancelFunc
}

// start asks for the name of the current website.
func (w *site) start(s *shell) {
	w.wait()
	ctx, cancel := context.WithCancel(s.ctx)
	asked := make(chan struct{})
	w.mu.Lock()
	w.name, w.asked, w.stop = "", asked, cancel
	id := w.id
	w.mu.Unlock()
	client := s.cfg.Client
	if client == nil || id == "" || !s.cfg.Terminal.Interactive {
		close(asked)
		return
	}
	go func() {
		defer close(asked)
		name := websiteName(ctx, client, id)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.id == id {
			w.name = name
		}
	}()
}

// choose makes another website the current one.
func (w *site) choose(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.id = id
}

// website returns the id of the current website.
func (w *site) website() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.id
}

// websiteName asks for a website's name, or its domain where it has none. Failing to get it is no matter here: the first call
// will tell.
func websiteName(ctx context.Context, client *crisp.Client, id string) string {
	resp, err := client.Do(ctx, spec.ByCall("websites.get"), &crisp.Request{Path: map[string]string{"website_id": id}})
	if err != nil {
		return ""
	}
	var website struct {
		Name   string `json:"name"`
		Domain string `json:"domain"`
	}
	if resp.Decode(&website) != nil {
		return ""
	}
	if name := paint.Prompt(website.Name); name != "" {
		return name
	}
	return paint.Prompt(website.Domain)
}

// wait waits for the answer about the name, which is given up.
func (w *site) wait() {
	w.mu.Lock()
	asked, stop := w.asked, w.stop
	w.mu.Unlock()
	if asked == nil {
		return
	}
	stop()
	<-asked
}

// defaultPatience is how long the first prompt waits for the name: a server on the same machine answers within.
const defaultPatience = 15 * time.Millisecond

// soon waits for the name for at most so long.
func (w *site) soon(patience time.Duration) {
	select {
	case <-w.asked:
	case <-time.After(patience):
	}
}

// known waits for the name, for commands that show it.
func (s *shell) known() {
	ctx, cancel := context.WithCancelCause(s.ctx)
	defer cancel(nil)
	s.attend(cancel, func() {
		select {
		case <-s.site.asked:
		case <-ctx.Done():
		}
	})
}

// title is the name, or the beginning of the id while there is none.
func (w *site) title() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.name != "":
		return w.name
	case w.id == "":
		return "no website"
	}
	return "website " + plain.Cut(paint.Prompt(w.id), 9)
}

// mode is sandbox or LIVE.
func (w *site) mode() string {
	if w.sandbox {
		return "sandbox"
	}
	return "LIVE"
}

// prompt is the plain prompt. It leaves most of the line to the entry, since liner stops editing when there is no space.
func (s *shell) prompt() string {
	language := string(s.language)
	columns := s.columns()
	short := language + "> "
	if s.cfg.Client == nil {
		return short
	}
	full := " " + s.site.mode() + " " + short
	room := columns/3 - plain.Width(full)
	switch {
	case columns < 40 && s.site.sandbox:
		return short
	case room < 6:
		return strings.TrimPrefix(full, " ")
	}
	return plain.Cut(s.site.title(), min(room, 24)) + full
}

func (s *shell) columns() int {
	if s.cfg.Terminal.Width != nil {
		if n := s.cfg.Terminal.Width(); n > 0 {
			return n
		}
	}
	return 100
}

// more prompts for the next line of an entry, below the prompt.
func (s *shell) morePrompt() string {
	return paint.Pad("... ", plain.Width(s.prompt()), true)
}

// greet says where one is and how to go on.
func (s *shell) greet() {
	if s.cfg.Client != nil {
		s.site.soon(s.cfg.patience)
		s.banner()
	}
	text := languageName(s.language)
	if to := other(s.language); slices.Contains(s.cfg.Engine.Languages(), to) {
		text += fmt.Sprintf("; .%s switches to %s", to, languageName(to))
	}
	if s.cfg.Terminal.Editing {
		text += ". Tab completes, .help tells the rest."
	} else {
		text += ". .help tells the rest."
	}
	s.screen.Note("%s", text)
}

// banner is the coloured line above the prompt, shown when what it says has changed.
func (s *shell) banner() {
	badge, note := s.Paint(paint.Sandbox, " sandbox "), "demo data, nothing is real"
	if !s.site.sandbox {
		badge, note = s.Paint(paint.Live, " LIVE "), s.asking()
	}
	s.screen.Write(s.cfg.Err, fmt.Sprintf("%s %s  %s\n", badge, s.Paint(paint.Bold, s.site.title()), s.Paint(paint.Dim, note)))
}

// asking says which calls ask first.
func (s *shell) asking() string {
	level, _ := s.gates.Level()
	return map[Safety]string{
		SafetyDeletes: "calls that delete or send ask first",
		SafetyWrites:  "calls that change something ask first",
		SafetyOff:     "nothing asks before it is done",
	}[level]
}
