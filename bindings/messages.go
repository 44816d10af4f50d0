package bindings

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/crisphost/crisphost/engine"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// message is a message with its time, by which batches are put in order: the service does not promise one.
type message struct {
	timestamp int64
	raw       []byte
}

// joinMessages answers the messages of all batches as a conversation reads, the oldest first.
func joinMessages(batches [][]byte, in *input) (any, error) {
	var all []message
	for _, batch := range batches {
		messages, err := readMessages(batch)
		if err != nil {
			return nil, err
		}
		all = append(all, messages...)
	}
	return engine.JSON(joinItems(rawMessages(chronological(all, in)))), nil
}

// walkMessages answers the messages of a batch in the order in which batches follow each other: back in time, unless the
// options say after or around.
func walkMessages(batch []byte, in *input) ([][]byte, error) {
	messages, err := readMessages(batch)
	if err != nil {
		return nil, err
	}
	messages = chronological(messages, in)
	if !in.request.Query.Has("timestamp_after") && !in.request.Query.Has("timestamp_around") {
		slices.Reverse(messages)
	}
	return rawMessages(messages), nil
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

func readMessages(batch []byte) ([]message, error) {
	items := splitItems(batch)
	messages := make([]message, len(items))
	for i, item := range items {
		var m struct {
			Timestamp int64 `json:"timestamp"`
		}
		// As lenient as the client is.
		if err := json.Unmarshal(item, &m, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
			return nil, fmt.Errorf("a message in the answer cannot be read: %w", err)
		}
		messages[i] = message{timestamp: m.Timestamp, raw: item}
	}
	return messages, nil
}

func rawMessages(messages []message) [][]byte {
	raw := make([][]byte, len(messages))
	for i, m := range messages {
		raw[i] = m.raw
	}
	return raw
}
