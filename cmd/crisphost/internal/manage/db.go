package manage

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/sizetext"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// NewCmdDB returns the command db.
func NewCmdDB(f *cmdutil.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Look after the database of a host",
		Args:  usage.NoArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(NewCmdCompact(f, nil))
	return cmd
}

// CompactOptions are what `crisphost db compact` takes.
type CompactOptions struct {
	io       *streams.IO
	database hostdb.Options
}

// NewCmdCompact returns the command db compact. A run that is not nil takes the place of what the command does, for tests.
func NewCmdCompact(f *cmdutil.Factory, run func(context.Context, *CompactOptions) error) *cobra.Command {
	if run == nil {
		run = compact
	}
	o := &CompactOptions{io: f.IO, database: hostdb.Options{Env: f.Env}}
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Make the SQLite file of a host as small as it can be",
		Long: `Rewrites the SQLite file of a host without the space that deleted runs left. The host must be stopped, and the disk needs as much free space as
the file takes. Files made by this version shrink by themselves as runs are deleted; files of earlier versions do after they were compacted
once. PostgreSQL reuses the space by itself.`,
		Example:           `  crisphost db compact --db sqlite:host.db`,
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.database.Register(cmd)
	return cmd
}

func compact(ctx context.Context, o *CompactOptions) (err error) {
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if db.Pool() != nil {
		return &usage.Error{Problem: "only a SQLite file can be compacted", Hint: "PostgreSQL reuses space by itself; VACUUM FULL gives it back to the disk"}
	}
	lock, err := schedule.LockDatabase(db)
	if err != nil {
		if errors.Is(err, schedule.ErrServed) {
			return &usage.Error{Problem: db.Path() + ": a host runs scripts from this database", Hint: "stop the host, then run again", Err: err}
		}
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	before, err := sizeOf(db)
	if err != nil {
		return err
	}
	if err := db.Compact(ctx); err != nil {
		return hostdb.Explain("sqlite:"+db.Path(), err)
	}
	after, err := sizeOf(db)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.io.Out, "%s: %s became %s\n", db.Path(), sizetext.Format(before), sizetext.Format(after))
	return nil
}

func sizeOf(db *state.DB) (int64, error) {
	info, err := os.Stat(db.Path())
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
