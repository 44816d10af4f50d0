//go:build unix

package state_test

import (
	"database/sql"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/internal/sqlhook"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/scripts/state"
)

// scans are the statements that may read much of a large table, and why.
var scans = [][2]string{
	{"FROM runs ORDER BY id DESC", "the newest runs, of which as many are read as are asked for"},
	{"FROM runs WHERE script = $1 ORDER BY id DESC", "on SQLite it looks so: as many of a script's newest runs are read as are asked for"},
	{"FROM runs WHERE state = 'succeeded' ORDER BY id DESC", "most runs do, so that few others are passed"},
	{"FROM runs WHERE script = $1 AND state", "on SQLite it looks so: the states are in the index, and only runs that are wanted are read"},
	{"AND effect <> '' ORDER BY time DESC", "the newest writes, of which as many are read as are asked for"},
	{"AND effect <> '' AND substr(operation", "on either, as it estimates their number: other operations are passed in the index of the newest writes, which has them"},
	{"UPDATE run_calls SET script", "on PostgreSQL it looks so while the table is small: of a large one, the calls of 500 runs are looked up"},
	{"SELECT received FROM events ORDER BY received DESC LIMIT 1 OFFSET", "by the host that prunes: of the events that are kept, at most so many times in an index"},
	{"DELETE FROM events", "on PostgreSQL it looks so while the table is small: of a large one, the events of a step are looked up"},
	{"FALSE", "on SQLite it looks so, and nothing is read"},
	{"SELECT hash FROM versions WHERE created", "a script has few versions, each of which is looked up in an index of runs, by the host that prunes; all runs are read only for those that no run of their script names"},
}

