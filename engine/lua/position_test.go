package lua

import (
	"testing"

	"github.com/crisphost/crisphost/engine/enginetest"
)

func TestPositions(t *testing.T) { enginetest.TestPositions(t, NewRuntime(), "a.lua") }
