package spec

import "sort"

// Event is a kind of event that Crisp tells by its RTM socket, and mostly by web hooks too. Events are shared and must not be
// changed.
type Event struct {
	// Name is the event's name, for example "message:send".
	Name string
	// Summary is one line without a full stop.
	Summary string
	// Tiers are the token tiers that may receive the event.
	Tiers Tiers
	// Scope is what the token of a plugin in production needs, for example "website:conversation:messages:read". It is empty
	// where the reference names none.
	Scope string
	// Hook reports whether the event is posted to web hooks too.
	Hook bool
	// Class tells how two deliveries of one event are known from two events.
	Class EventClass
	// Identity are the members of the payload, as dotted paths, that are equal in two deliveries of one event. A list counts as
	// a whole. For events of ClassUnique and ClassTimed they differ in any two events.
	Identity []string
	// Payload is the shape of the payload: an object. Payloads that arrive are not checked; they may have further members.
	Payload *Schema
	// Example is the JSON text of a payload that fits.
	Example string
}

// EventClass tells how two deliveries of one event are known from two events.
type EventClass uint8

// The classes of events.
const (
	// ClassNone events have nothing but the conversation in their payload.
	ClassNone EventClass = iota
	// ClassUnique events carry an identifier that is used once.
	ClassUnique
	// ClassTimed events carry the time at which they happened, in milliseconds.
	ClassTimed
	// ClassState events carry a new state, to which the same thing may return later.
	ClassState
)

// String returns the word for the class in the description: "none", "unique", "timed" or "state".
func (c EventClass) String() string { return [...]string{"none", "unique", "timed", "state"}[c] }

// Events returns every event in the order of names. The slice is shared and must not be changed.
func Events() []*Event { return events[:len(events):len(events)] }

// FindEvent returns the event of a name such as "message:send", or nil.
func FindEvent(name string) *Event {
	i := sort.Search(len(events), func(i int) bool { return events[i].Name >= name })
	if i < len(events) && events[i].Name == name {
		return events[i]
	}
	return nil
}
