package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
)

// FailCut is the key of Config.Fail that stands for a connection cut in the middle of the answer.
const FailCut = 0

// ParseFail reads failure rates: "429=0.1,500=0.05" by status, "cut=0.01" for cut connections. Statuses are 400 to 599,
// rates from 0 to 1 and together at most 1. An empty text is no failures.
func ParseFail(s string) (map[int]float64, error) {
	rates := map[int]float64{}
	if strings.TrimSpace(s) == "" {
		return rates, nil
	}
	total := 0.0
	for part := range strings.SplitSeq(s, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		status := FailCut
		if name != "cut" {
			n, err := strconv.Atoi(name)
			if err != nil || n < 400 || n > 599 {
				return nil, fmt.Errorf(
					"failure %q: %q is neither a status from 400 to 599 nor \"cut\"; write for example 429=0.1,cut=0.01",
					part, name)
			}
			status = n
		}
		rate, err := strconv.ParseFloat(value, 64)
		if err != nil || !(rate >= 0 && rate <= 1) {
			return nil, fmt.Errorf("failure %q: the rate is a number from 0 to 1, for example %s=0.1", part, name)
		}
		if _, twice := rates[status]; twice {
			return nil, fmt.Errorf("failure %q: %s is given twice", part, name)
		}
		rates[status] = rate
		if status != FailCut {
			total += rate
		}
	}
	if total > 1 {
		return nil, fmt.Errorf("failures %q: the rates of the statuses add up to more than 1", s)
	}
	return rates, nil
}

// fault is what goes wrong with one request.
type fault struct {
	status int
	cut    bool
}

// faults draws the faults of the requests in the order of their arrival, from the seed.
type faults struct {
	mu       sync.Mutex
	dice     seed.Dice
	statuses []int
	rates    map[int]float64
	cut      float64
}

func (f *faults) init(cfg Config) {
	f.dice = seed.Source(cfg.Seed).Dice(seed.KindFault, 0)
	f.rates, f.cut = cfg.Fail, max(cfg.Cut, cfg.Fail[FailCut])
	for status := range cfg.Fail {
		if status != FailCut {
			f.statuses = append(f.statuses, status)
		}
	}
	slices.Sort(f.statuses)
}

func (f *faults) draw() fault {
	if len(f.statuses) == 0 && f.cut == 0 {
		return fault{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	throw, cut := f.dice.Float(), f.dice.Float() < f.cut
	for _, status := range f.statuses {
		if throw -= f.rates[status]; throw < 0 {
			return fault{status: status, cut: cut}
		}
	}
	return fault{cut: cut}
}

// error is the answer of a failing status. Only the word of 423 was seen; the others are guesses.
func (f fault) error() error {
	e := &api.Error{Status: f.status, Reason: "internal_error", Message: "this failure was asked for"}
	switch f.status {
	case http.StatusTooManyRequests, statusEnhanceYourCalm:
		e.Reason, e.RetryAfter = "rate_limited", 1
	case http.StatusLocked:
		e.Reason, e.RetryAfter = "quota_limit_exceeded", 1
	case http.StatusUnauthorized:
		e.Reason = "invalid_session"
	case http.StatusForbidden:
		e.Reason = "not_allowed"
	case http.StatusNotFound:
		e.Reason = "not_found"
	case http.StatusBadRequest:
		e.Reason = "invalid_data"
	}
	return e
}

// statusEnhanceYourCalm is a rate limit too, says the guide.
const statusEnhanceYourCalm = 420

// errQuota stays until the quota is reset, which the sandbox never does. A minute is what Crisp's own importer waits.
var errQuota = &api.Error{
	Status: http.StatusLocked, Reason: "quota_limit_exceeded", Message: "the quota of requests is used up",
	RetryAfter: 60,
}
