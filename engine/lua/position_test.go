package lua

import (
	"testing"

	"github.com/crisphost/crisphost/internal/enginetest"
)

func TestPositions(t *testing.T) { enginetest.TestPositions(t, NewRuntime(), "a.lua") }
