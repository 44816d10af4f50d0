package conversations

import (
	"math"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func listConversations(req *api.Request) (api.Answer, error) {
	sel, err := readSelection(req)
	if err != nil {
		return api.Answer{}, err
	}
	query := req.Query
	query.Del("per_page")
	key := query.Encode()
	if req.Flag("filter_mention") && req.Tier == spec.TierUser {
		key += "&user"
	}
	found := req.Site.Selected(key, sel.Run)
	var items []jsontext.Value
	for _, index := range api.PageOf(req, sel.PerPage, found) {
		items = append(items, req.Site.Item(int(index)))
	}
	return api.Listed(items), nil
}

// readSelection reads the query. Filters narrow the list together. Without an order the newest change comes first; when
// several orders are given, waiting goes before created before updated. Both are guesses.
func readSelection(req *api.Request) (*store.Selection, error) {
	sel := &store.Selection{
		PerPage: req.PerPage(), Inbox: -1, Until: math.MaxInt64, Any: req.Query.Get("search_operator") == "or",
		Empty: req.Flag("include_empty"), Unread: req.Flag("filter_unread"),
		Resolved: req.Flag("filter_resolved"), Open: req.Flag("filter_not_resolved"),
		Unassigned: req.Flag("filter_unassigned"),
	}
	if err := readSearch(req, sel); err != nil {
		return nil, err
	}
	if id := req.Query.Get("filter_inbox_id"); id != "" {
		number := req.Site.InboxNumber(&id)
		if number == 0 {
			return nil, api.NotFound("inbox", id)
		}
		sel.Inbox = int(number)
	}
	if req.Flag("filter_mention") {
		// Only the user tier has a caller who can be mentioned. That other tiers see the mentions of everybody is a
		// guess.
		sel.Mention = store.MentionsMany
		if req.Tier == spec.TierUser {
			sel.Mention, sel.Mentioned = 1, req.Site.Operators[0].UserID
		}
	}
	if id := req.Query.Get("filter_assigned"); id != "" {
		sel.Assigned, sel.Assignee = true, req.Site.OperatorPlace(id)
		if sel.Assignee < 0 {
			sel.Assignee = math.MaxInt // nobody has conversations of an unknown operator
		}
	}
	var err error
	if sel.From, _, err = req.Date("filter_date_start"); err != nil {
		return nil, err
	}
	until, given, err := req.Date("filter_date_end")
	if err != nil {
		return nil, err
	}
	if given {
		sel.Until = until
	}
	switch {
	case req.Flag("order_date_waiting"):
		sel.Order = store.OrderWaiting
	case req.Flag("order_date_created"):
		sel.Order = store.OrderCreated
	}
	return sel, nil
}

func readSearch(req *api.Request, sel *store.Selection) error {
	query := req.Query.Get("search_query")
	switch req.Query.Get("search_type") {
	case "filter":
		if query == "" {
			return nil
		}
		schema := req.Op.Param("search_query").Schema.OneOf
		if err := api.Validate(schema[len(schema)-1], "query.search_query", []byte(query)); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(query), &sel.Filters); err != nil {
			return api.Invalid("query.search_query", "cannot be read: "+err.Error())
		}
		if place, problem := store.CheckFilters(sel.Filters, store.ConversationCriterionNames); problem != "" {
			return api.Invalid("query.search_query"+place, problem)
		}
	case "segment":
		sel.Segment = query
	default:
		sel.Text = strings.ToLower(strings.TrimSpace(query))
	}
	return nil
}
