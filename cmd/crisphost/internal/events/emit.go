package events

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/fields"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/payload"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/editor"
	"github.com/crisphost/crisphost/internal/eventtext"
)

// EmitOptions are what `crisphost emit` takes.
type EmitOptions struct {
	io  *streams.IO
	env settings.Env

	event        *spec.Event
	plain, typed []string
	fields       []fields.Field
	website      string
	edit, json   bool
	times        int
}

// maxTimes keeps a slip of the keyboard from filling the sandbox.
const maxTimes = 1_000_000

// NewCmdEmit returns the command emit. A run that is not nil takes the place of what the command does, for tests.
func NewCmdEmit(f *cmdutil.Factory, run func(context.Context, *EmitOptions) error) *cobra.Command {
	if run == nil {
		run = emit
	}
	o := &EmitOptions{io: f.IO, env: f.Env}
	cmd := &cobra.Command{
		Use:   "emit EVENT",
		Short: "Make an event happen in a running sandbox",
		Long: `Makes an event happen in the newest sandbox that runs on this machine: that of serve, repl or run with --sandbox, or of
crisphost sandbox. With $CRISP_API_URL set to an address of this machine, it is the sandbox there.

Each event has an example. It is fitted to the sandbox: a conversation, an operator and messages that are there, the time of now, and
new identifiers. -f changes members of it and takes what the member takes, -F takes numbers, true, false, null and @FILE. Dots and
brackets name nested members: user.nickname=Ada, segments[]=vip. --edit opens the payload in $EDITOR.

message:send and message:received add their message to the conversation. All other events change nothing: a script that looks finds
what was there before.`,
		Example: `  crisphost emit message:send -f content="Hello?"
  crisphost emit session:set_state -f state=resolved -f session_id=session_...
  crisphost emit message:send --times 1000`,
		Args:              usage.Between(1, 1, "the name of an event"),
		ValidArgsFunction: completeEmit,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.event, err = payload.FindEvent(args[0]); err != nil {
				return err
			}
			if o.times < 1 || o.times > maxTimes {
				return &usage.Error{Problem: fmt.Sprintf("--times %d is out of range", o.times), Hint: fmt.Sprintf("it is a number from 1 to %d", maxTimes)}
			}
			if o.fields, err = fields.Parse(o.plain, o.typed); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.plain, "field", "f", nil, "payload member `name=value`; repeatable")
	flags.StringArrayVarP(&o.typed, "typed-field", "F", nil, "payload member `name=value` with a number, true, false, null or @FILE; repeatable")
	flags.StringVar(&o.website, "website", "", "website `id` (default the sandbox's first)")
	flags.BoolVar(&o.edit, "edit", false, "edit the payload in $EDITOR first")
	flags.IntVar(&o.times, "times", 1, "how many events to make, each with a time and identifiers of its own")
	flags.BoolVar(&o.json, "json", false, "print the payloads as lines of JSON")
	complete := func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return completeField(args)
	}
	_ = cmd.RegisterFlagCompletionFunc("field", complete)
	_ = cmd.RegisterFlagCompletionFunc("typed-field", complete)
	return cmd
}

func completeEmit(cmd *cobra.Command, args []string, part string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return completeEvents(cmd, args, part)
}

// completeField completes the members of an event.
func completeField(args []string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 || spec.FindEvent(args[0]) == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, field := range spec.FindEvent(args[0]).Payload.Fields {
		names = append(names, field.Name+"=\t"+field.Doc)
	}
	return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func emit(ctx context.Context, o *EmitOptions) error {
	changes, err := payload.Changes(ctx, o.io.In, o.event, o.fields)
	if err != nil {
		return err
	}
	found, err := findSandbox(o.env)
	if err != nil {
		return err
	}
	if found == nil {
		return &usage.Error{
			Problem: "no sandbox is running",
			Hint:    "start one in another terminal: crisphost serve --sandbox scripts, crisphost repl --sandbox or crisphost sandbox",
		}
	}
	t, err := newTarget(found, o.website)
	if err != nil {
		return err
	}
	session, _ := changes["session_id"].(string)
	w, err := t.look(ctx, session, o.event)
	if failed := (*crisp.Error)(nil); errors.As(err, &failed) && failed.Reason == crisp.ReasonNoResponse {
		return t.unreachable(err)
	}
	if err != nil {
		return err
	}
	var removed []string
	if o.edit {
		if changes, removed, err = o.editPayload(ctx, w, changes); err != nil {
			return err
		}
	}
	for range o.times {
		data, err := o.makePayload(w, changes, removed)
		if err != nil {
			return err
		}
		if err := t.emit(ctx, o.event.Name, data); err != nil {
			return err
		}
		if err := o.print(data); err != nil {
			return err
		}
	}
	return nil
}

// makePayload makes the payload of one event.
func (o *EmitOptions) makePayload(w *world, changes map[string]any, removed []string) ([]byte, error) {
	members, err := w.payload(o.event)
	if err != nil {
		return nil, err
	}
	payload.Merge(o.event.Payload, members, changes)
	for _, name := range removed {
		delete(members, name)
	}
	return payload.Finish(o.event, members)
}

// editPayload has a person edit the payload and returns what was changed in it, and which members were taken out.
func (o *EmitOptions) editPayload(ctx context.Context, w *world, changes map[string]any) (map[string]any, []string, error) {
	before, err := o.makePayload(w, changes, nil)
	if err != nil {
		return nil, nil, err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, before, "", "  "); err != nil {
		return nil, nil, err
	}
	name := strings.ReplaceAll(o.event.Name, ":", "-") + ".json"
	text, err := editor.Edit(ctx, o.env.Get, editor.Streams{In: o.io.In, Out: o.io.Err, Err: o.io.Err}, indented.String(), name)
	if failed := (*editor.Error)(nil); errors.As(err, &failed) {
		err = &usage.Error{Problem: failed.Problem, Hint: failed.Hint, Err: err}
	}
	if err != nil {
		return nil, nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil, &usage.Error{Problem: "the payload was emptied, so no event was made"}
	}
	edited, err := eventtext.Decode([]byte(text))
	if err != nil || edited == nil {
		return nil, nil, &usage.Error{Problem: fmt.Sprintf("what was edited is not a JSON object: %v", err), Err: err}
	}
	was, err := eventtext.Decode(before)
	if err != nil {
		return nil, nil, err
	}
	result, removed := maps.Clone(changes), []string{}
	for name, value := range edited {
		if !reflect.DeepEqual(value, was[name]) {
			result[name] = value
		}
	}
	for name := range was {
		if _, kept := edited[name]; !kept {
			removed = append(removed, name)
		}
	}
	slices.Sort(removed)
	return result, removed, nil
}

func (o *EmitOptions) print(data []byte) error {
	line := streams.Paint(o.io.ColorOut, streams.Cyan, o.event.Name) + "  " + eventtext.Summary(o.event.Name, data)
	if o.json {
		var err error
		if line, err = streams.JsonLine(json.RawMessage(data)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(o.io.Out, line)
	return err
}
