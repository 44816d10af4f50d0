package manage

import (
	"bufio"
	"bytes"
	"context"
	"errors"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/scripts/state"
)

// streamRuns prints the JSON of all runs of a filter while they are read: a history can be larger than the memory.
func streamRuns(ctx context.Context, o *RunsOptions, db *state.DB, filter state.RunFilter) error {
	out := bufio.NewWriterSize(o.io.Out, 64<<10)
	separator := "[\n  "
	n := 0
	for run, err := range db.EachRun(ctx, filter) {
		if err != nil {
			return errors.Join(err, out.Flush())
		}
		text, err := streams.JsonLine(run)
		if err != nil {
			return err
		}
		var one bytes.Buffer
		if err := o.io.IndentJSON(&one, []byte(text)); err != nil {
			return err
		}
		for _, piece := range [][]byte{[]byte(separator), bytes.ReplaceAll(bytes.TrimSuffix(one.Bytes(), []byte("\n")), []byte("\n"), []byte("\n  "))} {
			if _, err := out.Write(piece); err != nil {
				return err
			}
		}
		separator = ",\n  "
		n++
	}
	if n > 0 {
		_, _ = out.WriteString("\n]\n") // Flush tells
		return out.Flush()
	}
	if o.script != "" {
		if err := knownScript(ctx, db, o.script); err != nil {
			return err
		}
	}
	_, _ = out.WriteString("[]\n")
	return out.Flush()
}
