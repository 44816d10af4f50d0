// Package sqlhook lets tests see the statements that a database is asked to run, and be of a later version.
package sqlhook

import "github.com/jackc/pgx/v5"

// Hooks of databases that are opened from now on. Only tests set them, before they open one.
var (
	// SQLite is the name of the driver.
	SQLite = "sqlite"
	// Tracer is told of PostgreSQL's statements, or nil.
	Tracer pgx.QueryTracer
	// NextMigration makes the program a later version, with one more change of the tables.
	NextMigration *Migration
)

// Migration is a change of the tables, and the oldest version that knows how to use the result.
type Migration struct {
	Statements string
	Compatible int
}
