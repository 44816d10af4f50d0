package crisp_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

const inbox = sandbox.WebsiteID

// startSandbox starts a sandbox and makes a client of it.
func startSandbox(t *testing.T, cfg sandbox.Config, opts ...crisp.Option) (*crisp.Client, *sandbox.Running) {
	t.Helper()
	server := sandboxtest.Start(t, cfg)
	return sandboxtest.Connect(t, server.URL(), opts...), server
}

func TestConversationsAgainstTheSandbox(t *testing.T) {
	client := sandboxtest.Client(t, sandbox.Config{Conversations: 55})
	ctx := t.Context()
	seen := map[string]bool{}
	for conversation, err := range client.Conversations.List(ctx, inbox, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if conversation.SessionID == "" || conversation.UpdatedAt == 0 || seen[conversation.SessionID] {
			t.Fatalf("conversation %+v", conversation)
		}
		seen[conversation.SessionID] = true
	}
	page, err := client.Conversations.ListPage(ctx, inbox, 2, &crisp.ConversationsListOptions{PerPage: 50})
	if err != nil || len(seen) < 50 || len(page) != len(seen)-50 {
		t.Errorf("%d conversations, %d on page 2, %v", len(seen), len(page), err)
	}

	created, err := client.Conversations.Create(ctx, inbox)
	if err != nil {
		t.Fatal(err)
	}
	session := created.SessionID
	begun := time.Now().Add(-time.Hour)
	for i := range 45 {
		sent, err := client.Conversations.Messages.Send(ctx, inbox, session, &crisp.MessageNew{
			Type: crisp.MessageTypeText, Content: crisp.TextContent(fmt.Sprintf("message %d: é <b> 🙂", i)),
			From: crisp.MessageFromUser, Origin: crisp.OriginChat,
			Timestamp: crisp.TimestampOf(begun.Add(time.Duration(i) * time.Minute)),
		})
		if err != nil || sent.Fingerprint == 0 {
			t.Fatalf("message %d: %+v, %v", i, sent, err)
		}
	}
	var texts []string
	for message, err := range client.Conversations.Messages.List(ctx, inbox, session, nil) {
		if err != nil {
			t.Fatal(err)
		}
		content, err := message.DecodeContent()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(content.(crisp.TextContent)))
	}
	slices.Sort(texts)
	if len(slices.Compact(texts)) != 45 || texts[0] != "message 0: é <b> 🙂" {
		t.Errorf("%d messages: %q", len(texts), texts)
	}
	batch, more, err := client.Conversations.Messages.ListBatch(ctx, inbox, session, nil)
	if err != nil || !more || len(batch) == 0 || len(batch) >= 45 {
		t.Errorf("batch of %d, more %v, %v", len(batch), more, err)
	}

	if err := client.Conversations.Meta.Update(ctx, inbox, session, &crisp.ConversationMetaUpdate{Nickname: new("Ada Lovelace")}); err != nil {
		t.Error(err)
	}
	if err := client.Conversations.State.Update(ctx, inbox, session, &crisp.StateUpdate{State: crisp.ConversationStateResolved}); err != nil {
		t.Error(err)
	}
	conversation, err := client.Conversations.Get(ctx, inbox, session)
	if err != nil || conversation.State != crisp.ConversationStateResolved || conversation.Meta.Nickname != "Ada Lovelace" {
		t.Errorf("conversation %+v, %v", conversation, err)
	}
	if err := client.Conversations.Delete(ctx, inbox, session); err != nil {
		t.Error(err)
	}
	if exists, err := client.Conversations.Exists(ctx, inbox, session); exists || err != nil {
		t.Errorf("exists %v, %v", exists, err)
	}
}

