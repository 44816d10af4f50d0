package timetext

import (
	"strconv"
	"strings"
	"time"
)

// Longest is the longest duration that ParseDuration reads. Sums and differences of such ones and times fit their types.
const Longest = 100 * 365 * 24 * time.Hour

// ParseDuration reads what time.ParseDuration does, with weeks and days before it: "90s", "2h30m", "7d", "1w2d12h". It is false for anything
// else, for durations below zero, and for those beyond Longest.
func ParseDuration(text string) (d time.Duration, ok bool) {
	rest := text
	for _, unit := range []struct {
		suffix string
		size   time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		number, after, found := strings.Cut(rest, unit.suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !(n >= 0 && n*float64(unit.size) <= float64(Longest)) { // NaN too
			return 0, false
		}
		d += time.Duration(n * float64(unit.size))
		if rest = after; rest == "" {
			rest = "0"
		}
	}
	small, err := time.ParseDuration(rest)
	if err != nil || small < 0 || small > Longest || d+small > Longest {
		return 0, false
	}
	return d + small, true
}

// FormatDuration writes a duration as time.Duration does, without the parts at its end that are zero: "1h30m", "2h", "90ms".
func FormatDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range [...]string{"0s", "0m"} {
		short := strings.TrimSuffix(text, zero)
		if short == "" || short[len(short)-1] >= '0' && short[len(short)-1] <= '9' {
			break
		}
		text = short
	}
	return text
}
