package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// scriptsOnPage bounds a page of the list: each script's recent runs are read for it.
const scriptsOnPage = 100

// health is what the list tells of a script in one word.
type health string

const (
	broken   health = "broken"
	failing  health = "failing"
	running  health = "running"
	paused   health = "paused"
	disabled health = "disabled"
	healthy  health = "healthy"
	fresh    health = "new"
)

func healthOf(s state.Script) health {
	switch {
	case s.Broken != nil:
		return broken
	case s.LastRun != nil && s.LastRun.State == state.Running:
		return running
	case s.Disabled:
		return disabled
	case s.Paused:
		return paused
	case s.LastRun == nil:
		return fresh
	case s.LastRun.State == state.Failed || s.LastRun.State == state.TimedOut:
		return failing
	}
	return healthy
}

// scriptView is a script in the list.
type scriptView struct {
	state.Script
	Health health
	Strip  strip
}

// scriptsView is the list.
type scriptsView struct {
	Total    int
	Counts   []healthCount
	Query    string
	Only     health
	Scripts  []scriptView
	Matching int
	Previous string
	Next     string
	// Directory is where the first script goes.
	Directory string
	// Pauses are who paused the scripts that are shown.
	Pauses map[string]state.Pause
}

type healthCount struct {
	Health health
	Count  int
	URL    string
}

func (c *Console) scriptsPage(w http.ResponseWriter, r *http.Request) error {
	all, err := c.backend.Scripts(r.Context())
	if err != nil {
		return err
	}
	query := r.URL.Query()
	view := scriptsView{Total: len(all), Query: strings.TrimSpace(query.Get("q")), Only: health(query.Get("only")), Directory: c.Directory}
	counts := map[health]int{}
	var matching []state.Script
	for _, s := range all {
		h := healthOf(s)
		counts[h]++
		if (view.Only == "" || view.Only == h) && matches(s, view.Query) {
			matching = append(matching, s)
		}
	}
	for _, h := range []health{broken, failing, running, paused, disabled, fresh, healthy} {
		if counts[h] > 0 {
			view.Counts = append(view.Counts, healthCount{h, counts[h], listURL(view.Query, h, 0)})
		}
	}
	slices.SortFunc(matching, func(a, b state.Script) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
	})
	view.Matching = len(matching)
	from, _ := strconv.Atoi(query.Get("from")) // a wrong number is the first page
	from = max(0, min(from, len(matching)))
	if from > 0 {
		view.Previous = listURL(view.Query, view.Only, max(0, from-scriptsOnPage))
	}
	matching = matching[from:]
	if len(matching) > scriptsOnPage {
		matching = matching[:scriptsOnPage]
		view.Next = listURL(view.Query, view.Only, from+scriptsOnPage)
	}
	var pausedNames []string
	for _, s := range matching {
		if s.Paused {
			pausedNames = append(pausedNames, s.Name)
		}
	}
	if len(pausedNames) > 0 {
		if view.Pauses, err = c.backend.Pauses(r.Context(), pausedNames...); err != nil {
			return err
		}
	}
	for _, s := range matching {
		runs, err := c.backend.Runs(r.Context(), state.RunFilter{Script: s.Name, Limit: stripRuns})
		if err != nil {
			return err
		}
		view.Scripts = append(view.Scripts, scriptView{s, healthOf(s), c.stripOf(runs)})
	}
	c.render(w, r, http.StatusOK, "scripts", "Scripts", view)
	return nil
}

func matches(s state.Script, query string) bool {
	query = strings.ToLower(query)
	return query == "" || strings.Contains(strings.ToLower(s.Name+"\n"+s.Path+"\n"+s.Description), query)
}

func listURL(query string, only health, from int) string {
	values := url.Values{}
	if query != "" {
		values.Set("q", query)
	}
	if only != "" {
		values.Set("only", string(only))
	}
	if from > 0 {
		values.Set("from", strconv.Itoa(from))
	}
	if len(values) == 0 {
		return "/"
	}
	return "/?" + values.Encode()
}

// scriptPageView is a script's own page.
type scriptPageView struct {
	state.Script
	Health   health
	Strip    strip
	Runs     []state.Run
	Versions []versionView
	Source   *sourceView
	// Problem is the error of a broken save.
	Problem *problemView
	// Pause is who paused or resumed it last, or nil.
	Pause *state.Pause
}

// versionView is a version that ran.
type versionView struct {
	Hash    string
	Runs    int
	Last    time.Time
	Summary string
	Current bool
}

// A script's page lists runsOnScript runs, and the versions among the newest versionRuns.
const (
	runsOnScript = 20
	versionRuns  = 400
)

func (c *Console) scriptPage(w http.ResponseWriter, r *http.Request) error {
	s, err := c.backend.Script(r.Context(), r.FormValue("name"))
	if err != nil {
		return err
	}
	runs, err := c.backend.Runs(r.Context(), state.RunFilter{Script: s.Name, Limit: versionRuns})
	if err != nil {
		return err
	}
	view := scriptPageView{
		Script: s, Health: healthOf(s), Strip: c.stripOf(runs[:min(len(runs), stripRuns)]),
		Runs: runs[:min(len(runs), runsOnScript)], Versions: versionsOf(s, runs),
	}
	pauses, err := c.backend.Pauses(r.Context(), s.Name)
	if err != nil {
		return err
	}
	if p, ok := pauses[s.Name]; ok {
		view.Pause = &p
	}
	if s.Broken != nil {
		view.Problem = c.problem(r.Context(), s.Broken, "")
	}
	if s.Version != "" {
		version, err := c.backend.Version(r.Context(), s.Version)
		switch {
		case err == nil:
			view.Source = sourceOf(version, version.Entry)
		case !errors.Is(err, state.ErrNotFound):
			return err
		}
	}
	c.render(w, r, http.StatusOK, "script", s.Name, view)
	return nil
}

// versionsOf are the script's current version and those that ran, the newest first.
func versionsOf(s state.Script, runs []state.Run) []versionView {
	var versions []versionView
	byHash := map[string][]state.Run{}
	if s.Version != "" {
		versions = append(versions, versionView{Hash: s.Version, Current: true})
	}
	for _, r := range runs {
		if r.Version == "" {
			continue
		}
		if byHash[r.Version] == nil && r.Version != s.Version {
			versions = append(versions, versionView{Hash: r.Version})
		}
		byHash[r.Version] = append(byHash[r.Version], r)
	}
	for i := range versions {
		v := &versions[i]
		ran := byHash[v.Hash]
		if v.Runs, v.Summary = len(ran), summary(ran); len(ran) > 0 {
			v.Last = began(ran[0])
		}
	}
	return versions
}

// began is when a run started, or else was to start.
func began(r state.Run) time.Time {
	for _, t := range []time.Time{r.StartedAt, r.CreatedAt, r.Trigger.Tick} {
		if !t.IsZero() {
			return t
		}
	}
	return r.EndedAt
}