// Every statement of the package is planned on a filled database of each kind: one that reads much of a large table fails, unless it is
// listed with a reason. So does a statement that this test does not run.
func TestPlans(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector makes a large history take minutes")
	}
	statetest.Each(t, func(t *testing.T, address string) {
		ctx := t.Context()
		filled := statetest.Open(t, address)
		ok(t, statetest.Fill(ctx, filled, statetest.History{Runs: 10_000, Scripts: 50, Lines: 1, Calls: 2, Days: 20, Stored: 100, End: time.Now().Add(-time.Minute)}))
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
		if filled.Pool() != nil {
			lostAnswers(t, address, recorder)
		}
		existing := must[*state.DB](t)(state.OpenExisting(ctx, address))
		ok(t, existing.Close())
		statements := recorder.Statements()
		statetest.CheckPlans(t, filled, statements, scans)

		var all strings.Builder
		for _, s := range statements {
			all.WriteString(s.Query + "\n")
		}
		for _, text := range literals(t) {
			if filled.Pool() == nil && onlyPostgres.MatchString(text) || filled.Pool() != nil && onlySQLite.MatchString(text) {
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
	// What only one kind of database is asked: an answer of SQLite is never lost.
	onlyPostgres = regexp.MustCompile(`pg_|regclass|unnest|clock_timestamp|'changes'|^SELECT digest, updated`)
	onlySQLite   = regexp.MustCompile(`pragma_|sqlite_master|json_each`)
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
	ok(t, db.NoteHeard(ctx))
	must[time.Time](t)(db.Heard(ctx))
	adoptions(t, db, name)
	filters(t, db, name)
	writes(t, db, name)
	runs(t, db, state.Claim{Script: name, Host: "h", Version: current.Version})

	if n := must[int](t)(db.Prune(ctx, state.Retention{Age: 20*24*time.Hour - 4*time.Hour, Count: 198})); n == 0 {
		t.Error("no run is dropped")
	}
	later := now.Add(3 * time.Hour)
	ok(t, db.PutVersion(ctx, &state.Version{Hash: "unused", Script: name, Entry: "a"}))
	db.SetClock(func() time.Time { return later })
	must[int](t)(db.Prune(ctx, state.Retention{}))
	useStore(t, db, name)
	events(t, db, name)
	noted(t, db, name)
	later = later.Add(2 * state.KeepDeparted)
	must[int](t)(db.Prune(ctx, state.Retention{}))
}

// noted looks at what was logged, paused and stored.
func noted(t *testing.T, db *state.DB, name string) {
	t.Helper()
	ctx := t.Context()
	now := time.Now()
	run := must[[]state.Run](t)(db.Runs(ctx, state.RunFilter{Limit: 10}))[0]
	lines := []state.LogLine{{Seq: 101, Time: now}, {Seq: 102, Time: now}, {Seq: 103, Time: now}}
	ok(t, db.AppendLogs(ctx, run.ID, lines))
	ok(t, db.ChangeLog(ctx, run.ID, state.LogChange{Gap: &lines[0], From: 103}))
	must[int64](t)(db.SeqBefore(ctx, run.ID, 103, 1))
	must[map[string]state.Pause](t)(db.Pauses(ctx))
	must[map[string]state.Pause](t)(db.Pauses(ctx, name))
	must[int64](t)(db.Size(ctx))
	near := db.NewQuotas(state.StoreQuota{Keys: 150}).ScriptStore(name) // of which 100 are there
	must[bool](t)(near.Set(ctx, "q", []byte("1"), bindings.StoreOptions{}))
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
		if _, _, err := db.LineOf(ctx, c.Run); err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.LineOfScript(ctx, c.Script); err != nil {
			t.Fatal(err)
		}
		for _, part := range []state.Part{state.Head, state.NewHead, state.Excess, state.Events, state.Lanes, state.Firsts, state.Lasts} {
			must[[]state.Run](t)(db.MoveUp(ctx, []state.Turn{{Script: c.Script, Runs: 1, Of: part}}, numbered(1)))
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

// events takes events in each way.
func events(t *testing.T, db *state.DB, name string) {
	t.Helper()
	ctx := t.Context()
	now := time.Now()
	db.SetClock(func() time.Time { return now })
	taken := 0
	take := func(a state.Arrival, l state.Launch) state.Arrival {
		t.Helper()
		l.Script, l.Lane = name, state.LaneOf("s")
		taken++
		a.Name, a.Subject, a.Payload, a.Launches = "message:send", "s", []byte("{}"), []state.Launch{l}
		if a.Identity == "" {
			a.Identity = strconv.Itoa(taken)
		}
		if a.Way == state.ByHook {
			a.Stamp = now
		}
		must[[]state.Taken](t)(db.TakeEvents(ctx, []*state.Arrival{&a}))
		return a
	}
	ids := must[[]string](t)(db.Expect(ctx, []state.Expectation{{Event: "message:send", Subject: "s", Turn: 1}}))
	ok(t, db.Learn(ctx, ids[0], "s", 7))
	a := take(state.Arrival{Once: true, Fingerprint: 7}, state.Launch{})
	must[[]state.Taken](t)(db.TakeEvents(ctx, []*state.Arrival{&a})) // is found
	for _, once := range []bool{true, false} {
		for _, ways := range [][]state.Way{{state.ByRTM, state.ByHook, state.ByHook}, {state.ByHook, state.ByRTM}} {
			identity := fmt.Sprint(once, ways)
			for _, way := range ways {
				take(state.Arrival{Identity: identity, Once: once, Way: way}, state.Launch{})
			}
		}
	}
	for range 2 {
		take(state.Arrival{}, state.Launch{Debounce: time.Second})
	}
	now = now.Add(2 * time.Second)
	moved := must[[]state.Run](t)(db.MoveUp(ctx, []state.Turn{{Script: name, Runs: 100, Of: state.Lasts, After: state.LaneOf("a")}}, numbered(1)))
	if len(moved) == 0 {
		t.Error("no lane moved up")
	}
	for range 3 {
		take(state.Arrival{}, state.Launch{Max: 3, Within: time.Second, Count: 1, Per: time.Second})
	}
	take(state.Arrival{Way: state.ByHook, Hold: time.Second}, state.Launch{})
	now = now.Add(time.Second)
	take(state.Arrival{}, state.Launch{})
	take(state.Arrival{Way: state.ByHook, Hold: time.Second}, state.Launch{})
	must[time.Time](t)(db.NextDue(ctx, now))
	now = now.Add(2 * time.Second)
	if _, _, err := db.ReleaseEvents(ctx, 10); err != nil {
		t.Fatal(err)
	}
	run := must[[]state.Run](t)(db.Runs(ctx, state.RunFilter{Script: name, Limit: 1}))[0]
	must[[]state.Event](t)(db.EventsOf(ctx, run.ID))
	must[state.Run](t)(db.Replay(ctx, name, run.ID, "me"))
	must[[]state.Script](t)(db.TriggeredScripts(ctx))
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

// lostAnswers has the answers of changes get lost until the server was asked for what became of each kind.
func lostAnswers(t *testing.T, address string, recorder *statetest.Recorder) {
	t.Helper()
	through, cuts := cutting(t, address)
	store, ctx := statetest.Open(t, through).SharedStore(), t.Context()
	cuts.on.Store(true)
	defer cuts.on.Store(false)
	asked := func(part string) bool {
		return slices.ContainsFunc(recorder.Statements(), func(s statetest.Statement) bool { return strings.Contains(s.Query, part) })
	}
	for i := range 1000 {
		if asked("pg_xact_status") && asked("SELECT digest, updated") {
			return
		}
		must[float64](t)(store.Increment(ctx, "n", 1, 0))
		must[bool](t)(store.Set(ctx, strconv.Itoa(i), []byte("1"), bindings.StoreOptions{Compare: true}))
	}
	t.Error("no answer was lost")
}
