// Package help is the command that documents calls of scripts and commands.
package help

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/permissions"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/help"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/paint"
)

// NewCmdHelp returns the command help.
func NewCmdHelp(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "help [CALL|EVENT|COMMAND|permissions]",
		Short: "Show the documentation of a script call, an event, a command or permissions",
		Long: `Shows the arguments and the result of a script call, in both languages, or lists the calls of a group. With the name of an event it
shows the fields of its payload, and with that of a command the help of that command; with permissions, the words that @permissions,
--allow and --deny take.`,
		Example: `  crisphost help conversations.messages.send
  crisphost help people
  crisphost help message:send
  crisphost help permissions
  crisphost help run`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			names := append(bindings.Calls(), permissionsTopic+"\tWhat scripts may do")
			for i := range names {
				names[i] = strings.TrimPrefix(names[i], "crisp.")
			}
			for _, event := range spec.Events() {
				names = append(names, event.Name+"\t"+event.Summary)
			}
			for _, c := range cmd.Root().Commands() {
				if c.IsAvailableCommand() {
					names = append(names, c.Name()+"\t"+c.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if found, rest, err := cmd.Root().Find(args); err == nil && len(rest) == 0 {
				found.InitDefaultHelpFlag()
				return found.Help()
			}
			if len(args) > 1 {
				return &usage.Error{Problem: fmt.Sprintf("crisphost help takes one name, and %q is another", args[1])}
			}
			switch {
			case args[0] == permissionsTopic:
				return helpPermissions(f.IO.Out)
			case strings.Contains(args[0], ":"):
				return helpEvent(f.IO.Out, args[0])
			}
			return helpCall(f.IO, cmd, args[0])
		},
	}
}

// permissionsTopic is the name of the page about permissions.
const permissionsTopic = "permissions"

func helpPermissions(w io.Writer) error {
	eng, err := source.Engine()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, permissions.Page(eng.Vocabulary()))
	return err
}

// helpCall documents a call, or lists a group of calls.
func helpCall(streams *streams.IO, cmd *cobra.Command, name string) error {
	eng, err := source.Engine()
	if err != nil {
		return err
	}
	index := help.NewIndex(eng.Modules())
	w := help.Writer{Style: paint.Style{Color: streams.ColorOut}, Columns: streams.Columns(), Index: index}
	page, err := index.Find(name)
	if err == nil {
		_, err = fmt.Fprint(streams.Out, w.Page(page))
		return err
	}
	if list := w.Group(name); list != "" {
		if name == eventsTopic {
			list += "\n" + eventList()
		}
		_, err := fmt.Fprint(streams.Out, list)
		return err
	}
	if text := otherName(strings.TrimSuffix(name, "()")); text != "" {
		_, err := fmt.Fprint(streams.Out, text)
		return err
	}
	groups := index.Groups()
	if !strings.Contains(name, ".") {
		names := append(slices.Clone(groups), permissionsTopic)
		for _, c := range cmd.Root().Commands() {
			names = append(names, c.Name())
		}
		if near := nearest.To(name, names); near != "" {
			return &usage.Error{Problem: fmt.Sprintf("no call and no command is named %q", name), Hint: fmt.Sprintf("did you mean %q? `crisphost help` lists the commands", near), Err: err}
		}
	}
	for i, group := range groups {
		if c, _, err := cmd.Root().Find([]string{group}); err == nil && c != cmd.Root() {
			groups[i] = "crisp." + group // the bare name is the command's
		}
	}
	return &usage.Error{Problem: err.Error(), Hint: "groups are " + strings.Join(groups, ", ") + "; `crisphost help GROUP` lists their calls", Err: err}
}

// otherName documents a global name of scripts that is no call of the catalogue, or answers "".
func otherName(name string) string {
	switch name {
	case "map":
		return `map
  Call a function for each item of a list, several at the same time

  The results stand in the order of the items. The first error ends the others and is thrown.

Lua         map(list, fn, [limit])
JavaScript  await map(list, fn, [limit])
`
	case "parallel":
		return `parallel
  Call several functions at the same time

  The results stand in the order of the functions. The first error ends the others and is thrown.

Lua         local a, b = parallel(f, g, ...)
JavaScript  const [a, b] = await parallel(f, g, ...)
`
	case "retry":
		return `retry
  Call a function until it succeeds, at most a number of times

  Options: times (default 4) counts the first call too. on is which errors are repeated: a status, a reason, a function of the error, or
  a list of these; by default those of a server (5xx), of a limit (420, 423, 429) and of no answer. delay is the wait before the second
  call in milliseconds (default 500); it doubles each time, and what the error names as retry_after goes before. The last error is thrown.
  GET, PUT and DELETE calls of crisp are repeated by themselves; see scripts/README.md.

Lua         local answer = retry(fn, {times = 5, on = {503, "timeout"}})
JavaScript  const answer = await retry(fn, {times: 5, on: [503, "timeout"]})
`
	case "event":
		return `event, events
  The payload of the event that started the script, which @on in its header names, or null. With @batch event is null and events is the
  list of payloads. crisphost help message:send lists the fields of that event, and crisphost help events all events

Lua         event.session_id
JavaScript  event.session_id
`
	case "args":
		return `args
  The arguments of the script, as a list of texts

Lua         args[1]
JavaScript  args[0]
`
	case "crisp.website_id", "website_id", "crisp.websiteId":
		return `crisp.website_id
  The id of the connection's website, or empty

Lua         crisp.website_id
JavaScript  crisp.website_id
`
	case "console":
		return `console
  Prints: log and info on standard output, warn and error on standard error

Lua         print(...)
JavaScript  console.log(...)
`
	case "fetch":
		return `fetch
  Requests to other hosts: those that --allow-host or the header's @permissions fetch:HOST name. In JavaScript as in
  browsers; Lua gets a table of status, ok, url, redirected, headers (by lower-case name) and body, a text

Lua         local answer = fetch(url, { method = "POST", headers = {}, body = text })
JavaScript  const answer = await fetch(url, { method, headers, body })
`
	}
	return ""
}
