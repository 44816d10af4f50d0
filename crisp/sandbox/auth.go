package sandbox

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/spec"
)

// authenticate checks the Basic credentials and returns the tier that the request names. A missing tier header means
// user, as in the official node client; that an unknown tier is an invalid session is a guess.
func authenticate(header http.Header) (spec.Tiers, error) {
	scheme, encoded, _ := strings.Cut(header.Get("Authorization"), " ")
	pair, err := base64.StdEncoding.DecodeString(encoded)
	if !strings.EqualFold(scheme, "Basic") || err != nil {
		return 0, &api.Error{
			Status: http.StatusUnauthorized, Reason: "invalid_session",
			Message: "send the identifier and the key as Basic authorization",
		}
	}
	identifier, key, _ := strings.Cut(string(pair), ":")
	return authenticatePair(header.Get("X-Crisp-Tier"), identifier, key)
}

func authenticatePair(tier, identifier, key string) (spec.Tiers, error) {
	if !equal(identifier, Identifier) || !equal(key, Key) {
		return 0, &api.Error{
			Status: http.StatusUnauthorized, Reason: "invalid_session", Message: "the identifier or the key is wrong",
		}
	}
	switch tier {
	case "user", "":
		return spec.TierUser, nil
	case "website":
		return spec.TierWebsite, nil
	case "plugin":
		return spec.TierPlugin, nil
	}
	return 0, &api.Error{
		Status: http.StatusUnauthorized, Reason: "invalid_session", Message: "the tier is user, website or plugin",
	}
}

// access is what the socket of events asks about its clients.
type access struct{ *Server }

// Authenticate checks credentials as the API does. That the message is the reason's word is a guess.
func (access) Authenticate(tier, identifier, key string) (spec.Tiers, error) {
	found, err := authenticatePair(tier, identifier, key)
	if err != nil {
		err = errors.New("invalid_session")
	}
	return found, err
}

// Websites are those that a tier may see.
func (a access) Websites(tier spec.Tiers) []string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	var ids []string
	for _, site := range a.sites.All() {
		if found, err := findSite(a.sites, site.WebsiteID, tier); err == nil {
			ids = append(ids, found.WebsiteID)
		}
	}
	return ids
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// restricted refuses an operation that is not open to the tier. The reason was seen, the status is a guess.
func restricted(op *spec.Operation) error {
	var open []string
	for i, name := range [...]string{"user", "website", "plugin"} {
		if op.Tiers.Has(spec.TierUser << i) {
			open = append(open, name)
		}
	}
	return &api.Error{
		Status: http.StatusForbidden, Reason: "restricted_route_tier",
		Message: "this route is open to the tier " + strings.Join(open, " or ") + " only",
	}
}

// findSite finds a website for a tier. Plugins see the websites that installed them; a website token is bound to the first
// one. The reason not_subscribed was seen with 404; not_allowed with 403 is one of three pairs that
// the reference lists.
func findSite(all *store.Sites, id string, tier spec.Tiers) (*store.Site, error) {
	found := all.Find(id)
	switch {
	case tier == spec.TierPlugin && (found == nil || found.Plugin == nil):
		return nil, &api.Error{
			Status: http.StatusNotFound, Reason: "not_subscribed",
			Message: "this website is not subscribed to the plugin",
		}
	case found == nil, tier == spec.TierWebsite && found != all.First():
		return nil, &api.Error{
			Status: http.StatusForbidden, Reason: "not_allowed", Message: "the session has no access to this website",
		}
	}
	return found, nil
}
