// Package help is the command that documents calls of scripts and commands.
package help

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/permissions"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/words"
)

// NewCmdHelp returns the command help.
func NewCmdHelp(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "help [CALL|COMMAND|permissions]",
		Short: "Show the documentation of a script call, of a command or of permissions",
		Long: `Shows what a script call takes and returns, in both languages, or lists the calls of a group. Names of commands show the help of the
command, and permissions shows the words that @permissions, --allow and --deny take.`,
		Example: `  crisphost help conversations.messages.send
  crisphost help people
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
			if args[0] == permissionsTopic {
				return helpPermissions(f.IO.Out)
			}
			return helpCall(f.IO.Out, cmd, args[0])
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
func helpCall(w io.Writer, cmd *cobra.Command, name string) error {
	page, err := bindings.Help(name)
	if err == nil {
		_, err = io.WriteString(w, renderPage(page))
		return err
	}
	if list := renderGroup(name); list != "" {
		_, err := io.WriteString(w, list)
		return err
	}
	if text := otherName(strings.TrimSuffix(name, "()")); text != "" {
		_, err := io.WriteString(w, text)
		return err
	}
	groups := groupNames()
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
  Requests to other hosts, as in browsers: those that --allow-host or the header's @permissions fetch:HOST name

JavaScript  const answer = await fetch(url, { method, headers, body })
`
	}
	return ""
}

// groupNames are the first words of all calls, without crisp.
func groupNames() []string {
	var names []string
	seen := map[string]bool{}
	for _, call := range bindings.Calls() {
		group, _, ok := strings.Cut(strings.TrimPrefix(call, "crisp."), ".")
		if ok && !seen[group] {
			seen[group] = true
			names = append(names, group)
		}
	}
	return names
}

// renderGroup lists the calls whose names start with a group's, or is empty.
func renderGroup(name string) string {
	name = strings.TrimSuffix(name, ".")
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, call := range bindings.Calls() {
		if !strings.HasPrefix(call, name+".") && !strings.HasPrefix(call, "crisp."+name+".") {
			continue
		}
		if page, err := bindings.Help(call); err == nil {
			fmt.Fprintf(w, "%s\t%s\n", call, page.Summary)
		}
	}
	_ = w.Flush()
	return b.String()
}

// renderPage lays out the documentation of a call.
func renderPage(p *bindings.Page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s\n", p.Call, p.Summary)
	if p.Doc != "" {
		b.WriteString("\n" + words.Indent(p.Doc, "  ") + "\n")
	}
	var positional, options []engine.Param
	for _, param := range p.Params {
		if name, ok := strings.CutPrefix(param.Name, "options."); ok {
			param.Name = name
			options = append(options, param)
		} else {
			positional = append(positional, param)
		}
	}
	b.WriteByte('\n')
	fmt.Fprintf(&b, "Lua         %s\n", signature(p.Call, positional, len(options) > 0, "{ ... }"))
	await := ""
	if p.Async {
		await = "await "
	}
	if strings.HasPrefix(p.Result, "iterator of ") {
		fmt.Fprintf(&b, "JavaScript  for await (const item of %s) { ... }\n", signature(words.Camel(p.Call), positional, len(options) > 0, "{ ... }"))
	} else {
		fmt.Fprintf(&b, "JavaScript  %s%s\n", await, signature(words.Camel(p.Call), positional, len(options) > 0, "{ ... }"))
	}
	renderParams(&b, "Arguments", positional)
	renderParams(&b, "Options", options)
	renderFacts(&b, p)
	return b.String()
}

// signature writes a call. Optional arguments stand in brackets.
func signature(call string, params []engine.Param, options bool, table string) string {
	var args []string
	for _, p := range params {
		if p.Required {
			args = append(args, p.Name)
		} else {
			args = append(args, "["+p.Name+"]")
		}
	}
	if options {
		args = append(args, table)
	}
	return call + "(" + strings.Join(args, ", ") + ")"
}

// maxTypeWidth is how wide the column of types gets; what stands behind a longer type goes to the next line.
const maxTypeWidth = 36

func renderParams(b *strings.Builder, title string, params []engine.Param) {
	if len(params) == 0 {
		return
	}
	names, types := 0, 0
	for _, p := range params {
		names = max(names, len(p.Name))
		if len(p.Type) <= maxTypeWidth {
			types = max(types, len(p.Type))
		}
	}
	b.WriteString("\n" + title + "\n")
	for _, p := range params {
		doc := p.Doc
		if p.Required {
			doc = strings.TrimSuffix("required; "+doc, "; ")
		}
		line := fmt.Sprintf("  %-*s  %-*s", names, p.Name, types, p.Type)
		if len(p.Type) > types {
			line += fmt.Sprintf("\n  %-*s  %-*s", names, "", types, "")
		}
		b.WriteString(strings.TrimRight(line+"  "+doc, " ") + "\n")
	}
}

func renderFacts(b *strings.Builder, p *bindings.Page) {
	rows := [][2]string{{"Returns", cmp.Or(p.Result, "nothing")}}
	if op := p.Operation; op != nil {
		rows = append(rows, [2]string{"Request", op.Method + " " + op.Path}, [2]string{"Effect", op.Effect.String()}, [2]string{"Tiers", connect.TierList(op.Tiers)})
		if op.DocsURL != "" {
			rows = append(rows, [2]string{"Reference", op.DocsURL})
		}
	}
	b.WriteByte('\n')
	for _, row := range rows {
		fmt.Fprintf(b, "%-10s  %s\n", row[0], row[1])
	}
}
