//go:build unix

package state_test

import (
	"database/sql"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/internal/sqlhook"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// scans are the statements that may read much of a large table, and why.
var scans = [][2]string{
	{"FROM runs ORDER BY id DESC", "the newest runs, of which as many are read as are asked for"},
	{"FROM runs WHERE script = $1 ORDER BY id DESC", "on SQLite it looks so: as many of a script's newest runs are read as are asked for"},
	{"FROM runs WHERE state = 'succeeded' ORDER BY id DESC", "most runs do, so that few others are passed"},
	{"FROM runs WHERE script = $1 AND state", "on SQLite it looks so: the states are in the index, and only runs that are wanted are read"},
	{"AS place0 UNION", "scanned are the newest of each place where an object can stand, and writes of paths that the description does not have"},
	{"FROM run_calls WHERE effect <> 'read' AND effect <> ''", "the newest writes, of which as many are read as are asked for; the index has the operation"},
	{"FROM departures", "a script that was removed or renamed leaves one row, for 30 days"},
	{"UPDATE departures", "a script that was removed or renamed leaves one row, for 30 days"},
	{"LIMIT 1) AS one", "one row is counted"},
	{"effect <> '' AND object = $", "of writes with a raw path, which are few and have an index of their own, the paths are searched"},
	{"effect <> '' AND substr(operation", "operations are in the index of writes, which is read from the newest on until there are as many as are asked for"},
	{"effect <> '' ORDER BY time", "the newest writes, of which as many are read as are asked for"},
	{"FALSE", "on SQLite it looks so, and nothing is read"},
	{"SELECT hash FROM versions WHERE created", "a script has few versions, each of which is looked up in an index of runs, by the host that prunes; all runs are read only for those that no run of their script names"},
}

// Every statement of the package is planned on a filled database of each kind: one that reads much of a large table fails, unless it is
// listed with a reason. So does a statement that this test does not run.
func TestPlans(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		ctx := t.Context()
		filled := statetest.Open(t, address)
		ok(t, statetest.Fill(ctx, filled, statetest.History{Runs: 20_000, Scripts: 50, Lines: 2, Calls: 1, Days: 20, Stored: 200, End: time.Now().Add(-time.Minute)}))
		recorder := statetest.Record(t)
		other := address + ".new"
		if strings.HasPrefix(address, "postgres:") {
			other = statetest.Shared(t).Database(t)
		}
		statetest.Open(t, other) // makes the tables
		state.NextMigration(t, later, state.KnownVersion)
		statetest.Open(t, other) // brings them up to date
		sqlhook.NextMigration = nil
		everything(t, statetest.Open(t, address))
		existing := must[*state.DB](t)(state.OpenExisting(ctx, address))
		ok(t, existing.Close())
		statements := recorder.Statements()
		statetest.CheckPlans(t, filled, statements, scans)

		var all strings.Builder
		for _, s := range statements {
			all.WriteString(s.Query + "\n")
		}
		for _, text := range literals(t) {
			if filled.Pool() == nil && onlyPostgres.MatchString(text) || filled.Pool() != nil && onlySQLite.MatchString(text) || onlyLost.MatchString(text) {
				continue
			}
			for _, piece := range verb.Split(text, -1) {
				if piece = strings.Join(strings.Fields(piece), " "); !strings.Contains(all.String(), piece) {
					t.Errorf("never run: %q", text)
				}
			}
		}
	})
}

