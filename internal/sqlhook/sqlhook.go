// Package sqlhook lets tests see the statements that a database is asked to run.
package sqlhook

import "github.com/jackc/pgx/v5"

// Hooks of databases that are opened from now on. Only tests set them, before they open one.
var (
	// SQLite is the name of the driver.
	SQLite = "sqlite"
	// Tracer is told of PostgreSQL's statements, or nil.
	Tracer pgx.QueryTracer
)
