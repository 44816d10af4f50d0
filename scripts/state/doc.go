// Package state keeps what a host knows about its scripts: versions, schedules, runs with their logs, and the values that
// scripts store. It stands in a database, a SQLite file for one host or PostgreSQL for several.
//
//	db, err := state.Open(ctx, "sqlite:"+file)
//	...
//	defer db.Close()
//	n, err := db.ScriptStore("report").Increment(ctx, "runs", 1, 0)
package state
