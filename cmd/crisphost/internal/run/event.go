package run

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/fields"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/input"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/payload"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/scripts"
)

// eventOptions are the flags that name the event that a script runs for.
type eventOptions struct {
	event   string
	fields  []string
	example func(ctx context.Context, url, website string, event *spec.Event, list []fields.Field) ([]byte, error)
}

func (o *eventOptions) register(flags *pflag.FlagSet) {
	flags.StringVar(&o.event, "event", "",
		"run as @on does, for an example of this `event`, such as message:send, or for the one in a .json file as listen --json prints it")
	flags.StringArrayVarP(&o.fields, "field", "f", nil, "change a field of the example, as in -f content=Hello; repeatable (`name=value`)")
}

// maxEvent bounds the file of an event.
const maxEvent = 64 << 20

// find returns the event that the script of a header runs for, or nil when there is none. It fails when the script does not run for it.
// An example is fitted to the sandbox of the connection, if it has one.
func (o *eventOptions) find(ctx context.Context, conn *connect.Connection, script string, h scripts.Header) (*crisp.Event, error) {
	switch {
	case o.event == "" && len(o.fields) > 0:
		return nil, &usage.Error{Problem: "-f is for an event, and there is no --event", Hint: "write --event message:send, or another event of the script"}
	case o.event == "":
		return nil, nil
	case len(h.On) == 0:
		return nil, &usage.Error{Problem: "no event starts " + script, Hint: `name one in its header, such as "@on message:send"`}
	}
	event, err := o.read(ctx, conn, h)
	if err != nil {
		return nil, err
	}
	var conditions []string
	reacts := false
	for _, on := range h.On {
		if on.Event != event.Name {
			continue
		}
		reacts = true
		if on.Where == "" {
			return event, nil
		}
		f, err := filter.Compile(on.Where, spec.FindEvent(on.Event))
		if err != nil {
			return nil, err
		}
		is, err := f.Match(event.Data)
		if err != nil {
			return nil, err
		} else if is {
			return event, nil
		}
		conditions = append(conditions, strings.Join(strings.Fields(on.Where), " "))
	}
	if !reacts {
		return nil, &usage.Error{Problem: fmt.Sprintf("%s does not start %s", event.Name, script), Hint: "its header has @on " + onText(h)}
	}
	return nil, &usage.Error{
		Problem: fmt.Sprintf("the event does not meet the condition of %s: %s", script, strings.Join(conditions, "; nor ")),
		Hint:    `change the event: -f sets a field, as in -f content="Hello?"`,
	}
}

// onText lists the events of a header.
func onText(h scripts.Header) string {
	var names []string
	for _, on := range h.On {
		names = append(names, on.Event)
	}
	return strings.Join(names, ", @on ")
}

// read makes the event, or reads it from its file.
func (o *eventOptions) read(ctx context.Context, conn *connect.Connection, h scripts.Header) (*crisp.Event, error) {
	event := &crisp.Event{Name: o.event, Time: time.Now()}
	if strings.HasSuffix(o.event, ".json") {
		if len(o.fields) > 0 {
			return nil, &usage.Error{Problem: "-f changes an example, and --event names a file", Hint: "change the file, or name an event"}
		}
		return event, readEvent(ctx, o.event, h, event)
	}
	known, err := payload.FindEvent(o.event)
	if err != nil {
		return nil, err
	}
	list, err := fields.Parse(o.fields, nil)
	if err != nil {
		return nil, err
	}
	if conn.IsSandbox() && o.example != nil {
		event.Data, err = o.example(ctx, conn.Client.BaseURL(), conn.Credentials.WebsiteID, known, list)
	} else {
		event.Data, err = payload.Make(ctx, nil, known, list)
	}
	return event, err
}

// readEvent reads an event with its name, or the payload of the only event of a header.
func readEvent(ctx context.Context, file string, h scripts.Header, event *crisp.Event) error {
	text, err := input.ReadFile(ctx, file, maxEvent)
	if err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return &usage.Error{Problem: fmt.Sprintf("%s is not an event: %v", file, err), Hint: "write the JSON object of one event"}
	}
	if members["event"] != nil && members["data"] != nil {
		if err := unmarshalEvent(text, event); err != nil {
			return &usage.Error{Problem: fmt.Sprintf("%s is not an event: %v", file, err), Hint: "write one line of listen --json"}
		}
		return nil
	}
	if len(h.On) > 1 {
		return &usage.Error{
			Problem: file + " does not name its event, and the script has several",
			Hint:    fmt.Sprintf(`write {"event": %q, "data": ...}`, h.On[0].Event),
		}
	}
	event.Name, event.Data = h.On[0].Event, text
	return nil
}

// unmarshalEvent reads the body of a hook, whose time is in Unix milliseconds, or an event as Go writes it.
func unmarshalEvent(text []byte, event *crisp.Event) error {
	var body struct {
		*crisp.Event
		Timestamp json.RawMessage `json:"timestamp"`
	}
	body.Event = event
	if err := json.Unmarshal(text, &body); err != nil || body.Timestamp == nil {
		return err
	}
	var ms int64
	if json.Unmarshal(body.Timestamp, &ms) == nil {
		event.Time = time.UnixMilli(ms)
		return nil
	}
	return json.Unmarshal(body.Timestamp, &event.Time)
}

// variablesOf are the variables that tell a script about its event.
func variablesOf(event *crisp.Event) map[string]string {
	if event == nil {
		return nil
	}
	return map[string]string{
		scripts.EnvTrigger: "event", scripts.EnvEvent: event.Name,
		scripts.EnvEventTime: event.Time.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
	}
}
