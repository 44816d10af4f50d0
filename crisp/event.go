package crisp

import (
	"encoding/json"
	"time"
)

// Event is something that happened at Crisp, as its RTM socket (package rtm) or one of its web hooks (package hooks) tells it. The
// known events are spec.Events.
type Event struct {
	// Name is the event's name, such as "message:send". Names that spec does not know are delivered too.
	Name string `json:"event"`
	// WebsiteID is the website that it happened on, or empty where the payload names none.
	WebsiteID string `json:"website_id"`
	// Data is the payload as it was received: a JSON object.
	Data json.RawMessage `json:"data"`
	// Time is when Crisp says that it happened, for hooks, or else when it was received.
	Time time.Time `json:"timestamp"`
}
