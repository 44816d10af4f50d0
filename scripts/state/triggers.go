package state

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Triggers are what events do with a script, as its header says.
type Triggers struct {
	On []On `json:"on"`
	// Key is the path of a field of the events: runs for one value of it keep their order.
	Key string `json:"key,omitzero"`
	// Debounce is how long no further event may come before the last one starts a run.
	Debounce time.Duration `json:"debounce,omitzero"`
	// Count runs may start within Per. 0 is any number.
	Count int           `json:"count,omitzero"`
	Per   time.Duration `json:"per,omitzero"`
	// Max events start one run, or fewer of them Within after the first. 0 does not gather.
	Max    int           `json:"max,omitzero"`
	Within time.Duration `json:"within,omitzero"`
}

// On is an event that starts a run.
type On struct {
	Event string `json:"event"`
	// Where is the condition that its payload must meet, or empty.
	Where string `json:"where,omitzero"`
}

// Names are the events that start the script, each once, in the order of its header.
func (t *Triggers) Names() (names []string) {
	if t == nil {
		return nil
	}
	for _, on := range t.On {
		if !slices.Contains(names, on.Event) {
			names = append(names, on.Event)
		}
	}
	return names
}

func (t *Triggers) encode() (string, error) {
	if t == nil || len(t.On) == 0 {
		return "", nil
	}
	text, err := json.Marshal(t)
	return string(text), err
}

// lanePrefix begins the lanes of event runs. Those of ticks and manual runs are empty.
const lanePrefix = "on:"

// maxKey is how long a key may be in bytes: a database does not index long texts.
const maxKey = 200

// LaneOf is the lane of runs that events start, by the value of the script's @key. It is the same for all of a script without one.
func LaneOf(key string) string { return lanePrefix + indexable(key) }

// indexable is a text that a database can have in an index. Others are as different as before.
func indexable(key string) string {
	key = printable(key)
	if len(key) > maxKey {
		sum := sha256.Sum256([]byte(key))
		key = strings.ToValidUTF8(key[:maxKey/2], "") + "..." + hex.EncodeToString(sum[:16])
	}
	return key
}

// Lane is what keeps the run in order: it sees runs of its own lane only. It is empty for ticks and manual runs, or of LaneOf.
func (r *Run) Lane() string { return r.lane }

func keyOf(lane string) string { return strings.TrimPrefix(lane, lanePrefix) }

// TriggeredScripts are the scripts that events start: those that are not paused or disabled and have a version that runs.
func (db *DB) TriggeredScripts(ctx context.Context) ([]Script, error) {
	all, err := collect(ctx, db.sql, scanScript, "SELECT "+scriptColumns+" FROM scripts WHERE triggers <> '' AND NOT paused AND NOT disabled AND version <> ''")
	list := make([]Script, len(all))
	for i, s := range all {
		list[i] = s.Script
	}
	return list, err
}
