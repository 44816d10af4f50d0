package repl

import (
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/repl/internal/render"
)

// command is a line that begins with a dot.
type command struct {
	name, args, doc string
	run             func(s *shell, argument string) error
	// takes tells what Tab offers behind the name.
	takes argumentKind
}

type argumentKind uint8

const (
	takesNothing argumentKind = iota
	takesFile
	takesCode
	takesCall
	takesWebsite
	takesWord
	takesEvents
)

func (c *command) usage() string { return strings.TrimRight("."+c.name+" "+c.args, " ") }

// words are what a command's argument may be, where that is a short list.
func (c *command) words() []string {
	switch c.name {
	case "safe":
		return []string{string(SafetyDeletes), string(SafetyWrites), string(SafetyOff)}
	case "time", "trace", "expanded":
		return []string{"on", "off"}
	}
	return nil
}

// commands are all commands, in the order in which .help shows them.
func commands() []command {
	return []command{
		{"help", "[CALL|COMMAND]", "this list, or the documentation of a call, a group or a command", (*shell).commandHelp, takesCall},
		{"js", "", "switch to JavaScript", (*shell).commandJS, takesNothing},
		{"lua", "", "switch to Lua", (*shell).commandLua, takesNothing},
		{"load", "FILE", "enter what a file holds", (*shell).commandLoad, takesFile},
		{"run", "FILE [ARGS]", "run a script by itself, as crisphost run does", (*shell).commandRun, takesFile},
		{"save", "FILE", "write what was entered as a script", (*shell).commandSave, takesFile},
		{"edit", "[NAME]", "edit the last entry, or a function, in $EDITOR and enter it", (*shell).commandEdit, takesNothing},
		{"paste", "", "enter several lines as they are, up to .end", (*shell).commandPaste, takesNothing},
		{"history", "[TEXT]", "what was entered, or the entries that hold a text", (*shell).commandHistory, takesNothing},
		{"table", "", "show lists as tables and objects as trees", formatCommand(render.Table), takesNothing},
		{"json", "", "show results as JSON", formatCommand(render.JSON), takesNothing},
		{"csv", "", "show results as CSV", formatCommand(render.CSV), takesNothing},
		{"yaml", "", "show results as YAML", formatCommand(render.YAML), takesNothing},
		{"expanded", "[on|off]", "show each object of a list as a tree", (*shell).commandExpanded, takesWord},
		{"out", "[FILE]", "write results to a file; without one, to the screen again", (*shell).commandOut, takesFile},
		{"time", "[on|off|EXPR]", "print how long entries take", (*shell).commandTime, takesCode},
		{"watch", "SECONDS EXPR", "evaluate an expression again and again, until Ctrl-C", (*shell).commandWatch, takesCode},
		{"plan", "EXPR", "show the writes that an expression would make, and make none", (*shell).commandPlan, takesCode},
		{"safe", "[off|writes|deletes]", "which calls ask first on a live website: deletes are those that delete or send", (*shell).commandSafe, takesWord},
		{"trace", "[on|off]", "show the last error with its trace, or all that follow", (*shell).commandTrace, takesWord},
		{"website", "[ID]", "which website calls are for, or another one from here on", (*shell).commandWebsite, takesWebsite},
		{"websites", "", "the websites that the token reaches", (*shell).commandWebsites, takesNothing},
		{"whoami", "", "the token and where it came from", (*shell).commandWhoami, takesNothing},
		{"events", "[on [EVENT...] [where EXPR]|off]", "show what happens as it happens, or tell what came so far", (*shell).commandEvents, takesEvents},
		{"clear", "", "clear the screen", (*shell).commandClear, takesNothing},
		{"exit", "", "exit the shell, as exit and quit without the dot do", (*shell).commandExit, takesNothing},
	}
}

// splitCommand parts a command's name from its argument. Code may begin with a dot and a digit.
func splitCommand(line string) (name, argument string, ok bool) {
	rest, ok := strings.CutPrefix(line, ".")
	if !ok || rest == "" || rest[0] < 'a' || rest[0] > 'z' {
		return "", "", false
	}
	name, argument, _ = strings.Cut(rest, " ")
	return name, strings.TrimSpace(argument), true
}

func isCommand(line string) bool {
	_, _, ok := splitCommand(line)
	return ok
}

// commandNamed finds a command by its name or an unmistakable beginning of it.
func commandNamed(name string) *command {
	all := commands()
	var near *command
	for i := range all {
		if all[i].name == name {
			return &all[i]
		}
		if len(name) >= 2 && strings.HasPrefix(all[i].name, name) {
			if near != nil {
				return nil
			}
			near = &all[i]
		}
	}
	return near
}

func (s *shell) command(name, argument string) error {
	c := commandNamed(name)
	if name == "quit" {
		c = commandNamed("exit")
	}
	if c == nil {
		var names []string
		for _, c := range commands() {
			names = append(names, c.name)
		}
		hint := ".help lists the commands"
		if near := nearest.To(name, names); near != "" {
			hint = "did you mean ." + near + "?"
		}
		if word, _, isCall := strings.Cut(name, "("); isCall {
			name = word + "(...)"
			hint = "to go on with the line before, end that line with the dot; .paste takes lines as they are, up to .end"
		}
		return &hintError{fmt.Sprintf("there is no command .%s", plain.Line(name)), hint}
	}
	if c.args == "" && argument != "" {
		return &hintError{fmt.Sprintf(".%s takes no argument, got %q", c.name, plain.Line(argument)), ".help lists the commands"}
	}
	if argument == "" && c.args != "" && c.args[0] != '[' {
		return &hintError{fmt.Sprintf(".%s needs more", c.name), "write " + c.usage()}
	}
	return c.run(s, argument)
}

// switchOf reads on and off; nothing is the other of now.
func switchOf(c, argument string, now bool) (bool, error) {
	switch argument {
	case "on":
		return true, nil
	case "off":
		return false, nil
	case "":
		return !now, nil
	}
	return now, &hintError{fmt.Sprintf(".%s takes on or off, not %q", c, plain.Line(argument)), ""}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
