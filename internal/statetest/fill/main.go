// Fill makes a large database, as hosts leave it after a long time, for benchmarks and for looking at how pages and commands do on it:
//
//	go run ./internal/statetest/fill -db sqlite:/tmp/big.db
//	go run ./internal/statetest/fill -db postgres://test@127.0.0.1:5432/big -runs 1000000 -scripts 500 -days 20
//
// The database has to be empty. With -dir the scripts' files are written, too, so that a host may serve them from the database.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

func main() {
	h := statetest.History{End: time.Now()}
	address := flag.String("db", "", "`address` of the database, sqlite:PATH or postgres://...")
	dir := flag.String("dir", "", "`directory` to write the scripts to")
	flag.IntVar(&h.Runs, "runs", 1_000_000, "runs")
	flag.IntVar(&h.Scripts, "scripts", 500, "scripts")
	flag.IntVar(&h.Lines, "lines", 5, "log lines of a run, on average")
	flag.IntVar(&h.Calls, "calls", 1, "API calls of a run, on average")
	flag.IntVar(&h.Days, "days", 20, "days over which the runs are spread")
	flag.IntVar(&h.Stored, "stored", 20, "stored values of a script")
	flag.Parse()
	begin := time.Now()
	if err := fill(context.Background(), *address, *dir, h); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
	fmt.Printf("%d runs of %d scripts in %v\n", h.Runs, h.Scripts, time.Since(begin).Round(time.Millisecond))
}

func fill(ctx context.Context, address, dir string, h statetest.History) error {
	if h.Runs < 1 || h.Scripts < 1 || h.Days < 1 || h.Lines < 0 || h.Calls < 0 {
		return errors.New("runs, scripts and days are numbers from 1 on, lines and calls from 0")
	}
	db, err := state.Open(ctx, address)
	if err != nil {
		return err
	}
	if err := errors.Join(statetest.Fill(ctx, db, h), db.Close()); err != nil || dir == "" {
		return err
	}
	for n := range h.Scripts {
		path, text := statetest.ScriptFile(n)
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
