package events

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/payload"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/eventtext"
	"github.com/crisphost/crisphost/internal/uuid"
)

// world is what the payloads of examples are fitted to.
type world struct {
	website string
	// session is the conversation that events are about, and visitor its person.
	session, visitor string
	inbox            any
	// people is the profile of the visitor.
	people string
	// operator is somebody of the team.
	operator, operatorName string
	// sent and received are the newest messages of either side, or 0.
	sent, received int64
	now            func() time.Time
}

// payload returns the example of an event, as if it had just happened in the world.
func (w *world) payload(event *spec.Event) (map[string]any, error) {
	members, err := eventtext.Decode([]byte(event.Example))
	if err != nil {
		return nil, err
	}
	w.place(event, members)
	w.stamp(event.Payload, members)
	if event.Class == spec.ClassUnique {
		renew(event, members)
	}
	return members, nil
}

// place puts what exists into the payload.
func (w *world) place(event *spec.Event, members map[string]any) {
	set := func(name, value string) {
		if _, has := members[name]; has && value != "" {
			members[name] = value
		}
	}
	set("website_id", w.website)
	set("user_id", w.operator)
	if event.Class != spec.ClassUnique {
		set("people_id", w.people)
	}
	if event.Name != "session:removed" { // the session that is gone is none of those that are there
		set("session_id", w.session)
	}
	if members["inbox_id"] == nil && w.session != "" && event.Name != "session:set_inbox" {
		if _, has := members["inbox_id"]; has {
			members["inbox_id"] = w.inbox
		}
	}
	if resource, ok := members["resource"].(map[string]any); ok && resource["type"] == "website" {
		resource["id"] = w.website
	}
	switch event.Name {
	case "message:send":
		introduce(members, "user", w.session, w.visitor)
	case "message:received", "message:compose:receive":
		introduce(members, "user", w.operator, w.operatorName)
	case "session:set_opened", "session:set_closed":
		introduce(members, "operator", w.operator, w.operatorName)
	}
	w.point(event.Name, members)
}

// introduce puts a person into the payload, if there is one.
func introduce(members map[string]any, name, id, nickname string) {
	if id == "" {
		return
	}
	person := map[string]any{"user_id": id}
	if nickname != "" {
		person["nickname"] = nickname
	}
	members[name] = person
}

// point has an event about messages be about some that are there.
func (w *world) point(event string, members map[string]any) {
	fingerprint := w.received
	if event == "message:acknowledge:read:send" || event == "message:acknowledge:unread:send" {
		fingerprint = w.sent
	}
	number := json.Number(strconv.FormatInt(fingerprint, 10))
	if fingerprint == 0 || event == "message:send" || event == "message:received" {
		return
	}
	if _, has := members["fingerprint"]; has {
		members["fingerprint"] = number
	}
	if _, has := members["fingerprints"]; has {
		members["fingerprints"] = []any{number}
	}
}

// stamp sets each time to now.
func (w *world) stamp(schema *spec.Schema, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			of := payload.MemberSchema(schema, name)
			if of != nil && of.Format == spec.FormatTimestamp {
				value[name] = json.Number(strconv.FormatInt(w.now().UnixMilli(), 10))
				continue
			}
			w.stamp(of, inner)
		}
	case []any:
		for _, item := range value {
			w.stamp(payload.ItemSchema(schema), item)
		}
	}
}

// lasting are the members of an identity that name what stays the same from one event to the next.
var lasting = [...]string{"website_id", "session_id", "plugin_id", "resource.id", "identifier", "target", "timestamp"}

// renew gives an event whose identifier is used once another identifier than the example, so that two are not taken for one.
func renew(event *spec.Event, members map[string]any) {
	for _, path := range event.Identity {
		if slices.Contains(lasting[:], path) && (path != "session_id" || event.Name != "session:removed") {
			continue
		}
		object, name := members, path
		for {
			first, rest, nested := strings.Cut(name, ".")
			if !nested {
				break
			}
			inner, ok := object[first].(map[string]any)
			if !ok {
				return
			}
			object, name = inner, rest
		}
		object[name] = another(object[name])
	}
}

// another returns a value like the given one.
func another(value any) any {
	switch value := value.(type) {
	case json.Number:
		return json.Number(strconv.FormatInt(randomBelow(1e15), 10))
	case string:
		inside := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
		if inside.MatchString(value) {
			return inside.ReplaceAllStringFunc(value, func(string) string { return uuid.New() })
		}
		if _, err := strconv.Atoi(value); err == nil {
			return fmt.Sprintf("%0*d", len(value), randomBelow(1_000_000))
		}
		return value + "-" + uuid.New()[:8]
	}
	return value
}

func randomBelow(limit int64) int64 {
	n, err := rand.Int(rand.Reader, big.NewInt(limit))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return n.Int64()
}
