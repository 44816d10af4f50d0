package rtm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/internal/socketio"
)

// authenticate sends the credentials with the names to listen to.
func (s *session) authenticate() error {
	identifier, key := s.c.api.Credentials()
	return s.emit(socketio.EventAuthentication, struct {
		Tier     string   `json:"tier"`
		Username string   `json:"username"`
		Password string   `json:"password"`
		Events   []string `json:"events"`
		// Guess: that rooms are the ids of websites is known from a program of others alone. What comes from other
		// websites is left out here as well.
		Rooms []string `json:"rooms,omitempty"`
	}{s.c.api.Tier().String(), identifier, key, s.bound, s.c.opts.Websites})
}

func (s *session) emit(name string, payload any) error {
	data, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	return s.write(socketio.NewEvent(name, data).Frame())
}

// event handles an event, of Crisp or of the handshake.
func (s *session) event(p socketio.Packet) error {
	name, args, err := p.Args()
	if err != nil {
		return unusable("%w", err)
	}
	var payload json.RawMessage
	if len(args) > 0 { // servers may append what is of no use here
		payload = args[0]
	}
	switch name {
	case socketio.EventUnauthorized:
		return s.unauthorized(messageOf(payload))
	case socketio.EventAuthenticated:
		if string(payload) == "false" {
			return s.unauthorized("authentication has failed")
		}
		if s.accepted.IsZero() {
			s.accept()
		}
		return nil
	}
	if !s.c.heard(name) {
		return nil
	}
	event := crisp.Event{Name: name, Data: bytes.Clone(payload), WebsiteID: websiteOf(payload), Time: s.heard}
	if event.Data == nil {
		event.Data = json.RawMessage("null")
	}
	if sites := s.c.opts.Websites; event.WebsiteID != "" && len(sites) > 0 && !slices.Contains(sites, event.WebsiteID) {
		return nil
	}
	if s.accepted.IsZero() {
		// The service may be quicker with events than with its answer. They are not to overtake what was missed.
		if s.early = append(s.early, event); len(s.early) > s.c.opts.MaxEvents {
			return unusable("more than %d events before the credentials were accepted", s.c.opts.MaxEvents)
		}
		return nil
	}
	s.c.dispatch(&event)
	return nil
}

func (s *session) unauthorized(message string) error {
	return fmt.Errorf("%w: %s; check the identifier, the key and the tier (%s) with `crisphost status`",
		ErrUnauthorized, s.c.plain(message), s.c.api.Tier())
}

// accept makes the connection that of the client.
func (s *session) accept() {
	c := s.c
	s.handshake.Stop()
	s.watchdog = time.AfterFunc(s.silence, func() { s.cancel(fmt.Errorf("%w for %s", errSilent, s.silence)) })
	c.connections = s.number
	c.opts.Logger.LogAttrs(s.ctx, slog.LevelInfo, "connected", slog.Int("connection", s.number),
		slog.Int("events", len(s.bound)))

	c.mu.Lock()
	defer c.mu.Unlock()
	s.accepted = time.Now()
	c.session = s
	c.resume = time.Time{}
	if c.gap != nil {
		s.gap = &Gap{Since: c.gap.since.UnixMilli(), Until: s.accepted.UnixMilli(), Reason: c.gap.reason}
		if c.opts.CatchUp && c.hears(messageSend, messageReceived) {
			s.catchUp()
		}
	}
	s.parts.Go(s.bindLoop)
	c.greet()
	c.rebind() // for listeners that came in the meantime
	for i := range s.early {
		c.handOut(&s.early[i])
	}
	s.early = nil
}

// lose takes down that an accepted connection ended.
func (c *Client) lose(s *session, reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = nil
	if c.backlog == nil { // else the gap before is still open
		c.gap = &gap{since: s.heard, reason: c.plain(reason.Error())}
	}
}

// names returns the names that the listeners need.
func (c *Client) names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wanted()
}

// binds tells the service of other names until the connection ends.
func (s *session) bindLoop() {
	var last time.Time
	for {
		select {
		case <-s.rebind:
		case <-s.ctx.Done():
			return
		}
		select {
		case <-time.After(time.Until(last.Add(s.c.opts.BindInterval))):
		case <-s.ctx.Done():
			return
		}
		names := s.c.names()
		if slices.Equal(names, s.bound) { // nobody else writes it
			continue
		}
		if err := s.emit(socketio.EventBind, map[string]any{"events": names}); err != nil {
			s.cancel(err)
			return
		}
		last = time.Now()
		s.c.opts.Logger.LogAttrs(s.ctx, slog.LevelDebug, "names changed", slog.Int("events", len(names)))
		s.c.mu.Lock()
		s.bound = names
		s.c.greet()
		s.c.mu.Unlock()
	}
}

// covers reports whether the service was given all names of a listener. It needs the client's mutex.
func (s *session) covers(l *listener) bool {
	names := l.names
	if l.all {
		names = known(s.c.api.Tier())
	}
	for _, name := range names {
		if _, found := slices.BinarySearch(s.bound, name); !found {
			return false
		}
	}
	return true
}

// messageOf returns the text of a refusal: {"message": "..."}, a string, or anything else as it is.
func messageOf(data json.RawMessage) string {
	var form struct {
		Message string `json:"message"`
	}
	var text string
	switch {
	case json.Unmarshal(data, &form) == nil && form.Message != "":
		return form.Message
	case json.Unmarshal(data, &text) == nil && text != "":
		return text
	case len(data) == 0:
		return "no reason given"
	}
	return string(data)
}

// websiteOf returns the website that a payload names: in website_id, or in resource for what happens in a bucket.
func websiteOf(payload json.RawMessage) string {
	var website, kind, id string
	_ = members(payload, func(name string, value jsontext.Value) error {
		switch name {
		case "website_id":
			if website = text(value); website != "" {
				return errFound
			}
		case "resource":
			return members(json.RawMessage(value), func(name string, value jsontext.Value) error {
				switch name {
				case "type":
					kind = text(value)
				case "id":
					id = text(value)
				}
				return nil
			})
		}
		return nil
	})
	if website == "" && kind == "website" {
		return id
	}
	return website
}

var errFound = errors.New("found")

// members calls f for the members of an object until f fails.
func members(object json.RawMessage, f func(name string, value jsontext.Value) error) error {
	if jsontext.Value(object).Kind() != '{' {
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(object), lenient())
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := f(name, value); err != nil {
			return err
		}
	}
	return nil
}

func text(value jsontext.Value) string {
	var s string
	_ = json.Unmarshal(value, &s) // anything but a string is none
	return s
}
