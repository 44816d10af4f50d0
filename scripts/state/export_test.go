package state

import (
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/sqlhook"
)

// KnownVersion is the version of the tables that this build makes.
var KnownVersion = len(migrations)

// NextMigration makes this a later version, with one more change of the tables, until the test ends. Builds that know a version from
// compatible on can use the result.
func NextMigration(t *testing.T, statements string, compatible int) {
	t.Helper()
	sqlhook.NextMigration = &sqlhook.Migration{Statements: statements, Compatible: compatible}
	t.Cleanup(func() { sqlhook.NextMigration = nil })
}

// SetFrozenAfter replaces how long a host that takes events may stand still, until the test ends.
func SetFrozenAfter(t *testing.T, d time.Duration) {
	t.Helper()
	before := frozenAfter
	frozenAfter = d
	t.Cleanup(func() { frozenAfter = before })
}
