// Package rtm listens to the events of Crisp's real-time messaging (RTM), which come over a socket a moment after
// something happened (https://docs.crisp.chat/references/rtm-api/v1/).
//
//	client, err := rtm.New(api, rtm.Options{})
//	...
//	defer client.Close()
//	for event, err := range client.Listen(ctx, []string{"message:send"}) {
//		...
//	}
//
// A [Client] has one connection, which all its listeners share, and keeps it up: it answers the service's heartbeat,
// and when the connection is lost or silent it waits, connects and authenticates again. Several clients in one process
// do not know each other.
//
// RTM repeats nothing. What happens while there is no connection is not heard, and the markers of [Connected] say when
// that was. For messages, [Options.CatchUp] reads over the REST API what was missed.
package rtm

import "encoding/json"

// Names that [Client.Listen] takes beside those of Crisp's events.
const (
	// All stands for all events.
	All = "*"
	// Connected is the name of a marker that the client itself puts among the events of those who ask for it: one when
	// the service has accepted the listener's names, and one after each later connection. Its Data is a
	// [ConnectedData].
	Connected = "rtm:connected"
)

// ConnectedData is the payload of [Connected]. Events before it came over an earlier connection.
type ConnectedData struct {
	// Connection counts the connections of the client, from 1.
	Connection int `json:"connection"`
	// Gap is nil unless events may have been missed since this listener began.
	Gap *Gap `json:"gap,omitempty"`
}

// Gap is a time in which events may have happened that nobody heard.
type Gap struct {
	// Since is when the last sign of life came over the connection before, and Until when this one was accepted, in
	// milliseconds since 1970 by the clock of this machine.
	Since int64 `json:"since"`
	Until int64 `json:"until"`
	// Reason is why the connection before ended, in one line for people.
	Reason string `json:"reason"`
	// CaughtUp is what [Options.CatchUp] found, or nil when it is off.
	CaughtUp *CaughtUp `json:"caught_up,omitempty"`
}

// CaughtUp is what reading the missed messages came to. They follow the marker, oldest first, and events that came
// while they were read follow them.
type CaughtUp struct {
	// Messages is the number of messages that were found, of which a listener gets those that it listens to.
	Messages int `json:"messages"`
	// Complete reports whether all were found. If not, Error is the reason in one line.
	Complete bool   `json:"complete"`
	Error    string `json:"error,omitempty"`
}

func (d ConnectedData) raw() json.RawMessage {
	data, err := json.Marshal(d)
	if err != nil {
		panic(err) // strings and numbers always have a JSON form
	}
	return data
}