var (
	statement = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s`)
	verb      = regexp.MustCompile(`%(\[\d\])?[sdv]`)
	// What only one kind of database is asked.
	onlyPostgres = regexp.MustCompile(`pg_|regclass|clock_timestamp|'changes'`)
	onlySQLite   = regexp.MustCompile(`pragma_|sqlite_master`)
	// What is asked only when an answer of the database was lost: the row of a key, and the server's own table.
	onlyLost = regexp.MustCompile(`^SELECT digest, updated FROM store WHERE scope = \$1 AND key = \$2$|pg_xact_status`)
)

// literals are the constants of the package that begin like a statement.
func literals(t *testing.T) (all []string) {
	t.Helper()
	packages, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0) //nolint:staticcheck // no types are needed
	ok(t, err)
	ast.Inspect(packages["state"], func(n ast.Node) bool {
		if literal, is := n.(*ast.BasicLit); is && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			ok(t, err)
			if statement.MatchString(text) {
				all = append(all, text)
			}
		}
		return true
	})
	if len(all) < 40 {
		t.Fatalf("%d statements found", len(all))
	}
	return all
}

// everything takes each way through the package.
func everything(t *testing.T, db *state.DB) {
	t.Helper()
	ctx := t.Context()
	now := time.Now()
	const name = "script00003"
	ok(t, db.ReadClock(ctx))
	host := state.Host{ID: "h", Name: "h", Started: now}
	must[bool](t)(db.Beat(ctx, host))
	must[bool](t)(db.Beat(ctx, host))
	must[[]state.Host](t)(db.Hosts(ctx))
	must[int64](t)(db.Generation(ctx))
	must[int64](t)(db.ScriptsGeneration(ctx))
	script(t, db, "new")
	script(t, db, "new", "every 1h")
	ok(t, db.SetPaused(ctx, "new", true, "ada"))
	ok(t, db.DeleteScript(ctx, "new"))

	current := must[state.Script](t)(db.Script(ctx, name))
	must[[]state.Script](t)(db.Scripts(ctx))
	must[*state.Version](t)(db.Version(ctx, current.Version))
	watched, _, err := db.WatchedScripts(ctx, time.Time{})
	ok(t, err)
	tick := now.Truncate(time.Second)
	w := watched[0]
	step := state.Advance{Script: w.Name, From: w.Watermark, To: tick, Updated: w.UpdatedAt, Run: []time.Time{tick.Add(-time.Second), tick}}
	for range 2 { // the second comes too late
		made, _, err := db.AdvanceTicks(ctx, []state.Advance{step}, nil)
		ok(t, err)
		for _, run := range made {
			_, _, err := db.ClaimRun(ctx, state.Claim{Run: run.ID, Script: w.Name, Host: "h", Version: w.Version, Overlap: "skip", MakeUp: true})
			ok(t, err)
		}
	}
	must[bool](t)(db.TakeDuty(ctx, "plan", "h", time.Minute))
	ok(t, db.LeaveDuty(ctx, "plan", "h"))
	adoptions(t, db, name)
	filters(t, db, name)
	writes(t, db, name)
	runs(t, db, state.Claim{Script: name, Host: "h", Version: current.Version})

	for _, count := range []int{10, 1} {
		must[bool](t)(db.PruneTurn(ctx, time.Hour))
		must[int](t)(db.Prune(ctx, state.Retention{Age: 15 * 24 * time.Hour, Count: 100 * count}))
	}
	later := now.Add(3 * time.Hour)
	ok(t, db.PutVersion(ctx, &state.Version{Hash: "unused", Script: name, Entry: "a"}))
	db.SetClock(func() time.Time { return later })
	must[int](t)(db.Prune(ctx, state.Retention{}))
	useStore(t, db, name)
	moved(t, db)
	noted(t, db, name)
	later = later.Add(2 * state.KeepDeparted)
	must[int](t)(db.Prune(ctx, state.Retention{}))
}

// moved has scripts removed, renamed, adopted, and come back.
func moved(t *testing.T, db *state.DB) {
	t.Helper()
	ctx := t.Context()
	keep := func(name string) {
		t.Helper()
		must[bool](t)(db.ScriptStore(name).Set(ctx, "k", []byte("1"), bindings.StoreOptions{}))
	}
	save(t, db, file("back", "print(1)"), file("taken", "print(2)"), file("left", "print(3)"), file("heir", "print(4)"), file("gone", "print(5)"))
	ok(t, db.DeleteScript(ctx, "back"))
	save(t, db, file("back", "print(1)"))
	broken := file("back", "print(1)")
	broken.Broken, broken.BrokenOnly = &state.RunError{Kind: "compile", Message: "no"}, true
	save(t, db, broken)
	must[state.Run](t)(db.Trigger(ctx, "back", state.Trigger{Kind: state.ByHand}))
	keep("back")
	ok(t, db.RenameScript(ctx, "back", file("taken", "print(2)")))
	ok(t, db.DeleteScript(ctx, "gone"))
	ok(t, db.RenameScript(ctx, "gone", file("found", "print(5)")))
	keep("left")
	keep("heir")
	ok(t, db.DeleteScript(ctx, "left"))
	must[state.Adoption](t)(db.AdoptScript(ctx, "left", "heir", true))
	must[[]state.Departure](t)(db.Departures(ctx))
	must[state.Departure](t)(db.Departure(ctx, "left"))
	must[[]state.Departure](t)(db.FormerNames(ctx, "taken"))
	must[map[string]string](t)(db.Contents(ctx, []string{"taken"}))
}

// noted looks at what was written, paused and stored.
func noted(t *testing.T, db *state.DB, name string) {
	t.Helper()
	ctx := t.Context()
	now := time.Now()
	run := must[[]state.Run](t)(db.Runs(ctx, state.RunFilter{Limit: 10}))[0]
	lines := []state.LogLine{{Seq: 101, Time: now}, {Seq: 102, Time: now}, {Seq: 103, Time: now}}
	ok(t, db.AppendLogs(ctx, run.ID, lines))
	ok(t, db.ChangeLog(ctx, run.ID, state.LogChange{Gap: &lines[0], From: 103}))
	must[int64](t)(db.SeqBefore(ctx, run.ID, 103, 1))
	before := &state.Write{APICall: state.APICall{Time: now}, Run: run.ID, Seq: 1}
	for _, f := range []state.WriteFilter{
		{}, {Script: name}, {Operation: "website"}, {Object: "session_1"}, {Before: before}, {Since: now.AddDate(0, 0, -2), Until: now},
		{Script: name, Object: "session_1", Since: now.AddDate(0, 0, -2), Before: before},
	} {
		f.Limit = 50
		must[[]state.Write](t)(db.Writes(ctx, f))
	}
	must[map[string]state.Pause](t)(db.Pauses(ctx))
	must[map[string]state.Pause](t)(db.Pauses(ctx, name))
	must[int64](t)(db.Size(ctx))
	quotas := db.NewQuotas(state.StoreQuota{Keys: 250, Bytes: 10_000})
	for i := range 60 { // comes near the quota, which may then refuse it
		_, _ = quotas.ScriptStore(name).Set(ctx, strings.Repeat("q", i+1), []byte(`"value"`), bindings.StoreOptions{})
	}
	_, _, err := db.ScriptStore(name).Usage(ctx)
	ok(t, err)
}

func filters(t *testing.T, db *state.DB, name string) {
	t.Helper()
	ctx := t.Context()
	now := time.Now()
	run := must[[]state.Run](t)(db.Runs(ctx, state.RunFilter{Limit: 10}))[9]
	must[[]state.Run](t)(db.FindRuns(ctx, run.ID[24:], 5))
	must[state.Run](t)(db.Run(ctx, run.ID))
	must[[]state.LogLine](t)(db.Logs(ctx, run.ID, 0, 10))
	must[[]state.APICall](t)(db.Calls(ctx, run.ID))
	if _, _, err := db.LastSeqs(ctx, run.ID); err != nil {
		t.Fatal(err)
	}
	states := [][]state.RunState{
		nil, {state.Scheduled}, {state.Running, state.Scheduled}, {state.Succeeded}, {state.Failed}, {state.TimedOut}, {state.Cancelled}, {state.Skipped},
		{state.Failed, state.TimedOut}, {state.Succeeded, state.Failed, state.Running}, {"unknown"},
	}
	for _, some := range states {
		for _, f := range []state.RunFilter{
			{}, {Script: name}, {Since: now.AddDate(0, 0, -3)}, {Since: now.AddDate(0, 0, -9), Until: now.AddDate(0, 0, -8)}, {Before: run.ID},
			{Script: name, Since: now.AddDate(0, 0, -9), Until: now.AddDate(0, 0, -8), Before: run.ID},
		} {
			f.States, f.Limit = some, 50
			must[[]state.Run](t)(db.Runs(ctx, f))
			for _, err := range db.EachRun(ctx, f) {
				ok(t, err)
			}
		}
	}
}

func runs(t *testing.T, db *state.DB, c state.Claim) {
	t.Helper()
	ctx := t.Context()
	start := func(overlap string) state.Run {
		t.Helper()
		run := must[state.Run](t)(db.Trigger(ctx, c.Script, state.Trigger{Kind: state.ByHand}))
		must[[]state.Line](t)(db.Lines(ctx, "", 10))
		if _, _, err := db.LineOf(ctx, c.Script); err != nil {
			t.Fatal(err)
		}
		for _, early := range []bool{false, true} {
			must[int](t)(db.MoveUp(ctx, []state.Turn{{Script: c.Script, Runs: 1, New: early}}, numbered(1)))
		}
		c.Run, c.Overlap = run.ID, overlap
		if _, _, err := db.RunToClaim(ctx, run.ID); err != nil {
			t.Fatal(err)
		}
		run, started, err := db.StartRun(ctx, c)
		if err == nil && (!started || overlap == "allow") {
			run, _, err = db.ClaimRun(ctx, c)
		}
		ok(t, err)
		return run
	}
	run := start("skip")
	start("skip") // is skipped
	start("queue")
	start("replace")
	for _, again := range []state.Run{run, start("allow")} {
		ok(t, db.AppendLogs(ctx, again.ID, []state.LogLine{{Seq: 1, Time: time.Now(), Level: "info"}}))
		ok(t, db.AppendCalls(ctx, again.ID, 1, []state.APICall{{Time: time.Now()}}))
	}
	must[map[string]string](t)(db.CancelRequests(ctx, "h"))
	second := start("allow")
	must[bool](t)(db.ReleaseRun(ctx, second))
	second = start("allow")
	ok(t, db.RetryRun(ctx, second))
	must[state.Run](t)(db.CancelRun(ctx, second.ID, "me"))
	last := start("allow")
	last.State = state.Failed
	ok(t, db.FinishRun(ctx, last))
	start("allow")
	ok(t, db.NoteStrayHosts(ctx))
	for _, since := range []time.Time{time.Now().Add(time.Hour), {}} {
		must[bool](t)(db.RemoveHost(ctx, "h", since, func(*sql.Tx, []int64) error { return nil }))
		must[bool](t)(db.Beat(ctx, state.Host{ID: "h", Name: "h", Started: time.Now()}))
	}
}

func useStore(t *testing.T, db *state.DB, name string) {
	t.Helper()
	ctx := t.Context()
	store := db.ScriptStore(name)
	must[bool](t)(store.Set(ctx, "a", []byte("1"), bindings.StoreOptions{}))
	must[bool](t)(store.Set(ctx, "a", []byte("2"), bindings.StoreOptions{Compare: true}))
	must[bool](t)(store.Set(ctx, "a", []byte("2"), bindings.StoreOptions{Compare: true, Expected: []byte("1")}))
	must[*bindings.Stored](t)(store.Get(ctx, "a"))
	must[float64](t)(store.Increment(ctx, "a", 1, time.Hour))
	must[float64](t)(store.Increment(ctx, "b", 1, time.Hour))
	must[[]bindings.Stored](t)(store.List(ctx, "a", 10))
	must[bool](t)(store.Delete(ctx, "a"))
}
