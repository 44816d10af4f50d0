package connect

import (
	"context"
	"net/http"
	"strings"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Reach is what a checked token opens.
type Reach struct {
	// WebsiteName is empty when no website was asked for.
	WebsiteName, websiteID string
	// Quota is what the API said about the token's quota, or empty.
	Quota string
}

// Label returns what people call that which the token opens.
func (r Reach) Label() string {
	switch {
	case r.WebsiteName != "":
		return r.WebsiteName
	case r.websiteID != "":
		return "website " + r.websiteID
	}
	return "Crisp"
}

// Check makes one reading call that every token of the tier may make.
func Check(ctx context.Context, client *crisp.Client, c Credentials) (Reach, error) {
	if c.WebsiteID != "" {
		found := Reach{websiteID: c.WebsiteID}
		res, err := client.Do(ctx, spec.ByCall("websites.get"), &crisp.Request{Path: map[string]string{"website_id": c.WebsiteID}})
		if err != nil {
			return found, err
		}
		var website struct {
			Name string `json:"name"`
		}
		found.Quota = quotaSeen(res.Header)
		err = res.Decode(&website)
		found.WebsiteName = website.Name
		return found, err
	}
	path := "plugin/connect/account"
	if c.Tier == spec.TierUser {
		path = "user/connect/endpoints"
	}
	res, err := client.Call(ctx, "GET", path, nil)
	if err != nil {
		return Reach{}, err
	}
	return Reach{Quota: quotaSeen(res.Header)}, nil
}

// quotaSeen looks for the headers in which HTTP services tell a quota. Crisp's material names none, so there is mostly nothing.
func quotaSeen(header http.Header) string {
	var seen []string
	for _, name := range []string{"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset", "Ratelimit-Limit", "Ratelimit-Remaining", "Ratelimit-Reset", "Ratelimit"} {
		if value := header.Get(name); value != "" {
			seen = append(seen, strings.ToLower(name)+" "+value)
		}
	}
	return strings.Join(seen, ", ")
}
