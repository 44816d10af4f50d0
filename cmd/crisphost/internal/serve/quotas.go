//go:build unix

package serve

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/limits"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/sizetext"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// quotas are what scripts may fill.
type quotas struct {
	logLines, storeKeys                      int
	logSize, storeSize, filesSize, maxDBSize limits.Size
	answerSize                               limits.Size
	logRate                                  float64
}

func (q *quotas) register(flags *pflag.FlagSet) {
	q.logSize, q.storeSize, q.filesSize = schedule.DefaultLogBytes, 128<<20, 1<<30
	q.maxDBSize, q.answerSize = 10<<30, 128<<20
	flags.IntVar(&q.logLines, "log-lines", schedule.DefaultLogLines, "how many lines of the log of a run are kept: half of them from its beginning, half from its end")
	flags.Var(&q.logSize, "log-size", "how much of the log of a run is kept, as --log-lines")
	flags.Float64Var(&q.logRate, "log-rate", 100, "lines per second that all scripts together may write to the host's own log; 0 is no limit")
	flags.IntVar(&q.storeKeys, "store-keys", 500_000, "how many keys the store of a script may have; 0 is no limit")
	flags.Var(&q.storeSize, "store-size", "how much the keys and values in the store of a script may take; 0 is no limit")
	flags.Var(&q.filesSize, "files-size", "how much the files of a script may take; 0 is no limit")
	flags.Var(&q.maxDBSize, "max-db-size", "`size` of the database from which on scripts store nothing more and log next to nothing; 0 is no limit")
	flags.Var(&q.answerSize, "answer-size", "`memory` that the host uses for answers on their way to scripts; calls beyond it wait")
}

func (q *quotas) check() error {
	const leastLog, leastAnswers = 64 << 10, 4 << 20
	for _, n := range []struct {
		flag  string
		bad   bool
		value any
		takes string
	}{
		{"log-lines", q.logLines < 2, q.logLines, "it is a number from 2 on"},
		{"log-size", q.logSize < leastLog, q.logSize.String(), "it is a size from " + sizetext.Format(leastLog) + " on"},
		{"log-rate", !(q.logRate >= 0 && q.logRate <= maxRate), q.logRate, fmt.Sprintf("it is a number from 0, for no limit, to %d", int(maxRate))},
		{"store-keys", q.storeKeys < 0, q.storeKeys, "it is a number from 0, for no limit, on"},
		{"answer-size", q.answerSize < leastAnswers, q.answerSize.String(), "it is a size from " + sizetext.Format(leastAnswers) + " on"},
	} {
		if n.bad {
			return &usage.Error{Problem: fmt.Sprintf("--%s %v is out of range", n.flag, n.value), Hint: n.takes}
		}
	}
	return nil
}

func (q *quotas) host() host.Quotas {
	return host.Quotas{
		Store:    state.StoreQuota{Keys: int64(q.storeKeys), Bytes: int64(q.storeSize)},
		Database: int64(q.maxDBSize), LogRate: q.logRate,
	}
}

func (q *quotas) logs() schedule.LogQuota {
	return schedule.LogQuota{Lines: q.logLines, Bytes: int(q.logSize)}
}
