package rtm

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

const (
	messageSend     = "message:send"     // by a visitor
	messageReceived = "message:received" // by an operator or a bot

	// overlap is how far before the gap messages are read: they may be stored a little after their time.
	overlap = time.Minute
	// tolerance is how well the service's clock is known: its Date header has whole seconds.
	tolerance = 2 * time.Second
	// catchUpTimeout bounds the reading, and with it how long events are held back.
	catchUpTimeout = 2 * time.Minute
	// maxConversations and maxMessages bound what is read.
	maxConversations = 1000
	maxMessages      = 10_000
)

// backlog is what was missed, and what came since, until it is delivered in this order. It outlives connections that
// are lost while messages are read.
type backlog struct {
	missed []crisp.Event // oldest first
	events []crisp.Event
	bytes  int64
	stop   context.CancelCauseFunc // ends the reading
}

var (
	errStorm = errors.New("too many events came while messages were read")
	errLong  = errors.New("reading the messages took too long")
)

// add keeps an event that has come.
func (b *backlog) add(event *crisp.Event, opts *Options) {
	b.events = append(b.events, *event)
	b.bytes += sizeOf(event)
	if len(b.events) >= opts.MaxEvents/2 || b.bytes >= opts.MaxBytes/2 {
		b.stop(errStorm)
	}
}

// catchUp has what comes wait until the missed messages were read. It needs the client's mutex.
func (s *session) catchUp() {
	c := s.c
	if c.backlog == nil {
		c.backlog = &backlog{}
	}
	ctx, cancel := context.WithTimeoutCause(s.ctx, catchUpTimeout, errLong)
	ctx, c.backlog.stop = context.WithCancelCause(ctx)
	from := c.gap.since.Add(c.skew - overlap)
	s.parts.Go(func() {
		defer cancel()
		found, err := c.missed(ctx, from)
		if err != nil && context.Cause(ctx) != nil {
			err = context.Cause(ctx)
		}
		s.release(found, err)
	})
}

// release delivers the backlog behind the marker, unless the next connection has to read on.
func (s *session) release(found []crisp.Event, err error) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	c.backlog.take(found)
	if err != nil && s.ctx.Err() != nil && !errors.Is(err, errStorm) {
		return
	}
	missed := slices.DeleteFunc(c.backlog.missed, c.recent.has)
	s.gap.CaughtUp = &CaughtUp{Messages: len(missed), Complete: err == nil}
	if err != nil {
		s.gap.CaughtUp.Error = c.plain(err.Error())
		c.opts.Logger.LogAttrs(s.ctx, slog.LevelWarn, "catching up is incomplete", slog.Int("messages", len(missed)),
			slog.String("error", s.gap.CaughtUp.Error))
	}
	b := c.backlog
	c.backlog = nil
	c.greet()
	c.deliverAll(missed, b.events)
}

// take adds messages that were read. Those of a connection before may be among them.
func (b *backlog) take(found []crisp.Event) {
	known := newRecent()
	for i := range found {
		known.note(found[i])
	}
	b.missed = append(slices.DeleteFunc(b.missed, known.has), found...)
	slices.SortStableFunc(b.missed, func(a, b crisp.Event) int { return a.Time.Compare(b.Time) })
}

// deliverAll delivers a backlog. It needs the mutex.
func (c *Client) deliverAll(missed, events []crisp.Event) {
	c.caught = newRecent()
	for _, event := range missed {
		c.caught.note(event)
		c.recent.note(event)
		for _, l := range c.listeners {
			// Its time is by the service's clock.
			if l.hears(event.Name) && !event.Time.Before(l.since.Add(c.skew-tolerance)) {
				l.push(&event)
			}
		}
	}
	for _, event := range events {
		c.deliver(&event)
	}
}

// missed reads the messages since a time by the service's clock. With an error, it returns what it found before.
func (c *Client) missed(ctx context.Context, since time.Time) (found []crisp.Event, err error) {
	for _, website := range c.opts.Websites {
		sessions, listing := c.changed(ctx, website, since)
		for _, session := range sessions {
			if found, err = c.messages(ctx, website, session, since, found); err != nil {
				return found, err
			}
		}
		if listing != nil {
			return found, listing
		}
	}
	return found, nil
}

