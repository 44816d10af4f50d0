package state

import (
	"context"
	"fmt"
	"strings"
)

// minIDPart is how many characters of an ID FindRuns asks for. The index of ends holds as many.
const minIDPart = 4

// idShape is an ID of zeros.
const idShape = "00000000-0000-0000-0000-000000000000"

// FindRuns are the runs whose ID begins or ends with a part of at least four characters, the newest first, at most limit. IDs begin
// with their time, so that runs of one time begin alike; their ends are random.
func (db *DB) FindRuns(ctx context.Context, part string, limit int) ([]Run, error) {
	part = strings.ToLower(part)
	if len(part) < minIDPart || len(part) > len(idShape) || strings.Trim(part, "0123456789abcdef-") != "" {
		return nil, nil
	}
	// IDs from the first to the last that begin so. Those of one shape have one order in all collations.
	first := part + idShape[len(part):]
	last := part + strings.ReplaceAll(idShape[len(part):], "0", "f")
	query := fmt.Sprintf(`SELECT * FROM (SELECT %[1]s FROM runs WHERE id >= $1 AND id <= $2 AND id LIKE $5 ORDER BY id DESC LIMIT %[2]d) AS beginnings
		UNION SELECT * FROM (SELECT %[1]s FROM runs WHERE substr(id, 33) = $3 AND id LIKE $4 ORDER BY id || '' DESC LIMIT %[2]d) AS ends
		ORDER BY id DESC LIMIT %[2]d`, runColumns, limit)
	return collect(ctx, db.reader, scanRun, query, first, last, part[len(part)-minIDPart:], "%"+part, part+"%")
}
