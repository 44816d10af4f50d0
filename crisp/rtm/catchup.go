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

// held is what came while missed messages were read.
type held struct {
	events []crisp.Event
	bytes  int64
	stop   context.CancelCauseFunc // ends the reading
}

func (h *held) add(event *crisp.Event, opts *Options) {
	h.events = append(h.events, *event)
	h.bytes += sizeOf(event)
	if len(h.events) >= opts.MaxEvents/2 || h.bytes >= opts.MaxBytes/2 {
		h.stop(errors.New("too many events came while messages were read"))
	}
}

// holdBack has the events of the connection wait until the missed messages were read. It needs the client's mutex.
func (s *session) holdBack(since time.Time) {
	ctx, cancel := context.WithTimeout(s.ctx, catchUpTimeout)
	ctx, stop := context.WithCancelCause(ctx)
	s.unread, s.held = since, &held{stop: stop}
	from := since.Add(s.c.skew - overlap)
	s.parts.Go(func() {
		defer cancel()
		defer stop(nil)
		found, err := s.c.missed(ctx, from)
		if err != nil && context.Cause(ctx) != nil {
			err = context.Cause(ctx)
		}
		s.release(found, err)
	})
}

// release delivers the missed messages behind the marker, and then what was held back.
func (s *session) release(found []crisp.Event, err error) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	found = slices.DeleteFunc(found, func(event crisp.Event) bool { return c.recent.has(&event) })
	s.gap.CaughtUp = &CaughtUp{Messages: len(found), Complete: err == nil}
	if err != nil {
		s.gap.CaughtUp.Error = c.plain(err.Error())
		c.opts.Logger.LogAttrs(s.ctx, slog.LevelWarn, "catching up is incomplete", slog.Int("messages", len(found)),
			slog.String("error", s.gap.CaughtUp.Error))
	}
	if err == nil || s.ctx.Err() == nil {
		s.unread = time.Time{} // what was not found now will not be found later
	}
	events := s.held.events
	s.held = nil
	c.greet()
	for i := range found {
		event := &found[i]
		c.recent.note(event)
		for _, l := range c.listeners {
			if l.hears(event.Name) && !event.Time.Before(l.since.Add(c.skew-tolerance)) {
				l.push(event)
			}
		}
	}
	caught := newRecent()
	for i := range found {
		caught.note(&found[i])
	}
	for i := range events {
		if !caught.has(&events[i]) {
			c.deliver(&events[i])
		}
	}
}

// missed reads the messages since a time by the service's clock, oldest first. With an error, it returns what it found
// before.
func (c *Client) missed(ctx context.Context, since time.Time) (found []crisp.Event, err error) {
	defer func() {
		slices.SortStableFunc(found, func(a, b crisp.Event) int { return a.Time.Compare(b.Time) })
	}()
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
	req := &crisp.Request{
		Path:  map[string]string{"website_id": website, "session_id": session},
		Query: url.Values{"timestamp_after": {strconv.FormatInt(since.UnixMilli()-1, 10)}},
	}
	for page, err := range c.api.Pages(ctx, op, req) {
		if err != nil {
			return found, err
		}
		var list []jsontext.Value
		if err := json.Unmarshal(page.Data, &list, lenient()); err != nil {
			return found, fmt.Errorf("the messages of %s: %w", session, err)
		}
		for _, data := range list {
			var m message
			if err := json.Unmarshal(data, &m, lenient()); err != nil {
				return found, fmt.Errorf("a message of %s: %w", session, err)
			}
			if m.Timestamp < since.UnixMilli() {
				continue
			}
			name := messageReceived
			if m.From == "user" {
				name = messageSend
			}
			found = append(found, crisp.Event{
				Name: name, WebsiteID: website, Data: bytes.Clone(data), Time: time.UnixMilli(m.Timestamp),
			})
			if len(found) >= min(maxMessages, c.opts.MaxEvents/2) {
				return found, fmt.Errorf("more than %d messages were missed", len(found))
			}
		}
	}
	return found, nil
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

func (r *recent) hash(event *crisp.Event) (sum uint64, ok bool) {
	if event.Name != messageSend && event.Name != messageReceived {
		return 0, false
	}
	var m message
	if json.Unmarshal(event.Data, &m, lenient()) != nil || m.SessionID == "" || m.Fingerprint == 0 {
		return 0, false
	}
	return maphash.String(r.seed, string(binary.BigEndian.AppendUint64([]byte(m.SessionID), uint64(m.Fingerprint)))), true
}

func (r *recent) note(event *crisp.Event) {
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

func (r *recent) has(event *crisp.Event) bool {
	sum, ok := r.hash(event)
	_, known := r.hashes[sum]
	return ok && known
}
