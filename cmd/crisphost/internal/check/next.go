package check

import (
	"fmt"
	"io"
	"time"

	"github.com/crisphost/crisphost/scripts"
)

// maxNext bounds the times of a schedule that are shown.
const maxNext = 1000

// Due is when a schedule is due, in the output of `crisphost check --next --json`.
type Due struct {
	Script   string      `json:"script"`
	Schedule string      `json:"schedule"`
	Zone     string      `json:"zone"`
	Next     []time.Time `json:"next"`
}

// dueOf returns the next times of each schedule of the scripts that compiled.
func dueOf(list []*scripts.Script, count int, now time.Time) ([]Due, error) {
	var all []Due
	for _, s := range list {
		if s.Err != nil || count <= 0 {
			continue
		}
		tables, err := s.Header.Timetables()
		if err != nil {
			return nil, err
		}
		for _, t := range tables {
			due := Due{Script: s.Name, Schedule: t.String(), Zone: t.Zone().String()}
			for next := t.Next(now); !next.IsZero() && len(due.Next) < count; next = t.Next(next) {
				due.Next = append(due.Next, next)
			}
			all = append(all, due)
		}
	}
	return all, nil
}

func showDue(w io.Writer, all []Due) error {
	for _, due := range all {
		if _, err := fmt.Fprintf(w, "%s: %s (%s)\n", due.Script, due.Schedule, due.Zone); err != nil {
			return err
		}
		for _, next := range due.Next {
			if _, err := fmt.Fprintln(w, "  "+next.Format("Mon 2006-01-02 15:04:05 -0700")); err != nil {
				return err
			}
		}
	}
	return nil
}
