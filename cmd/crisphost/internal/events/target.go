package events

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/discovery"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/loopback"
)

// findSandbox returns the newest sandbox that some process serves, or nil. The address in $CRISP_API_URL goes first, where it is one on
// this machine.
func findSandbox(env settings.Env) (*discovery.Sandbox, error) {
	if base := env.Get(crisp.EnvBaseURL); isLocal(base) {
		return &discovery.Sandbox{URL: base}, nil
	}
	found, err := discovery.Find(env)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func isLocal(base string) bool {
	u, err := url.Parse(base)
	return err == nil && u.Scheme == "http" && loopback.IsHost(u.Hostname())
}

// target is a sandbox to make events in.
type target struct {
	client  *crisp.Client
	website string
	control string
}

func newTarget(found *discovery.Sandbox, website string) (*target, error) {
	client, err := crisp.New(
		crisp.WithRetry(crisp.RetryPolicy{MaxAttempts: 2}), crisp.WithCredentials(sandbox.Identifier, sandbox.Key), crisp.WithTier(spec.TierUser), crisp.WithBaseURL(found.URL))
	if err != nil {
		return nil, err
	}
	return &target{client, cmp.Or(website, sandbox.WebsiteID), strings.TrimSuffix(client.BaseURL(), "v1/") + "sandbox/events"}, nil
}

// look finds what the examples of an event are fitted to. An event about a conversation is about the given one, or about one that is
// not resolved.
func (t *target) look(ctx context.Context, session string, event *spec.Event) (*world, error) {
	w := &world{website: t.website, session: session, now: time.Now}
	has := func(name string) bool { return event.Payload.Field(name) != nil }
	if has("user") || has("operator") || has("user_id") {
		if err := t.findOperator(ctx, w); err != nil {
			return nil, err
		}
	}
	if !has("session_id") {
		return w, nil
	}
	c, err := t.findConversation(ctx, session)
	if err != nil || c == nil {
		return w, err
	}
	w.session, w.visitor, w.people = c.SessionID, c.Meta.Nickname, c.PeopleID
	if c.InboxID != nil {
		w.inbox = *c.InboxID
	}
	messages, _, err := t.client.Conversations.Messages.ListBatch(ctx, t.website, w.session, nil)
	if err != nil {
		return nil, err
	}
	var sent, received crisp.Timestamp
	for i := range messages {
		switch m := &messages[i]; {
		case m.From == "user" && m.Timestamp >= sent:
			sent, w.sent = m.Timestamp, m.Fingerprint
		case m.From == "operator" && m.Timestamp >= received:
			received, w.received = m.Timestamp, m.Fingerprint
		}
	}
	return w, nil
}

// findConversation returns the conversation with an id, or one that events may be about. It is nil where there is none.
func (t *target) findConversation(ctx context.Context, session string) (*crisp.Conversation, error) {
	if session != "" {
		c, err := t.client.Conversations.Get(ctx, t.website, session)
		var failed *crisp.Error
		if errors.As(err, &failed) && (failed.Status == http.StatusNotFound || failed.Reason == crisp.ReasonInvalidRequest) {
			return nil, nil // a message begins it
		}
		return c, err
	}
	for _, options := range []*crisp.ConversationsListOptions{{FilterNotResolved: true}, nil} {
		list, err := t.client.Conversations.ListPage(ctx, t.website, 1, options)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			return &list[0], nil
		}
	}
	return nil, nil
}

func (t *target) findOperator(ctx context.Context, w *world) error {
	team, err := t.client.Websites.Operators.List(ctx, t.website)
	if err != nil {
		return err
	}
	for i := range team {
		if person := &team[i].Details; person.UserID != "" {
			w.operator, w.operatorName = person.UserID, strings.TrimSpace(person.FirstName+" "+person.LastName)
			return nil
		}
	}
	return nil
}

// emit has the sandbox make an event happen.
func (t *target) emit(ctx context.Context, name string, data []byte) error {
	body, err := json.Marshal(struct {
		Event     string          `json:"event"`
		WebsiteID string          `json:"website_id"`
		Data      json.RawMessage `json:"data"`
	}{name, t.website, data})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.control, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(sandbox.Identifier, sandbox.Key)
	req.Header.Set("X-Crisp-Tier", "user")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return t.unreachable(err)
	}
	defer res.Body.Close()
	var answer struct {
		Error  bool   `json:"error"`
		Reason string `json:"reason"`
		Data   struct {
			Message string `json:"message"`
		} `json:"data"`
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	switch {
	case err != nil, res.StatusCode == http.StatusNotFound && answer.Reason == "not_found":
		return &usage.Error{Problem: t.client.BaseURL() + " is not a sandbox that makes events", Hint: "start one with `crisphost sandbox`", Err: err}
	case answer.Error || res.StatusCode >= http.StatusMultipleChoices:
		return &usage.Error{Problem: fmt.Sprintf("the sandbox refuses %s: %s", name, cmp.Or(answer.Data.Message, answer.Reason))}
	}
	return nil
}

// unreachable explains that a sandbox does not answer.
func (t *target) unreachable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &usage.Error{
		Problem: fmt.Sprintf("the sandbox at %s does not answer: %v", t.client.BaseURL(), err),
		Hint:    "start one with `crisphost sandbox`, or unset " + crisp.EnvBaseURL, Err: err,
	}
}
