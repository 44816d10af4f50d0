package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// AppendLogs adds lines to a run's log. Their Seq must be above those before.
func (db *DB) AppendLogs(ctx context.Context, run string, lines []LogLine) error {
	return db.ChangeLog(ctx, run, LogChange{Lines: lines})
}

// LogChange is what is to be done to the log of a run.
type LogChange struct {
	// Lines are added, in order.
	Lines []LogLine
	// Gap, if set, is a line that takes the place of the one with its Seq and of all up to From, and tells how many are missing.
	Gap  *LogLine
	From int64
}

// IsEmpty reports whether there is nothing to do.
func (c LogChange) IsEmpty() bool { return len(c.Lines) == 0 && c.Gap == nil }

// ChangeLog adds lines to a run's log, and drops the middle of it. It may be repeated.
func (db *DB) ChangeLog(ctx context.Context, run string, c LogChange) error {
	lines := c.Lines
	if c.Gap != nil {
		lines = append(slices.Clip(lines), *c.Gap)
	}
	return db.change(ctx, func(tx *sql.Tx) error {
		if c.Gap != nil {
			if _, err := tx.ExecContext(ctx, "DELETE FROM run_logs WHERE run = $1 AND seq >= $2 AND seq < $3", run, c.Gap.Seq, c.From); err != nil {
				return err
			}
		}
		insert, err := tx.PrepareContext(ctx, `INSERT INTO run_logs (run, seq, attempt, time, level, message, fields)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (run, seq) DO NOTHING`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, line := range lines {
			fields := ""
			if len(line.Fields) > 0 {
				text, err := json.Marshal(line.Fields)
				if err != nil { // a number that JSON has not, say: the line must not be lost for it
					text, err = json.Marshal(map[string]string{"fields": fmt.Sprint(line.Fields)})
				}
				if err != nil {
					return err
				}
				fields = string(text)
			}
			if _, err := insert.ExecContext(ctx, run, line.Seq, line.Attempt, microseconds(line.Time), line.Level, printable(line.Message), fields); err != nil {
				return err
			}
		}
		return nil
	})
}

// printable is text as both databases can keep it: PostgreSQL takes neither zero bytes nor what is not UTF-8.
func printable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
}

// Logs are a run's log lines behind a number, in order; limit 0 is no limit.
func (db *DB) Logs(ctx context.Context, run string, after int64, limit int) ([]LogLine, error) {
	query := "SELECT seq, attempt, time, level, message, fields FROM run_logs WHERE run = $1 AND seq > $2 ORDER BY seq"
	if limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", limit)
	}
	return collect(ctx, db.sql, func(r row) (LogLine, error) {
		var line LogLine
		var at int64
		var fields string
		if err := r.Scan(&line.Seq, &line.Attempt, &at, &line.Level, &line.Message, &fields); err != nil {
			return line, err
		}
		line.Time = timeOf(at)
		if fields != "" {
			return line, json.Unmarshal([]byte(fields), &line.Fields)
		}
		return line, nil
	}, query, run, after)
}

// SeqBefore is the number behind which a run's last lines up to a number stand: so many, or all that there are.
func (db *DB) SeqBefore(ctx context.Context, run string, seq int64, lines int) (int64, error) {
	var before int64
	err := db.sql.QueryRowContext(ctx, "SELECT coalesce((SELECT seq FROM run_logs WHERE run = $1 AND seq <= $2 ORDER BY seq DESC LIMIT 1 OFFSET $3), 0)",
		run, seq, lines).Scan(&before)
	return before, explain(err)
}

// LastSeqs are the numbers of a run's last log line and last call, or 0.
func (db *DB) LastSeqs(ctx context.Context, run string) (log, call int64, err error) {
	err = db.sql.QueryRowContext(ctx, `SELECT coalesce((SELECT max(seq) FROM run_logs WHERE run = $1), 0),
		coalesce((SELECT max(seq) FROM run_calls WHERE run = $1), 0)`, run).Scan(&log, &call)
	return log, call, explain(err)
}
