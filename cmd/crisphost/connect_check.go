package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// reach is what a checked token opens.
type reach struct {
	// websiteName is empty when no website was asked for.
	websiteName, websiteID string
	// quota is what the API said about the token's quota, or empty.
	quota string
}

func (r reach) label() string {
	switch {
	case r.websiteName != "":
		return r.websiteName
	case r.websiteID != "":
		return "website " + r.websiteID
	}
	return "Crisp"
}

// checkConnection makes one reading call that every token of the tier may make.
func checkConnection(ctx context.Context, client *crisp.Client, c credentials) (reach, error) {
	if c.websiteID != "" {
		found := reach{websiteID: c.websiteID}
		res, err := client.Do(ctx, spec.ByCall("websites.get"), &crisp.Request{Path: map[string]string{"website_id": c.websiteID}})
		if err != nil {
			return found, err
		}
		var website struct {
			Name string `json:"name"`
		}
		found.quota = quotaSeen(res.Header)
		err = res.Decode(&website)
		found.websiteName = website.Name
		return found, err
	}
	path := "plugin/connect/account"
	if c.tier == spec.TierUser {
		path = "user/connect/endpoints"
	}
	res, err := client.Call(ctx, "GET", path, nil)
	if err != nil {
		return reach{}, err
	}
	return reach{quota: quotaSeen(res.Header)}, nil
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
