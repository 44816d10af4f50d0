package state

import (
	"context"
	"fmt"
	"strings"
)

// minIDPart is how many characters of an ID FindRuns asks for.
const minIDPart = 4

// FindRuns are the runs whose ID begins or ends with a part of at least four characters, the newest first, at most limit. IDs begin
// with their time, so that runs of one time begin alike; their ends are random.
func (db *DB) FindRuns(ctx context.Context, part string, limit int) ([]Run, error) {
	part = strings.ToLower(part)
	if len(part) < minIDPart || strings.Trim(part, "0123456789abcdef-") != "" {
		return nil, nil
	}
	return collect(ctx, db.sql, scanRun, "SELECT "+runColumns+" FROM runs WHERE id LIKE $1 OR id LIKE $2 ORDER BY id DESC LIMIT "+fmt.Sprint(limit), part+"%", "%"+part)
}
