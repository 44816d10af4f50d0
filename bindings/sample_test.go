package bindings

import (
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
)

// TestSamplesAreAnswers makes up the result of every write of the catalogue: it must be what the operation returns.
func TestSamplesAreAnswers(t *testing.T) {
	for _, op := range spec.All() {
		if op.Effect == spec.EffectRead || op.Result == nil {
			continue
		}
		sample, ok := sampleOf(op).(engine.JSON)
		if !ok {
			t.Errorf("%s: %v", op.ID, sampleOf(op))
			continue
		}
		if err := op.Result.ValidateAnswerJSON(sample); err != nil {
			t.Errorf("%s: %v: %s", op.ID, err, sample)
		}
	}
}
