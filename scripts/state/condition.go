package state

// Health is whether a script does its work, by what its runs resulted in: one that is skipped, cancelled, or still going changes
// nothing about it.
type Health string

// What a script's health can be.
const (
	Broken  Health = "broken"  // its file as it stands is not used
	Failing Health = "failing" // the last run with a result failed or timed out
	Healthy Health = "healthy" // the last run with a result succeeded
	Untried Health = "new"     // no run has had a result
)

// Health is the script's health.
func (s *Script) Health() Health {
	switch {
	case s.Broken != nil:
		return Broken
	case s.LastResult == nil:
		return Untried
	case s.LastResult.State == Succeeded:
		return Healthy
	}
	return Failing
}