func TestFiltersAgainstTheSandbox(t *testing.T) {
	client := sandboxtest.Client(t, sandbox.Config{Conversations: 120})
	count := func(opts crisp.ConversationsListOptions) (n int) {
		opts.PerPage = 50
		for conversation, err := range client.Conversations.List(t.Context(), inbox, &opts) {
			if err != nil {
				t.Fatal(err)
			}
			if opts.FilterResolved && conversation.State != crisp.ConversationStateResolved {
				t.Errorf("%s is %s", conversation.SessionID, conversation.State)
			}
			n++
		}
		return n
	}
	all := count(crisp.ConversationsListOptions{})
	resolved := count(crisp.ConversationsListOptions{FilterResolved: true})
	open := count(crisp.ConversationsListOptions{FilterNotResolved: true})
	if resolved == 0 || open == 0 || resolved+open != all {
		t.Errorf("%d resolved and %d open of %d", resolved, open, all)
	}
	future := count(crisp.ConversationsListOptions{FilterDateStart: time.Now().Add(24 * time.Hour)})
	past := count(crisp.ConversationsListOptions{FilterDateEnd: time.Now().Add(24 * time.Hour)})
	if future != 0 || past != all {
		t.Errorf("%d from tomorrow on, %d until tomorrow of %d", future, past, all)
	}
}

