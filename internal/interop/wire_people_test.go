package interop

var profile = object{
	"email": "zoe@example.com",
	"person": object{
		"nickname": "Zoë Müller", "gender": "female", "phone": "+3312345678", "timezone": -60, "locales": []any{"fr", "de"},
		"employment":  object{"name": "Acme", "domain": "acme.example", "title": "CTO", "role": "engineering", "seniority": "executive"},
		"geolocation": object{"country": "FR", "region": "PDL", "city": "Nantes", "coordinates": object{"latitude": 47.2173, "longitude": -1.5534}},
		"profiles":    []any{object{"type": "twitter", "handle": "zoe"}},
	},
	"company":  object{"name": "Acme", "url": "https://acme.example", "metrics": object{"employees": 120, "arr": 1500000}},
	"segments": []any{"vip"},
	"notepad":  "line 1\nline 2",
}

// addressed puts an email address in place of a person's id, as the API allows.
var addressed = map[string]string{"people_id": "zoe+shop@example.com"}

var peopleCases = []wireCase{
	{op: "website.people.stats.get", method: "getPeopleStatistics"},
	{op: "website.people.suggest.segments.list", method: "listSuggestedPeopleSegments"},
	{op: "website.people.suggest.segment.delete", method: "deleteSuggestedPeopleSegment", extra: []any{"vip"}, body: object{"segment": "vip"}},
	{op: "website.people.suggest.data.list", method: "listSuggestedPeopleDataKeys"},
	{op: "website.people.suggest.data.delete", method: "deleteSuggestedPeopleDataKey", extra: []any{"plan"}, body: object{"key": "plan"}},
	{op: "website.people.suggest.events.list", method: "listSuggestedPeopleEvents"},
	{op: "website.people.suggest.event.delete", method: "deleteSuggestedPeopleEvent", extra: []any{"signup"}, body: object{"text": "signup"}},
	{op: "website.people.profiles.list", method: "listPeopleProfiles"},
	{
		op: "website.people.profiles.list search", method: "listPeopleProfiles",
		extra: []any{"created_at", "descending", "and", searchFilter, "zoë & co"},
		query: object{
			"sort_field": "created_at", "sort_order": "descending", "search_operator": "and",
			"search_filter": searchFilter, "search_text": "zoë & co",
		},
	},
	withBody("website.people.profile.create", "addNewPeopleProfile", profile),
	{op: "website.people.profile.exists", method: "checkPeopleProfileExists"},
	{op: "website.people.profile.get", method: "getPeopleProfile"},
	{op: "website.people.profile.get address", method: "getPeopleProfile", path: addressed},
	{op: "website.people.profile.get slash", method: "getPeopleProfile", path: map[string]string{"people_id": "zoe/shop@example.com"}},
	{op: "website.people.profile.get question", method: "getPeopleProfile", path: map[string]string{"people_id": "zoe?shop@example.com"}},
	{op: "website.people.profile.get percent", method: "getPeopleProfile", path: map[string]string{"people_id": "zoe%40shop@example.com"}},
	{op: "website.people.profile.get letters", method: "getPeopleProfile", path: map[string]string{"people_id": "zoë shop@example.com"}},
	withBody("website.people.profile.save", "savePeopleProfile", profile),
	withBody("website.people.profile.update", "updatePeopleProfile", object{"person": object{"nickname": "Z"}}),
	withBody("website.people.profile.update nothing", "updatePeopleProfile", object{}),
	{op: "website.people.profile.delete", method: "removePeopleProfile"},
	{op: "website.people.conversations.list", method: "listPeopleConversations"},
	{op: "website.people.campaigns.list", method: "listPeopleCampaigns"},
	withBody("website.people.events.create", "addPeopleEvent", object{"text": "signup", "data": object{"plan": "pro", "seats": 3}, "color": "red"}),
	{op: "website.people.events.list", method: "listPeopleEvents"},
	{op: "website.people.data.get", method: "getPeopleData"},
	withBody("website.people.data.save", "savePeopleData", object{"data": object{"plan": "pro", "seats": 3, "trial": false}}),
	withBody("website.people.data.update", "updatePeopleData", object{"data": object{"seats": 4}}),
	{op: "website.people.subscription.get", method: "getPeopleSubscriptionStatus"},
	withBody("website.people.subscription.update", "updatePeopleSubscriptionStatus", object{"email": false}),
	{op: "website.people.export.profiles.export", method: "exportPeopleProfiles"},
	withBody("website.people.import.profiles.import", "importPeopleProfiles", object{
		"url":     "https://acme.example/people.csv",
		"mapping": []any{object{"column": 0, "field": "email"}},
		"options": object{"column_separator": ",", "skip_header": true},
	}),
}

var visitorCases = []wireCase{
	{op: "website.visitors.count", method: "countVisitors"},
	{op: "website.visitors.list", method: "listVisitors"},
	{op: "website.visitors.map.pinpoint", method: "pinpointVisitorsOnMap"},
	{
		op: "website.visitors.map.pinpoint circle", method: "pinpointVisitorsOnMap", extra: []any{-1.5534, 47.2173, 0},
		query: object{"center_longitude": -1.5534, "center_latitude": 47.2173, "center_radius": 0},
	},
	{op: "website.visitors.token.get", method: "getSessionIdentifierFromToken"},
	{op: "website.visitors.blocked.count", method: "countBlockedVisitors"},
	{op: "website.visitors.blocked.rule.count", method: "countBlockedVisitorsInRule"},
	{op: "website.visitors.blocked.rule.clear", method: "clearBlockedVisitorsInRule"},
}
