package interop

import (
	"slices"
	"strings"
)

// allowed is a difference that is meant, with its reason. It must show in every case that it covers: when one of the
// clients changes, the entry has to go.
type allowed struct {
	part         string
	node, golang string
	// cases are the covered ones by full name, or "METHOD *" for all with one HTTP method, or "*" for all.
	cases []string
	why   string
}

func (a allowed) covers(name, method string) bool {
	return slices.ContainsFunc(a.cases, func(pattern string) bool {
		return pattern == "*" || pattern == name || strings.HasSuffix(pattern, " *") && strings.TrimSuffix(pattern, " *") == method
	})
}

var everywhere = []string{"*"}

var allowedDifferences = []allowed{
	{
		part: "header User-Agent", node: "node-crisp-api/11.3.0", golang: "crisphost (+https://github.com/crisphost/crisphost)", cases: everywhere,
		why: "each program says what it is",
	},
	{
		part: "header Accept", node: "*/*", golang: "application/json", cases: everywhere,
		why: "node's fetch takes anything; the official Go client asks for JSON, as this one does",
	},
	{
		part: "header Accept-Encoding", node: "gzip, deflate", golang: "gzip",
		cases: []string{"GET *", "POST *", "PUT *", "PATCH *", "DELETE *"},
		why:   "net/http decodes gzip alone by itself",
	},
	{
		part: "header Accept-Encoding", node: "gzip, deflate", golang: none, cases: []string{"HEAD *"},
		why: "net/http asks for no compression where no body comes",
	},
	{
		part: "header Accept-Language", node: "*", golang: none, cases: everywhere,
		why: "added by node's fetch as a browser would; the API's answers have no language",
	},
	{
		part: "header Sec-Fetch-Mode", node: "cors", golang: none, cases: everywhere,
		why: "added by node's fetch as a browser would; it means nothing outside of one",
	},
	{
		part: "header Connection", node: "keep-alive", golang: none,
		cases: []string{"GET *", "POST *", "PUT *", "PATCH *", "DELETE *"},
		why:   "HTTP/1.1 keeps connections open without being told",
	},
	{
		part: "header Connection", node: "close", golang: none, cases: []string{"HEAD *"},
		why: "node's fetch gives up the connection after a HEAD, to be safe from servers that send a body; net/http need not",
	},
	{
		part: "path",
		node: "/v1/website/" + websiteID + "/people/profile/zoe/shop@example.com", golang: "/v1/website/" + websiteID + "/people/profile/zoe%2Fshop@example.com",
		cases: []string{"website.people.profile.get slash"},
		why:   "node leaves path values as they are, so that a slash ends the segment and another route is called; this client escapes them",
	},
	{
		part: "path",
		node: "/v1/website/" + websiteID + "/people/profile/zoe", golang: "/v1/website/" + websiteID + "/people/profile/zoe%3Fshop@example.com",
		cases: []string{"website.people.profile.get question"},
		why:   "unescaped by node, a question mark starts the query and another person is asked for",
	},
	{
		part: "query shop@example.com", node: "", golang: none,
		cases: []string{"website.people.profile.get question"},
		why:   "the rest of the path value, taken for a query",
	},
	{
		part: "path",
		node: "/v1/website/" + websiteID + "/people/profile/zoe%40shop@example.com", golang: "/v1/website/" + websiteID + "/people/profile/zoe%2540shop@example.com",
		cases: []string{"website.people.profile.get percent"},
		why:   "unescaped by node, a percent sign starts an escape and the server reads another value",
	},
	{
		part: "query filter_date_start", node: "2026-01-31T00:00:00Z", golang: "2026-01-31T00:00:00.000Z",
		cases: []string{"website.conversations.list dates"},
		why:   "this client takes dates in several forms and sends each as a JavaScript Date prints itself; node passes text on",
	},
	{
		part: "query filter_date_end", node: "2026-02-28T23:59:59Z", golang: "2026-02-28T23:59:59.000Z",
		cases: []string{"website.conversations.list dates"},
		why:   "the same",
	},
	{
		part: "body action", node: none, golang: `"fetch"`, cases: []string{"website.conversation.widget.data.deliver fetch"},
		why: "the reference asks for the action, which the official client does not send",
	},
	{
		part: "body action", node: none, golang: `"edit"`, cases: []string{"website.conversation.widget.data.deliver edit"},
		why: "the reference asks for the action, which the official client does not send",
	},
	{
		part: "header Content-Length", node: "76", golang: "93", cases: []string{"website.conversation.widget.data.deliver fetch"},
		why: "the length of the action",
	},
	{
		part: "header Content-Length", node: "61", golang: "77", cases: []string{"website.conversation.widget.data.deliver edit"},
		why: "the length of the action",
	},
}

// withoutMethod are the operations that the official client has no method for.
var withoutMethod = map[string]string{
	"website.connect.endpoints.discover":           "what the official client calls before it listens, without a method",
	"user.connect.endpoints.discover":              "what the official client calls before it listens, without a method",
	"website.operators.email.patch":                "the documented form of website.operators.email.send, which the official clients send as POST",
	"website.conversation.call.signaling.transmit": "the documented form of website.conversation.call.transmit, whose last segment the official clients leave out",
}
