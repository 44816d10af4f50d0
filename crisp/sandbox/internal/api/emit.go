package api

import (
	stdjson "encoding/json"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// Event is what an operation has caused, for those who listen to the website.
type Event struct {
	WebsiteID string
	Name      string
	Data      stdjson.RawMessage
	// Later events come after the answer to the request: they are the outcome of an asynchronous operation.
	Later bool
}

// EmitSite keeps an event of the website until the operation has succeeded. Members are the names and values that
// follow website_id, in turn; those whose value is an untyped nil are left out. They are encoded at once, so that they
// may share memory with the state. Nothing is done when nobody listens.
func (req *Request) EmitSite(event string, members ...any) {
	if req.Listened {
		req.keep(event, object([]any{"website_id", req.Site.WebsiteID}, members), false)
	}
}

// EmitSession emits an event of a conversation. Members follow website_id, session_id and inbox_id, as in EmitSite.
func (req *Request) EmitSession(c *wire.Conversation, event string, members ...any) {
	if req.Listened {
		req.keep(event, sessionObject(c, members), false)
	}
}

// EmitSessionLater is EmitSession for the outcome of an asynchronous operation.
func (req *Request) EmitSessionLater(c *wire.Conversation, event string, members ...any) {
	if req.Listened {
		req.keep(event, sessionObject(c, members), true)
	}
}

// EmitLater emits the outcome of an asynchronous operation with no other members than these.
func (req *Request) EmitLater(event string, members ...any) {
	if req.Listened {
		req.keep(event, object(nil, members), true)
	}
}

func (req *Request) keep(event string, data jsontext.Value, later bool) {
	// Events of routes without a website go to the one that the tokens are bound to.
	site := req.Site
	if site == nil {
		if site = req.Sites.First(); site == nil {
			return
		}
	}
	req.Events = append(req.Events, Event{
		WebsiteID: site.WebsiteID, Name: event, Data: stdjson.RawMessage(data), Later: later,
	})
}

func sessionObject(c *wire.Conversation, members []any) jsontext.Value {
	return object([]any{"website_id", c.WebsiteID, "session_id", c.SessionID, "inbox_id", c.InboxID}, members)
}

// object encodes names and values, which take turns in both lists.
func object(head, members []any) jsontext.Value {
	text := jsontext.Value{'{'}
	for _, list := range [...][]any{head, members} {
		for i := 0; i+1 < len(list); i += 2 {
			if list[i+1] == nil {
				continue
			}
			if len(text) > 1 {
				text = append(text, ',')
			}
			text = append(text, wire.Encode(list[i])...)
			text = append(text, ':')
			text = append(text, wire.Encode(list[i+1])...)
		}
	}
	return append(text, '}')
}
