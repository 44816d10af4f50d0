package bindings

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/crisphost/crisphost/internal/tape"
)

// message is a message with its time, by which batches are put in order: the service does not promise one.
type message struct {
	timestamp int64
	part      tape.Part
}

// joinMessages answers the messages of all batches as a conversation reads, the oldest first.
func joinMessages(batches []*tape.Document, in *input) (any, error) {
	messages, err := readMessages(itemsOf(batches))
	if err != nil {
		return nil, err
	}
	return tape.NewArray(partsOf(chronological(messages, in)))
}

// walkMessages puts the messages of a batch in the order in which batches follow each other: back in time, unless the
// options say after or around.
func walkMessages(batch []tape.Part, in *input) ([]tape.Part, error) {
	messages, err := readMessages(batch)
	if err != nil {
		return nil, err
	}
	messages = chronological(messages, in)
	if !in.request.Query.Has("timestamp_after") && !in.request.Query.Has("timestamp_around") {
		slices.Reverse(messages)
	}
	return partsOf(messages), nil
}

// chronological puts messages in order, and keeps those that the limit allows: the newest, with after the oldest, with
// around the nearest.
func chronological(messages []message, in *input) []message {
	byTime := func(a, b message) int { return cmp.Compare(a.timestamp, b.timestamp) }
	slices.SortStableFunc(messages, byTime)
	if in.limit == 0 || len(messages) <= in.limit {
		return messages
	}
	switch query := in.request.Query; {
	case query.Has("timestamp_around"):
		around, _ := strconv.ParseInt(query.Get("timestamp_around"), 10, 64) // the binding wrote it
		far := func(m message) int64 { return max(m.timestamp-around, around-m.timestamp) }
		slices.SortStableFunc(messages, func(a, b message) int { return cmp.Compare(far(a), far(b)) })
		messages = messages[:in.limit]
		slices.SortStableFunc(messages, byTime)
		return messages
	case query.Has("timestamp_after"):
		return messages[:in.limit]
	default:
		return messages[len(messages)-in.limit:]
	}
}

func readMessages(parts []tape.Part) ([]message, error) {
	messages := make([]message, len(parts))
	for i, part := range parts {
		timestamp, err := timestampOf(part)
		if err != nil {
			return nil, fmt.Errorf("a message in the answer cannot be read: %w", err)
		}
		messages[i] = message{timestamp, part}
	}
	return messages, nil
}

// timestampOf is a message's time, or 0 when it has none.
func timestampOf(part tape.Part) (int64, error) {
	doc := part.Document
	if doc.Kind(part.At) != tape.Object {
		return 0, fmt.Errorf("it is of type %s", doc.Kind(part.At))
	}
	at, given := doc.Member(part.At, "timestamp")
	if !given || doc.Kind(at) == tape.Null {
		return 0, nil
	}
	timestamp, ok := doc.Int(at)
	if !ok {
		return 0, fmt.Errorf("its timestamp is %.40s", doc.Raw(at))
	}
	return timestamp, nil
}

func partsOf(messages []message) []tape.Part {
	parts := make([]tape.Part, len(messages))
	for i, m := range messages {
		parts[i] = m.part
	}
	return parts
}
