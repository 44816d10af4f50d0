package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/webhook"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Hook is a URL that events are posted to.
type Hook struct {
	// URL takes the posts. It must differ from that of the other hooks.
	URL string `json:"url"`
	// Secret signs the posts, as those to plugins are signed. Hooks of websites have none: they are known by a secret in
	// their URL.
	Secret string `json:"secret,omitempty"`
	// WebsiteID is the website whose events are posted, or empty for all.
	WebsiteID string `json:"website_id,omitempty"`
	// Events are the names of the events that are posted, or none for all. Events that Crisp sends over RTM only are
	// never posted.
	Events []string `json:"events,omitempty"`
}

// HookDelivery is how events are posted to hooks. Zero values stand for those in brackets; all of them are guesses, as
// only the status 200 is established to be what ends a delivery.
type HookDelivery struct {
	// Retries are the times before each further attempt (1 s, 5 s, 30 s, 2 min, 10 min). An empty list makes none.
	Retries []time.Duration
	// Timeout is how long a receiver may take to answer (10 s).
	Timeout time.Duration
	// Parallel is how many posts to one URL may be under way at the same time (1). With one they arrive in order, but for
	// those that failed.
	Parallel int
	// Queue is how many events may wait for one URL (100,000). Further ones are dropped.
	Queue int
	// Repeat is the probability, from 0 to 1, that an event is posted again although it was accepted.
	Repeat float64
	// Late is the probability, from 0 to 1, that an event is posted only LateBy (30 s) after it happened.
	Late   float64
	LateBy time.Duration
}

// HookState is a hook and what became of the posts to it.
type HookState struct {
	Hook
	// Delivered and Failed are numbers of attempts, Dropped of events that were given up or did not fit into the queue,
	// and Waiting of those that are still to be posted.
	Delivered int `json:"delivered"`
	Failed    int `json:"failed"`
	Dropped   int `json:"dropped"`
	Waiting   int `json:"waiting"`
}

// SetHooks replaces the hooks. What waits for a URL that stays is still posted. It fails when a URL is not one of http or
// https, or is given twice, or when an event is one that is not posted to hooks.
func (s *Server) SetHooks(list []Hook) error {
	set := make([]webhook.Hook, len(list))
	for i, h := range list {
		if err := checkHook(h, list[:i]); err != nil {
			return err
		}
		set[i] = webhook.Hook{URL: h.URL, Secret: h.Secret, WebsiteID: h.WebsiteID, Events: slices.Clone(h.Events)}
	}
	s.hooks.SetHooks(set)
	return nil
}

func checkHook(h Hook, before []Hook) error {
	u, err := url.Parse(h.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("hook %q: the URL is not one of http or https; write for example http://127.0.0.1:9000/hooks",
			h.URL)
	}
	if slices.ContainsFunc(before, func(other Hook) bool { return other.URL == h.URL }) {
		return fmt.Errorf("hook %q: the URL is given twice", h.URL)
	}
	for _, name := range h.Events {
		if known := spec.FindEvent(name); known == nil {
			return fmt.Errorf("hook %q: unknown event %q", h.URL, name)
		} else if !known.Hook {
			return fmt.Errorf("hook %q: %s is sent over RTM only", h.URL, name)
		}
	}
	return nil
}

// Hooks returns the hooks in the order in which they were set.
func (s *Server) Hooks() []HookState {
	list := []HookState{}
	for _, st := range s.hooks.States() {
		h := Hook{URL: st.URL, Secret: st.Secret, WebsiteID: st.WebsiteID, Events: st.Events}
		list = append(list, HookState{h, st.Delivered, st.Failed, st.Dropped, st.Waiting})
	}
	return list
}
