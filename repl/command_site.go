package repl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/uuid"
	"github.com/crisphost/crisphost/repl/internal/render"
)

// commandWebsite tells the current website, or makes another one that of all further calls, in both languages.
func (s *shell) commandWebsite(argument string) error {
	if s.cfg.Client == nil {
		return errNoClient
	}
	if argument == "" {
		s.known()
		s.deliver(s.site.title() + "  " + s.site.website() + "\n")
		return nil
	}
	id := strings.ToLower(argument)
	if !uuid.Is(id) {
		return &hintError{fmt.Sprintf("%q is not a website's id", plain.Line(argument)), "it looks like 8c842203-7ed8-4e29-a608-7cf78a7d2fcc; .websites lists those that the token reaches"}
	}
	before := s.site.website()
	s.site.choose(id)
	if err := s.renewCrisp(); err != nil {
		s.site.choose(before)
		return fmt.Errorf("the website cannot be switched: %w", err)
	}
	s.dropMore()
	s.site.start(s)
	if s.cfg.Terminal.Interactive {
		s.site.soon(s.cfg.patience)
		s.banner()
	}
	return nil
}

// renewCrisp gives the sessions a new crisp, whose website_id is that of the website.
func (s *shell) renewCrisp() error {
	modules := s.cfg.Engine.Modules()
	i := slices.IndexFunc(modules, func(m *engine.Module) bool { return m.Name == "crisp" })
	if i < 0 {
		return nil
	}
	for _, t := range s.sessions {
		live, err := t.wait()
		if err != nil {
			continue // there is nothing to renew
		}
		if err := live.Set("crisp", modules[i]); err != nil {
			return err
		}
	}
	return nil
}

// commandWebsites lists the websites of the token. Crisp has such a list for plugin tokens and for accounts; a website token
// belongs to one workspace.
func (s *shell) commandWebsites(string) error {
	client := s.cfg.Client
	if client == nil {
		return errNoClient
	}
	var path string
	switch s.cfg.Connection.Tier {
	case "plugin":
		path = "plugin/connect/websites/all/1"
	case "user":
		path = "user/account/websites"
	default:
		s.showWebsites(nil)
		return nil
	}
	var resp *crisp.Response
	var err error
	ctx, cancel := context.WithCancelCause(s.ctx)
	defer cancel(nil)
	s.begin()
	s.attend(cancel, func() { resp, err = client.Call(ctx, "GET", path, nil) })
	var failed *crisp.Error
	if errors.As(err, &failed) && failed.NotFound() {
		s.showWebsites(nil)
		s.note("the API lists no websites for this token")
		return nil
	}
	if err != nil {
		return err
	}
	list, err := render.Parse(resp.Data)
	if err != nil {
		return err
	}
	s.showWebsites(listedWebsites(list))
	return nil
}

// website is one that the token reaches.
type website struct{ id, name, domain string }

func listedWebsites(list render.Value) []website {
	var websites []website
	for item := range list.Items() {
		text := func(member string) string {
			v, _ := item.At(member)
			return v.Text()
		}
		websites = append(websites, website{text("website_id"), text("name"), text("domain")})
	}
	return websites
}

// showWebsites lists websites, the current one with a mark.
func (s *shell) showWebsites(websites []website) {
	s.known()
	isCurrent := func(w website) bool { return w.id == s.site.website() }
	if !slices.ContainsFunc(websites, isCurrent) {
		websites = slices.Insert(websites, 0, website{id: s.site.website(), name: s.site.title()})
	}
	var b strings.Builder
	for _, w := range websites {
		mark := "  "
		if isCurrent(w) {
			mark = s.Paint(paint.String, "* ")
		}
		line := mark + paint.OneLine(w.id, 60) + "  " + paint.OneLine(w.name, 60) + "  " + s.Paint(paint.Dim, paint.OneLine(w.domain, 60))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	s.deliver(b.String())
}

var errNoClient = errors.New("there is no connection to Crisp")

func (s *shell) commandWhoami(string) error {
	s.known()
	c := s.cfg.Connection
	level, live := s.gates.Level()
	safe := string(level)
	if !live {
		safe = "nothing asks, because nothing is real"
	}
	rows := [][2]string{{"safe", safe}}
	if s.cfg.Client != nil {
		rows = append([][2]string{
			{"token", c.Identifier + " (" + c.Tier + ")"},
			{"from", c.Source},
			{"website", s.site.title() + "  " + s.site.website()},
			{"mode", s.site.mode()},
			{"api", c.BaseURL},
		}, rows...)
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(s.Paint(paint.Name, paint.Pad(row[0], 7, false)) + "  " + plain.Line(row[1]) + "\n")
	}
	s.deliver(b.String())
	return nil
}

// commandHistory lists the newest entries, those of a session before this one too.
func (s *shell) commandHistory(argument string) error {
	const shown = 50
	var lines []string
	for i, entry := range s.history.Entries() {
		if argument != "" && !strings.Contains(entry, argument) {
			continue
		}
		number := s.Paint(paint.Dim, paint.Pad(strconv.Itoa(i+1), 5, true))
		lines = append(lines, number+"  "+strings.ReplaceAll(plain.Lines(entry), "\n", "\n       "))
	}
	if n := len(lines); n > shown && s.out == nil {
		s.note("the newest %d of %s; .history TEXT searches", shown, paint.Thousands(n))
		lines = lines[n-shown:]
	}
	if len(lines) > 0 {
		s.deliver(strings.Join(lines, "\n") + "\n")
	}
	return nil
}
