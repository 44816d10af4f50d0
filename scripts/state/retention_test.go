//go:build unix

package state_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/scripts/state"
)

// manyRuns fills a database with runs of 100 scripts, one a second until now, each with two log lines.
func manyRuns(t *testing.T, db *state.DB, n int) {
	t.Helper()
	ctx := t.Context()
	numbers := "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1 - 1) "
	if db.Pool() != nil {
		numbers = "WITH numbers (n) AS (SELECT * FROM generate_series(0, CAST($1 AS BIGINT) - 1)) "
	}
	now := time.Now().UnixMicro()
	created := fmt.Sprintf("(%d - (CAST($1 AS BIGINT) - n) * 1000000)", now)
	hex := "printf('%012x', " + created + " / 1000)"
	if db.Pool() != nil {
		hex = "lpad(to_hex(" + created + " / 1000), 12, '0')"
	}
	id := "substr(" + hex + ", 1, 8) || '-' || substr(" + hex + ", 9) || '-7000-8000-' || substr('000000000000' || n, length('' || n) + 1)"
	for _, insert := range []string{
		"INSERT INTO runs (id, script, version, state, kind, created, started, ended) " + numbers +
			"SELECT " + id + ", 's' || (n % 100), 'v' || (n % 500), 'succeeded', 'manual', " + created + ", " + created + ", " + created + " FROM numbers",
		"INSERT INTO run_logs (run, seq, attempt, time, level, message, fields) " + numbers +
			"SELECT " + id + ", 1 + n % 2, 1, 1, 'info', 'a line of some length, as scripts print them', '' FROM numbers",
	} {
		if _, err := db.SQL().ExecContext(ctx, insert, n); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 500 {
		ok(t, db.PutVersion(ctx, &state.Version{Hash: fmt.Sprint("v", i), Script: fmt.Sprint("s", i%100), Entry: "a", Language: "lua"}))
	}
}

// A long history is dropped in bounded parts, between which other work goes on, by count and by age.
func TestPruneMany(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector makes a large history take minutes")
	}
	statetest.Each(t, func(t *testing.T, address string) {
		const n = 12_000
		db := statetest.Open(t, address)
		ctx := t.Context()
		manyRuns(t, db, n)
		script(t, db, "busy")
		count := func() (runs int) {
			t.Helper()
			ok(t, db.SQL().QueryRowContext(ctx, "SELECT count(*) FROM runs WHERE script <> 'busy'").Scan(&runs))
			return runs
		}

		stop := make(chan struct{})
		var others sync.WaitGroup
		var longest time.Duration
		turns := 0
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
				begin := time.Now()
				if _, err := db.Trigger(ctx, "busy", state.Trigger{Kind: state.ByHand}); err != nil {
					t.Error(err)
					return
				}
				longest = max(longest, time.Since(begin))
				turns++
			}
		})
		calls := 0
		begin := time.Now()
		for left := n; ; calls++ {
			dropped := must[int](t)(db.Prune(ctx, state.Retention{Count: n / 100 * 9 / 10}))
			left -= dropped
			if dropped > state.PruneMost || count() != left {
				t.Fatalf("%d dropped, %d left", dropped, count())
			}
			if dropped < state.PruneMost {
				break
			}
		}
		close(stop)
		others.Wait()
		if left := count(); left != n*9/10 {
			t.Errorf("%d runs left by count", left)
		}
		// Each call has several transactions, and the others get their turn between them.
		if turns < calls {
			t.Errorf("others had %d turns in %d calls", turns, calls)
		}
		t.Logf("%d calls in %v; of %d others the longest waited %v", calls, time.Since(begin), turns, longest)

		for must[int](t)(db.Prune(ctx, state.Retention{Age: time.Second * n / 2})) == state.PruneMost {
		}
		if left := count(); left > n/2+1 || left < n/2-2000 { // each second was one run, and time goes on
			t.Errorf("%d runs left by age", left)
		}
		var logs int
		ok(t, db.SQL().QueryRowContext(ctx, "SELECT count(*) FROM run_logs WHERE run NOT IN (SELECT id FROM runs)").Scan(&logs))
		if logs != 0 {
			t.Errorf("%d log lines of dropped runs", logs)
		}

		// Versions that runs name stay, others go.
		later := time.Now().Add(2 * time.Hour)
		db.SetClock(func() time.Time { return later })
		if _, err := db.SQL().ExecContext(ctx, "DELETE FROM runs WHERE version = 'v7'"); err != nil {
			t.Fatal(err)
		}
		must[int](t)(db.Prune(ctx, state.Retention{}))
		var versions int
		ok(t, db.SQL().QueryRowContext(ctx, "SELECT count(*) FROM versions").Scan(&versions))
		if versions != 499 { // the busy script has v1
			t.Errorf("%d versions left", versions)
		}
	})
}

// A file becomes smaller when much of it was dropped, and one that was made by an earlier version when it is compacted.
func TestFileShrinks(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector makes a large history take minutes")
	}
	for _, old := range []bool{false, true} {
		address := statetest.SQLite(t)
		path := strings.TrimPrefix(address, "sqlite:")
		if old {
			plain := must[*sql.DB](t)(sql.Open("sqlite", path))
			_, err := plain.ExecContext(t.Context(), "CREATE TABLE other (a INTEGER)")
			ok(t, errors.Join(err, plain.Close()))
		}
		db := must[*state.DB](t)(state.Open(t.Context(), address))
		ok(t, statetest.Fill(t.Context(), db, statetest.History{Runs: 5000, Scripts: 50, Lines: 20, Calls: 1, Days: 20, End: time.Now()}))
		size := func() int64 {
			t.Helper()
			_, err := db.SQL().ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
			ok(t, err)
			return must[os.FileInfo](t)(os.Stat(path)).Size()
		}
		before := size()
		for must[int](t)(db.Prune(t.Context(), state.Retention{Count: 5})) == state.PruneMost {
		}
		after := size()
		t.Logf("%d bytes became %d", before, after)
		if small := after < before/2; small == old {
			t.Errorf("old file: %v, %d bytes became %d", old, before, after)
		}
		ok(t, db.Compact(t.Context()))
		if after := size(); after > before/5 {
			t.Errorf("compacted, %d bytes became %d", before, after)
		}
		sound(t, db)
		var mode int
		ok(t, db.SQL().QueryRowContext(t.Context(), "PRAGMA auto_vacuum").Scan(&mode))
		if mode != 2 {
			t.Errorf("auto_vacuum is %d", mode)
		}
		ok(t, db.Close())
	}
}

// The clock of a host was set back: IDs go on from where they were, and the age of runs does not go by them.
func TestPruneWithIDsAhead(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, ctx := statetest.Open(t, address), t.Context()
		script(t, db, "a")
		now := time.Now()
		db.SetClock(func() time.Time { return now.Add(20 * time.Minute) })
		finish(t, db, runOnce(t, db, "a"))
		db.SetClock(func() time.Time { return now })
		finish(t, db, runOnce(t, db, "a"))
		db.SetClock(func() time.Time { return now.Add(time.Minute) })
		if n := must[int](t)(db.Prune(ctx, state.Retention{Age: time.Second})); n != 1 {
			t.Errorf("%d runs dropped, want the one from behind the change", n)
		}
	})
}
