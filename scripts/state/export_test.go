package state

import (
	"slices"
	"testing"
)

// NextMigration makes this a later version, with one more change of the tables, until the test ends.
func NextMigration(t *testing.T, statements string) {
	t.Helper()
	before := migrations
	migrations = append(slices.Clone(before), statements)
	t.Cleanup(func() { migrations = before })
}
