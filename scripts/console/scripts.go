package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/scripts/state"
)

// scriptsOnPage bounds a page of the list: each script's recent runs are read for it.
const scriptsOnPage = 100

// condition is what may be said of a script in one word. Several can hold: its health, and what stands beside it.
type condition string

const (
	broken   = condition(state.Broken)
	failing  = condition(state.Failing)
	healthy  = condition(state.Healthy)
	fresh    = condition(state.Untried)
	running  = condition("running")
	waiting  = condition("waiting")
	paused   = condition("paused")
	disabled = condition("disabled")
)

// allConditions are in the order in which they are shown: trouble first.
var allConditions = []condition{broken, failing, running, waiting, paused, disabled, fresh, healthy}

func holds(s *state.Script, c condition) bool {
	switch c {
	case failing:
		return isFailing(s)
	case running:
		return s.Running > 0
	case waiting:
		return s.Waiting > 0
	case paused:
		return s.Paused
	case disabled:
		return s.Disabled
	case broken, healthy, fresh:
		return condition(s.Health()) == c
	}
	return false
}

// isFailing reports whether the last result is a failure, also of a script whose newer save is broken.
func isFailing(s *state.Script) bool {
	return s.LastResult != nil && s.LastResult.State != state.Succeeded
}

// trouble orders scripts: those that are broken or fail come first.
func trouble(s *state.Script) int {
	switch {
	case s.Broken != nil:
		return 0
	case isFailing(s):
		return 1
	}
	return 2
}

// scriptView is a script in the list.
type scriptView struct {
	scriptHealth

	Strip strip
}

// scriptHealth is a script with how it does.
type scriptHealth struct {
	state.Script

	Health  state.Health
	Failing bool
	// StreakWords tell how many of the newest results are alike, and Success how many of the last are successes. They are empty where
	// there is nothing to tell.
	StreakWords, Success string
}

func healthOf(s state.Script) scriptHealth {
	v := scriptHealth{Script: s, Health: s.Health(), Failing: isFailing(&s)}
	if s.Results > 0 {
		v.Success = words.Percent(s.Rate) + " of " + grouped(s.Results)
		v.StreakWords = grouped(s.Streak) + " in a row"
		if s.Streak == state.ResultsKept {
			v.StreakWords = "at least " + v.StreakWords
		}
	}
	return v
}

// maxNotes is how many troubles the list shows; /readyz has all.
const maxNotes = 5

// scriptsView is the list.
type scriptsView struct {
	// Notes are troubles with parts of the directory.
	Notes    []string
	Total    int
	Counts   []conditionCount
	Query    string
	Only     condition
	Scripts  []scriptView
	Matching int
	Previous string
	Next     string
	// Directory is where the first script goes.
	Directory string
	// Removed are scripts that are gone and have left something.
	Removed []state.Departure
	// Pauses are who paused the scripts that are shown.
	Pauses map[string]state.Pause
}

type conditionCount struct {
	Condition condition
	Count     int
	URL       string
}

func (c *Console) scriptsPage(w http.ResponseWriter, r *http.Request) error {
	all, err := c.backend.Scripts(r.Context())
	if err != nil {
		return err
	}
	query := r.URL.Query()
	view := scriptsView{Total: len(all), Query: strings.TrimSpace(query.Get("q")), Only: condition(query.Get("only")), Directory: c.Directory}
	if c.Notes != nil {
		view.Notes = c.Notes()
		view.Notes = view.Notes[:min(len(view.Notes), maxNotes)]
	}
	if view.Removed, err = c.removed(r.Context()); err != nil {
		return err
	}
	counts := map[condition]int{}
	var matching []state.Script
	for _, s := range all {
		for _, one := range allConditions {
			if holds(&s, one) {
				counts[one]++
			}
		}
		if (view.Only == "" || holds(&s, view.Only)) && matches(s, view.Query) {
			matching = append(matching, s)
		}
	}
	for _, one := range allConditions {
		if counts[one] > 0 {
			view.Counts = append(view.Counts, conditionCount{one, counts[one], listURL(view.Query, one, 0)})
		}
	}
	slices.SortFunc(matching, func(a, b state.Script) int {
		return cmp.Or(trouble(&a)-trouble(&b), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
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
		view.Scripts = append(view.Scripts, scriptView{healthOf(s), c.stripOf(runs)})
	}
	c.render(w, r, http.StatusOK, "scripts", "Scripts", view)
	return nil
}

// removed are the scripts that were removed and whose stores nobody has taken over.
func (c *Console) removed(ctx context.Context) ([]state.Departure, error) {
	all, err := c.backend.Departures(ctx)
	return slices.DeleteFunc(all, func(d state.Departure) bool { return d.Successor != "" || d.Keys == 0 }), err
}

func matches(s state.Script, query string) bool {
	query = strings.ToLower(query)
	return query == "" || strings.Contains(strings.ToLower(s.Name+"\n"+s.Path+"\n"+s.Description), query)
}

func listURL(query string, only condition, from int) string {
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
	scriptHealth

	Strip    strip
	Runs     []state.Run
	Versions []versionView
	Source   *sourceView
	// Problem is the error of a broken save.
	Problem *problemView
	// Failure is the run of the last result when that is a failure.
	Failure *state.Run
	// Former are the names that the script had lately.
	Former []state.Departure
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
		scriptHealth: healthOf(s), Strip: c.stripOf(runs[:min(len(runs), stripRuns)]),
		Runs: runs[:min(len(runs), runsOnScript)], Versions: versionsOf(s, runs),
	}
	if view.Failing {
		view.Failure = s.LastResult
	}
	if view.Former, err = c.backend.FormerNames(r.Context(), s.Name); err != nil {
		return err
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
