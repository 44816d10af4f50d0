package manage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

// findScript is the script of a name.
func findScript(ctx context.Context, db *state.DB, name string) (state.Script, error) {
	script, err := db.Script(ctx, name)
	if errors.Is(err, state.ErrNotFound) {
		return script, unknownScript(ctx, db, name)
	}
	return script, err
}

// unknownScript suggests the script whose name is nearest, or whose file has this name.
func unknownScript(ctx context.Context, db *state.DB, name string) error {
	e := &usage.Error{Problem: fmt.Sprintf("no script is named %q", name), Hint: "crisphost scripts lists them", Err: state.ErrNotFound}
	all, err := db.Scripts(ctx)
	if err != nil {
		return err
	}
	names := make([]string, len(all))
	near := ""
	for i, s := range all {
		names[i] = s.Name
		if s.Path == name || strings.HasSuffix(name, "/"+s.Path) {
			near = s.Name
		}
	}
	if near == "" {
		near = nearest.To(name, names)
	}
	switch {
	case len(all) == 0:
		e.Hint = "no host has loaded a script into this database yet: start one with `crisphost serve DIR`"
	case near != "":
		e.Hint = fmt.Sprintf("did you mean %q? crisphost scripts lists all", near)
	}
	return e
}

// completionTime bounds how long a shell waits for names.
const completionTime = 2 * time.Second

// completeScript completes the name of a script.
func completeScript(cmd *cobra.Command, database *hostdb.Options) ([]string, cobra.ShellCompDirective) {
	var names []string
	complete(cmd, database, func(ctx context.Context, db *state.DB) error {
		all, err := db.Scripts(ctx)
		for _, s := range all {
			if plain.Line(s.Name) == s.Name {
				names = append(names, s.Name+"\t"+plain.Line(s.Description))
			}
		}
		return err
	})
	return names, cobra.ShellCompDirectiveNoFileComp
}

// complete asks the database for completions. Without one there are none.
func complete(cmd *cobra.Command, database *hostdb.Options, ask func(context.Context, *state.DB) error) {
	parent := cmd.Context()
	if parent == nil {
		parent = context.Background()
	}
	ctx, cancel := context.WithTimeout(parent, completionTime)
	defer cancel()
	db, err := database.Open(ctx)
	if err != nil {
		cobra.CompDebugln(err.Error(), false)
		return
	}
	defer db.Close()
	if err := ask(ctx, db); err != nil {
		cobra.CompDebugln(err.Error(), false)
	}
}
