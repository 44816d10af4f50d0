package engine

import (
	"context"

	"github.com/crisphost/crisphost/engine/internal/callcontext"
)

// Begun tells, in a call of a Function with Begins, that it has begun. Elsewhere it does nothing.
func Begun(ctx context.Context) { callcontext.Begun(ctx) }
