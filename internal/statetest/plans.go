package statetest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/scripts/state"
)

// The tables that grow with the history, and the indexes of few of their rows.
var (
	large   = []string{"runs", "run_logs", "run_calls", "run_events", "events", "versions", "store"}
	partial = []string{
		"runs_open", "runs_line", "runs_rare", "runs_open_lane", "runs_gathers", "runs_due", "events_held", "events_held_subject",
		"store_expires", "writes_unnamed",
	}
)

// CheckPlans fails the test for statements that a database would carry out by reading much of a large table, and for scans that are
// allowed but are none: each is a part of a statement, and the reason. The database has to be filled, and open to no recorder.
func CheckPlans(t *testing.T, db *state.DB, statements []Statement, allowed [][2]string) {
	t.Helper()
	used := make([]bool, len(allowed))
	for _, s := range statements {
		if !planned(s.Query) {
			continue
		}
		problems, err := plan(t.Context(), db, s)
		if err != nil {
			t.Errorf("%v\n\t%s", err, s.Query)
			continue
		}
		i := slices.IndexFunc(allowed, func(a [2]string) bool { return strings.Contains(s.Query, a[0]) })
		switch {
		case len(problems) == 0:
		case i >= 0:
			used[i] = true
		default:
			t.Errorf("%s\n\t%s", strings.Join(problems, "\n\t"), s.Query)
		}
	}
	for i, a := range allowed {
		if !used[i] && !strings.HasPrefix(a[1], "on ") {
			t.Errorf("no scan: %s", a[0])
		}
	}
}

// planned reports whether a statement is of our tables and has a plan.
func planned(query string) bool {
	first, _, _ := strings.Cut(query, " ")
	return slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, first) &&
		(!strings.Contains(query, "river_") || strings.Contains(query, " runs ")) &&
		(!strings.Contains(query, "pg_") || strings.Contains(query, " store ")) && !strings.Contains(query, "sqlite_master")
}

func plan(ctx context.Context, db *state.DB, s Statement) ([]string, error) {
	if db.Pool() != nil {
		return planPostgres(ctx, db, s)
	}
	rows, err := db.SQL().QueryContext(ctx, "EXPLAIN QUERY PLAN "+s.Query, s.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var problems []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, err
		}
		if readsMuch(detail) {
			problems = append(problems, detail)
		}
	}
	return problems, rows.Err()
}

var (
	sqliteStep = regexp.MustCompile(`^(SCAN|SEARCH) (\S+)(?: USING (COVERING )?INDEX (\S+)(?: \((.*)\))?)?`)
	// small are tables with a row for each script, host or counter, and what has no table.
	small = regexp.MustCompile(`^(river_job|departures|script_homes|expectations|lanes$|picked$|h$|place\d|duties|line$|scripts|hosts|counters|crisphost_schema|json_each|pragma_|CONSTANT|\(|beginnings|one$|ends|part\d|newest|names|s$|\d)`)
)

// readsMuch reports whether a step of a plan of SQLite reads much of a large table. An alias counts as one.
func readsMuch(detail string) bool {
	step := sqliteStep.FindStringSubmatch(detail)
	if len(step) == 0 || strings.Contains(detail, "VIRTUAL TABLE") || small.MatchString(step[2]) || slices.Contains(partial, step[4]) {
		return false
	}
	if step[1] == "SCAN" {
		return true
	}
	return step[4] == "runs_script_state" && step[3] == "" && step[5] == "script=?"
}

type planNode struct {
	Type     string     `json:"Node Type"`
	Relation string     `json:"Relation Name"`
	Index    string     `json:"Index Name"`
	Cond     string     `json:"Index Cond"`
	Filter   string     `json:"Filter"`
	Plans    []planNode `json:"Plans"`
}

var onlyScript = regexp.MustCompile(`^\(script = [^()]*\)$`)

func (n planNode) problems() (all []string) {
	for _, below := range n.Plans {
		all = append(all, below.problems()...)
	}
	full := n.Index != "" && n.Cond == "" && !slices.Contains(partial, n.Index)
	ofLarge := slices.Contains(large, n.Relation) || strings.HasPrefix(n.Index, "run") || strings.HasPrefix(n.Index, "events") || strings.HasPrefix(n.Index, "versions") || strings.HasPrefix(n.Index, "store")
	if ofLarge && (n.Type == "Seq Scan" || full || n.Type != "Index Only Scan" && n.Index == "runs_script_state" && n.Filter != "" && onlyScript.MatchString(n.Cond)) {
		all = append(all, fmt.Sprintf("%s on %s by %s, %s, filter %s", n.Type, n.Relation, n.Index, n.Cond, n.Filter))
	}
	return all
}

func planPostgres(ctx context.Context, db *state.DB, s Statement) ([]string, error) {
	conn, err := db.Pool().Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	// A table that is small in the test is large elsewhere.
	if _, err := conn.Exec(ctx, "SET enable_seqscan = off"); err != nil {
		return nil, err
	}
	var text []byte
	if err := conn.QueryRow(ctx, "EXPLAIN (FORMAT JSON) "+s.Query, s.Args...).Scan(&text); err != nil {
		return nil, err
	}
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal(text, &plans); err != nil {
		return nil, err
	}
	return plans[0].Plan.problems(), nil
}
