package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/timetext"
	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/scripts/state"
)

//go:embed templates assets
var embedded embed.FS

type asset struct {
	content     []byte
	contentType string
	tag         string // changes with the content
}

func loadAssets() map[string]asset {
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	assets := map[string]asset{}
	entries, _ := embedded.ReadDir("assets") // embedded: it cannot fail
	for _, e := range entries {
		content, _ := embedded.ReadFile("assets/" + e.Name())
		sum := sha256.Sum256(content)
		assets[e.Name()] = asset{content, types[path.Ext(e.Name())], hex.EncodeToString(sum[:6])}
	}
	return assets
}

// asset answers a file under a name with its tag, "console.0a1b2c.css", which may be kept for good.
func (c *Console) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	base, rest, _ := strings.Cut(name, ".")
	tag, extension, _ := strings.Cut(rest, ".")
	a, ok := c.assets[base+"."+extension]
	if !ok || a.tag != tag {
		c.fail(w, r, notFound("There is no such file."))
		return
	}
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(a.content) // the reader has gone
}

func (c *Console) assetPath(name string) string {
	base, extension, _ := strings.Cut(name, ".")
	return "/assets/" + base + "." + c.assets[name].tag + "." + extension
}

func (c *Console) parseTemplates() (map[string]*template.Template, error) {
	funcs := template.FuncMap{
		"asset":     c.assetPath,
		"moment":    c.moment,
		"clock":     func(t time.Time) string { return t.In(c.Zone).Format("15:04:05") },
		"fine":      func(t time.Time) string { return t.In(c.Zone).Format("15:04:05.000") },
		"duration":  timetext.Elapsed,
		"grouped":   grouped,
		"count":     func(n int, noun string) string { return grouped(n) + " " + words.Plural(n, noun) },
		"inWords":   scheduleInWords,
		"short":     shortHash,
		"label":     stateLabel,
		"began":     began,
		"scriptURL": scriptURL,
		"sourceURL": sourceURL,
		"runURL":    runURL,
		"took":      func(r state.Run) string { return took(r, c.Now()) },
		"day":       c.dayAndTime,
		"date":      func(t time.Time) string { return t.In(c.Zone).Format(time.DateOnly) },
		"trigger":   triggerInWords,
		"due":       c.due,
		"indented":  indented,
		"bare":      paint.Strip,
		"result":    resultOf,
		"objects":   objectsOf,
		"ending":    func(id string) string { return id[max(0, len(id)-8):] },
		"fields":    fieldsOf,
		"parts":     func(values ...any) []any { return values },
		"next":      func(n int) int { return n + 1 },
	}
	shared, err := template.New("shared").Funcs(funcs).ParseFS(embedded, "templates/layout.html", "templates/parts/*.html")
	if err != nil {
		return nil, err
	}
	entries, err := embedded.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".html")
		if e.IsDir() || name == "layout" {
			continue
		}
		t, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if pages[name], err = t.ParseFS(embedded, "templates/"+e.Name()); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// frame is what the layout shows around a page.
type frame struct {
	Page   string
	Title  string
	Zone   string
	Path   string // where forms lead back to
	Login  bool   // a login was needed
	Inside bool   // the navigation is of use
	Acts   bool   // whoever sees it may change something
	Name   string // who is logged in, if that is known
	Data   any
}

func nameOf(k *key) string {
	if k == nil {
		return ""
	}
	return k.Name
}

// render writes a page. It is made whole first, so that a failure does not leave half of one.
func (c *Console) render(w http.ResponseWriter, r *http.Request, status int, page, title string, data any) {
	k := keyOf(r)
	if k == nil && c.login != nil {
		k = c.login.session(r, c.Now()) // of a page that needs no login
	}
	var out bytes.Buffer
	err := c.pages[page].ExecuteTemplate(&out, "layout.html", frame{
		Page: page, Title: title, Zone: c.zoneText(), Path: r.URL.RequestURI(), Login: c.login != nil, Inside: c.login == nil || k != nil,
		Acts: k == nil || !k.ReadOnly, Name: nameOf(k), Data: data,
	})
	if err != nil {
		c.Logger.Error("console: page", "page", page, "error", err)
		plain(w, http.StatusInternalServerError, "The page could not be made; the host's log tells why.\n")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the reader has gone
}

// part renders a piece of a page on its own.
func (c *Console) part(name string, data any) (string, error) {
	var out strings.Builder
	err := c.pages["run"].ExecuteTemplate(&out, name, data)
	return out.String(), err
}

func shortHash(hash string) string { return hash[:min(len(hash), 8)] }

func stateLabel(s state.RunState) string { return strings.ReplaceAll(string(s), "_", " ") }

// Names and paths of scripts are anything: they go into queries, where nothing is cut out of them.
func scriptURL(name string) string { return "/script?name=" + url.QueryEscape(name) }

func runURL(id string) string { return "/runs/" + url.PathEscape(id) }

func sourceURL(version, file string, line int) string {
	u := "/source?version=" + url.QueryEscape(version)
	if file != "" {
		u += "&file=" + url.QueryEscape(file)
	}
	if line > 0 {
		u += fmt.Sprintf("#L%d", line)
	}
	return u
}

// took tells how long a run lasted or has lasted by now.
func took(r state.Run, now time.Time) string {
	switch {
	case r.StartedAt.IsZero():
		return "–"
	case !r.State.Ended():
		return timetext.Elapsed(max(0, now.Sub(r.StartedAt)))
	case r.EndedAt.Before(r.StartedAt): // unknown, or the clock went back
		return "–"
	}
	return timetext.Elapsed(r.EndedAt.Sub(r.StartedAt))
}

// maxPayload bounds the bytes of an event on the page.
const maxPayload = 20_000

// indented is a JSON text for people.
func indented(text json.RawMessage) string {
	var out bytes.Buffer
	if json.Indent(&out, text, "", "  ") != nil {
		out.Reset()
		out.Write(text)
	}
	if out.Len() > maxPayload {
		return strings.ToValidUTF8(out.String()[:maxPayload], "") + "\n..."
	}
	return out.String()
}

// triggerInWords tells why a run started.
func triggerInWords(t state.Trigger) string {
	switch {
	case t.Kind == state.ByHand && t.By != "":
		return "by hand (" + t.By + ")"
	case t.Kind == state.ByHand:
		return "by hand"
	case t.Event != "" && t.By != "":
		return t.Event + " (again, by " + t.By + ")"
	case t.Event != "":
		return t.Event
	case t.Kind == "":
		return "unknown"
	}
	return string(t.Kind)
}