// changed lists the conversations that changed since a time. One that changes meanwhile moves to the front, so none is
// left out.
func (c *Client) changed(ctx context.Context, website string, since time.Time) (sessions []string, err error) {
	op := spec.ByID("website.conversations.list")
	req := &crisp.Request{
		Path: map[string]string{"website_id": website},
		Query: url.Values{
			"per_page": {"50"}, "order_date_updated": {"1"}, "filter_date_start": {since.UTC().Format(time.RFC3339Nano)},
		},
	}
	seen := map[string]bool{}
	for page, err := range c.api.Pages(ctx, op, req) {
		if err != nil {
			return sessions, err
		}
		var list []struct {
			SessionID string `json:"session_id"`
			UpdatedAt int64  `json:"updated_at"`
		}
		if err := json.Unmarshal(page.Data, &list, lenient()); err != nil {
			return sessions, fmt.Errorf("the list of conversations: %w", err)
		}
		fresh := false
		for _, one := range list {
			if one.UpdatedAt < since.UnixMilli() {
				continue // the service did not filter
			}
			fresh = true
			if !seen[one.SessionID] {
				seen[one.SessionID] = true
				sessions = append(sessions, one.SessionID)
			}
		}
		if !fresh {
			break
		}
		if len(sessions) > maxConversations {
			return sessions[:maxConversations], fmt.Errorf("more than %d conversations changed", maxConversations)
		}
	}
	return sessions, nil
}

// messages appends the messages of a conversation since a time as events.
func (c *Client) messages(ctx context.Context, website, session string, since time.Time, found []crisp.Event) (
	[]crisp.Event, error,
) {
	op := spec.ByID("website.conversation.messages.list")
	req := &crisp.Request{Path: map[string]string{"website_id": website, "session_id": session}}
	known := newRecent() // of this conversation
	for after := since.UnixMilli() - 1; ; {
		req.Query = url.Values{"timestamp_after": {strconv.FormatInt(after, 10)}}
		batch, err := c.api.Do(ctx, op, req)
		if err != nil {
			return found, err
		}
		var list []jsontext.Value
		if err := json.Unmarshal(batch.Data, &list, lenient()); err != nil {
			return found, fmt.Errorf("the messages of %s: %w", session, err)
		}
		newest := after
		for _, data := range list {
			var m message
			if err := json.Unmarshal(data, &m, lenient()); err != nil {
				return found, fmt.Errorf("a message of %s: %w", session, err)
			}
			event := crisp.Event{
				Name: messageReceived, WebsiteID: website, Data: bytes.Clone(data), Time: time.UnixMilli(m.Timestamp),
			}
			if m.From == "user" {
				event.Name = messageSend
			}
			newest = max(newest, m.Timestamp)
			if m.Timestamp < since.UnixMilli() || known.has(event) {
				continue
			}
			known.note(event)
			found = append(found, event)
			if len(found) >= min(maxMessages, c.opts.MaxEvents/2) {
				return found, fmt.Errorf("more than %d messages were missed", len(found))
			}
		}
		if !batch.More() || len(list) == 0 {
			return found, nil
		}
		// The next batch begins with the time that this one ends with: there may be more messages of that time.
		if newest-1 <= after {
			return found, fmt.Errorf("the messages of %s after %d have no end", session, after)
		}
		after = newest - 1
	}
}

// message is what tells a message from others, and where it belongs.
type message struct {
	SessionID   string `json:"session_id"`
	Fingerprint int64  `json:"fingerprint"`
	From        string `json:"from"`
	Timestamp   int64  `json:"timestamp"`
}

func lenient() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// recentMessages is how many messages are remembered.
const recentMessages = 16_384

// recent remembers the messages that were delivered last, as hashes of what tells them apart.
type recent struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
	order  []uint64 // a ring
	oldest int
}

func newRecent() *recent { return &recent{seed: maphash.MakeSeed(), hashes: map[uint64]struct{}{}} }

func (r *recent) hash(event crisp.Event) (sum uint64, ok bool) {
	if event.Name != messageSend && event.Name != messageReceived {
		return 0, false
	}
	var m message
	if json.Unmarshal(event.Data, &m, lenient()) != nil || m.SessionID == "" || m.Fingerprint == 0 {
		return 0, false
	}
	return maphash.String(r.seed, string(binary.BigEndian.AppendUint64([]byte(m.SessionID), uint64(m.Fingerprint)))), true
}

func (r *recent) note(event crisp.Event) {
	if r == nil {
		return
	}
	sum, ok := r.hash(event)
	if _, known := r.hashes[sum]; !ok || known {
		return
	}
	r.hashes[sum] = struct{}{}
	if len(r.order) < recentMessages {
		r.order = append(r.order, sum)
		return
	}
	delete(r.hashes, r.order[r.oldest])
	r.order[r.oldest] = sum
	r.oldest = (r.oldest + 1) % recentMessages
}

func (r *recent) has(event crisp.Event) bool {
	sum, ok := r.hash(event)
	_, known := r.hashes[sum]
	return ok && known
}