func TestPeopleAgainstTheSandbox(t *testing.T) {
	client := sandboxtest.Client(t, sandbox.Config{})
	ctx := t.Context()
	const email = "ada+news@lovelace.example"
	created, err := client.People.Create(ctx, inbox, &crisp.ProfileNew{Email: email, Person: crisp.Person{Nickname: new("Ada")}, Segments: []string{"vip"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{created.PeopleID, email} { // an address in the path is escaped
		profile, err := client.People.Get(ctx, inbox, id)
		if err != nil || profile.Email != email || !slices.Equal(profile.Segments, []string{"vip"}) {
			t.Errorf("%s: %+v, %v", id, profile, err)
		}
	}
	_, err = client.People.Create(ctx, inbox, &crisp.ProfileNew{Email: email, Person: crisp.Person{Nickname: new("Ada again")}})
	var failed *crisp.Error
	if !errors.As(err, &failed) || failed.Status != 409 || failed.Reason != "people_email_exists" || failed.Hint() == "" {
		t.Errorf("the second profile with one address: %v", err)
	}
	if err := client.People.Update(ctx, inbox, created.PeopleID, &crisp.ProfileUpdate{Notepad: new("called")}); err != nil {
		t.Error(err)
	}
	if profile, err := client.People.Get(ctx, inbox, created.PeopleID); err != nil || crisp.Value(profile.Person.Nickname) != "Ada" {
		t.Errorf("after the update: %+v, %v", profile, err)
	}
	if err := client.People.Delete(ctx, inbox, created.PeopleID); err != nil {
		t.Error(err)
	}
	if _, err := client.People.Get(ctx, inbox, created.PeopleID); !errors.As(err, &failed) || !failed.NotFound() {
		t.Errorf("after the deletion: %v", err)
	}
}

func TestVisitorsAndWebsitesAgainstTheSandbox(t *testing.T) {
	client := sandboxtest.Client(t, sandbox.Config{Visitors: 30}, crisp.WithTier(spec.TierUser))
	ctx := t.Context()
	counted, err := client.Visitors.Count(ctx, inbox)
	if err != nil {
		t.Fatal(err)
	}
	listed := 0
	for _, err := range client.Visitors.List(ctx, inbox) {
		if err != nil {
			t.Fatal(err)
		}
		listed++
	}
	if listed == 0 || counted.Count != int64(listed) {
		t.Errorf("%d visitors counted, %d listed", counted.Count, listed)
	}
	site, err := client.Websites.Get(ctx, inbox)
	if err != nil {
		t.Fatal(err)
	}
	if exists, err := client.Websites.Exists(ctx, site.Domain); !exists || err != nil {
		t.Errorf("%s exists %v, %v", site.Domain, exists, err)
	}
	if exists, err := client.Websites.Exists(ctx, "unknown.example"); exists || err != nil {
		t.Errorf("unknown.example exists %v, %v", exists, err)
	}
}

func TestRefusalsOfTheSandbox(t *testing.T) {
	client, server := startSandbox(t, sandbox.Config{})
	ctx := t.Context()
	stranger := sandboxtest.Connect(t, server.URL(), crisp.WithCredentials("sandbox", "wrong"))
	for _, tc := range []struct {
		name   string
		run    func() error
		status int
		reason string
	}{
		{"wrong key", func() error { _, err := stranger.Websites.Get(ctx, inbox); return err }, 401, "invalid_session"},
		{"wrong key, HEAD", func() error {
			_, err := stranger.Conversations.Exists(ctx, inbox, "session_11111111-1111-4111-8111-111111111111")
			return err
		}, 401, "unauthorized"},
		{"unknown conversation", func() error {
			_, err := client.Conversations.Get(ctx, inbox, "session_11111111-1111-4111-8111-111111111111")
			return err
		}, 404, "not_found"},
		{"unknown route", func() error { _, err := client.Call(ctx, "GET", "nowhere", nil); return err }, 404, "not_found"},
		{"wrong method", func() error { _, err := client.Call(ctx, "DELETE", "website", nil); return err }, 405, "not_allowed"},
		{"wrong body", func() error {
			_, err := client.Call(ctx, "POST", "website/"+inbox+"/people/profile", &crisp.Request{Body: map[string]any{"email": 5}})
			return err
		}, 400, "invalid_data"},
		{"tier", func() error {
			_, err := client.Websites.Create(ctx, &crisp.WebsiteNew{Name: "x", Domain: "x.example"})
			return err
		}, 403, "restricted_route_tier"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.run()
			var failed *crisp.Error
			if !errors.As(err, &failed) || failed.Status != tc.status || failed.Reason != tc.reason || failed.Hint() == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// impatient waits less than a person would.
var impatient = crisp.WithRetry(crisp.RetryPolicy{MaxAttempts: 30, BaseDelay: time.Microsecond, MaxDelay: time.Microsecond})

// Every item arrives once although a third of the requests fail in one way or another.
func TestFaultsAgainstTheSandbox(t *testing.T) {
	client, server := startSandbox(t, sandbox.Config{Conversations: 200, Fail: map[int]float64{500: 0.15, 503: 0.1}, Cut: 0.1}, impatient)
	walks := 0
	var lists sync.WaitGroup
	for range 8 {
		walks++
		lists.Go(func() {
			seen := map[string]bool{}
			for conversation, err := range client.Conversations.List(t.Context(), inbox, nil) {
				if err != nil {
					t.Error(err)
					return
				}
				seen[conversation.SessionID] = true
			}
			if len(seen) < 100 {
				t.Errorf("%d conversations", len(seen))
			}
		})
	}
	lists.Wait()
	if server.Requests() <= walks*11 {
		t.Errorf("%d requests: nothing failed", server.Requests())
	}
}

// The sandbox says to come back in a minute, which this caller does not have.
func TestQuotaOfTheSandbox(t *testing.T) {
	client, server := startSandbox(t, sandbox.Config{Quota: 3})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	var err error
	pages := 0
	for _, err = range client.Pages(ctx, spec.ByID("website.conversations.list"), &crisp.Request{Path: map[string]string{"website_id": inbox}}) {
		if err != nil {
			break
		}
		pages++
	}
	var failed *crisp.Error
	if !errors.As(err, &failed) || failed.Status != 423 || failed.Reason != "quota_limit_exceeded" || failed.RetryAfter != time.Minute {
		t.Errorf("got %v", err)
	}
	if pages != 3 || server.Requests() != 4 {
		t.Errorf("%d pages, %d requests", pages, server.Requests())
	}
}

func TestCancelAgainstTheSandbox(t *testing.T) {
	client, server := startSandbox(t, sandbox.Config{Latency: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := client.Conversations.ListPage(ctx, inbox, 1, nil)
		done <- err
	}()
	for server.Requests() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
