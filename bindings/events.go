package bindings

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/eventtext"
)

// Events is where scripts hear of what happens at Crisp. Implementations are safe for use by many scripts at the same time.
type Events interface {
	// Listen iterates over the events with the given names, among which AllEvents stands for all. It listens until the loop ends. It
	// ends with an error, for example when the loop is too slow to take all events, and when ctx ends.
	//
	// The name EventConnected asks for a marker among the events: one as soon as it listens to all of the other names, and one whenever it
	// does so again after it did not. The payload of such a one has a member gap when events may be missing before it.
	//
	// The clients of package rtm are Events.
	Listen(ctx context.Context, names []string) iter.Seq2[crisp.Event, error]
}

// WebsiteEvents are Events that may be limited to a website at their source.
type WebsiteEvents interface {
	Events
	// ListenWebsite is Listen for the events of one website.
	ListenWebsite(ctx context.Context, websiteID string, names []string) iter.Seq2[crisp.Event, error]
}

// Names that Events.Listen takes beside those of Crisp's events.
const (
	AllEvents      = "*"
	EventConnected = "rtm:connected"
)

// eventSource is the Events of an instance.
type eventSource struct{ Events }

// WithEvents sets where crisp.events listens. Without it, or with nil, its calls fail.
func WithEvents(events Events) engine.InstanceOption { return engine.Provide(eventSource{events}) }

// eventsSubject is the permission to listen to events.
const eventsSubject = "events"

// eventPatience is how long a script waits for a connection to listen on.
const eventPatience = time.Minute

// eventsModule listens to the events of a website, or of that of the instance's connection when it is empty.
func eventsModule(website string) *engine.Module {
	where := engine.Param{Name: "options.where", Type: "string", Doc: `only those whose payload meets a condition: "from == 'user'"`}
	m := &engine.Module{Name: "events", Doc: "What happens at Crisp, at the moment it happens."}
	add := func(f engine.Function, run func(l *listening, ctx context.Context) (any, error)) {
		name := "crisp.events." + f.Name
		f.Permission = eventsSubject
		f.Bind = func(ctx context.Context, args []any) (*engine.Pending, error) {
			l, err := readListening(connectionOf(ctx, website), name, args, !f.Sync)
			if err != nil {
				return nil, err
			}
			source, _ := engine.Use[eventSource](ctx)
			if source.Events == nil {
				return nil, l.absent()
			}
			l.source = source.Events
			return &engine.Pending{Effect: engine.Read, Run: func(ctx context.Context) (any, error) { return run(l, ctx) }}, nil
		}
		m.Functions = append(m.Functions, f)
	}
	add(engine.Function{
		Name: "each", Sync: true, Result: "iterator of Event",
		Doc: "Listens to events from now on, one by one.\n\n" +
			"An event is its payload, with the event's name in the member event. The loop runs until it is left or the timeout has passed.",
		Params: []engine.Param{
			{Name: "events", Type: "string | string[]", Doc: `such as "message:send"; all when it is left out`},
			where,
			{Name: "options.timeout", Type: "string | number", Doc: `after which the loop ends: "90s", "15m", or milliseconds`},
		},
	}, (*listening).each)
	add(engine.Function{
		Name: "wait", Begins: true, Result: "Event | nil",
		Doc: "Waits for the next event.\n\n" +
			"Gives nothing when none came before the timeout. Without one it waits as long as the script may run. It hears what happens once it was " +
			"called: JavaScript can call it, do what causes the event, and then await its promise. In Lua, make a loop of crisp.events.each first.",
		Params: []engine.Param{
			{Name: "events", Type: "string | string[]", Required: true, Doc: `such as "message:send"`},
			where,
			{Name: "options.timeout", Type: "string | number", Doc: `"90s", "15m", or milliseconds`},
		},
	}, (*listening).wait)
	return m
}

// listening is what a call listens to.
type listening struct {
	call   string
	conn   Connection
	source Events
	names  []string
	// filters are the conditions by the names of events. That of "" is for events that have none of their own.
	filters map[string]*filter.Filter
	timeout time.Duration
}

// readListening reads the arguments of a call.
func readListening(conn Connection, call string, args []any, named bool) (*listening, error) {
	l, a := &listening{call: call, conn: conn}, newArguments(call, args)
	if options, ok := a.at(0).(map[string]any); ok && len(options) > 0 && len(args) == 1 {
		a.table(0)
	} else {
		l.names = a.eventNames(0)
		a.table(1)
	}
	if named && len(l.names) == 0 {
		a.fail("events", `takes the name of an event such as "message:send", not nothing`, "")
	}
	l.filters = a.optionWhere(l.names)
	l.timeout = a.optionDuration("timeout")
	return l, a.done()
}

// optionWhere compiles the condition for each event, since each has fields of its own.
func (a *arguments) optionWhere(names []string) map[string]*filter.Filter {
	text := a.optionText("where", "")
	if text == "" || a.err != nil {
		return nil
	}
	if len(names) == 0 {
		names = []string{""}
	}
	filters := map[string]*filter.Filter{}
	for _, name := range names {
		f, err := filter.Compile(text, spec.FindEvent(name))
		if wrong := (*filter.Error)(nil); errors.As(err, &wrong) {
			a.fail("where", fmt.Sprintf("is no condition (column %d): %s", wrong.Column, wrong.Problem), wrong.Hint)
		} else if err != nil {
			a.fail("where", "is no condition: "+err.Error(), "")
		}
		filters[name] = f
	}
	return filters
}

// eventNames are the names at a position: one, or several.
func (a *arguments) eventNames(i int) []string {
	var names []string
	switch v := a.at(i).(type) {
	case nil:
	case string:
		names = []string{v}
	case []any:
		for n, item := range v {
			name, ok := item.(string)
			if !ok {
				a.fail("events", fmt.Sprintf("takes names of events, not %s (item %d)", describe(item), n+1), "")
			}
			names = append(names, name)
		}
	default:
		a.fail("events", "takes the name of an event or a list of names, not "+describe(v), "")
	}
	if names != nil && len(names) == 0 {
		a.fail("events", "is a list without a name", "leave it out to listen to all events")
	}
	for _, name := range names {
		if a.err == nil && name != EventConnected && spec.FindEvent(name) == nil {
			hint := eventtext.Near(name)
			if strings.HasSuffix(name, "*") {
				hint = "list the events by name, or leave them out to listen to all events"
			}
			a.fail("events", fmt.Sprintf("names an unknown event: %q", name), hint)
		}
	}
	return names
}

// absent is the error of a host without events.
func (l *listening) absent() error {
	if l.conn.Client == nil {
		return l.conn.absent(l.call)
	}
	return &engine.HostError{
		Name: "CrispError", Call: l.call, Message: "this host does not listen to events",
		Hint: "the program that runs the script provides them with bindings.WithEvents",
	}
}
