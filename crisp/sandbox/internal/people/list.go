package people

import (
	"math"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func listProfiles(req *api.Request) (api.Answer, error) {
	sel, err := readPeopleSelection(req)
	if err != nil {
		return api.Answer{}, err
	}
	size := req.PerPage()
	query := req.Query
	query.Del("per_page")
	found := req.Site.Selected("people&"+query.Encode(), sel.Run)
	var items []jsontext.Value
	for _, index := range api.PageOf(req, size, found) {
		items = append(items, req.Site.ProfileItem(int(index)))
	}
	return api.Listed(items), nil
}

// readPeopleSelection reads the query. Without a sort the newest profile comes first; a guess.
func readPeopleSelection(req *api.Request) (*store.PeopleSelection, error) {
	sel := &store.PeopleSelection{
		Text:  strings.ToLower(strings.TrimSpace(req.Query.Get("search_text"))),
		Any:   req.Query.Get("search_operator") == "or",
		Until: math.MaxInt64, Field: "created_at", Descending: true,
	}
	if text := req.Query.Get("search_filter"); text != "" {
		if err := json.Unmarshal([]byte(text), &sel.Filters); err != nil {
			return nil, api.Invalid("query.search_filter", "cannot be read: "+err.Error())
		}
		if place, problem := store.CheckFilters(sel.Filters, store.PeopleCriterionNames); problem != "" {
			return nil, api.Invalid("query.search_filter"+place, problem)
		}
	}
	if field := req.Query.Get("sort_field"); field != "" {
		// Members may be named by their path too: person.nickname.
		name := field[strings.LastIndexByte(field, '.')+1:]
		if !slices.Contains(store.PeopleCriterionNames, name) {
			return nil, api.Invalid("query.sort_field",
				"should be one of "+strings.Join(store.PeopleCriterionNames, ", "))
		}
		sel.Field, sel.Descending = name, false
	}
	if direction := req.Query.Get("sort_order"); direction != "" {
		sel.Descending = direction == "descending"
	}
	var err error
	if sel.From, _, err = req.Date("filter_date_start"); err != nil {
		return nil, err
	}
	until, given, err := req.Date("filter_date_end")
	if given {
		sel.Until = until
	}
	return sel, err
}
