//go:build unix

package serve

import (
	"context"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/version"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/telemetry"
	"github.com/crisphost/crisphost/scripts/worker"
)

// sources are what the host's figures are read from, when it has started.
func (s *server) sources(db *state.DB) telemetry.Sources {
	return telemetry.Sources{
		Version: version.Current(), Logger: s.log, Scripts: db.Scripts,
		Writable: func() error { return s.host.Writable() },
		Polling:  func() bool { return s.host.Counts().Polling },
		Database: func() (int64, int64) { return s.host.Database() },
		Events:   func() schedule.EventStats { return s.host.EventStats() },
		Hears:    func() error { return s.host.Hears() },
		Pool:     func() worker.Stats { return s.host.Pool() },
		Budget:   func() crisp.BudgetStats { return s.client.Load().Budget() },
	}
}

// startTracing begins to send traces if OpenTelemetry's variables ask for it.
func (s *server) startTracing(ctx context.Context) (*telemetry.Tracing, error) {
	tracing, err := telemetry.StartTracing(ctx, telemetry.TracingOptions{
		LookupEnv: s.options.env, Version: version.Current(), Host: s.options.name, Console: s.options.io.Err, Logger: s.log,
	})
	if err != nil {
		return nil, &usage.Error{Problem: err.Error(), Hint: "OpenTelemetry's variables, OTEL_..., ask for traces; OTEL_SDK_DISABLED=true turns them off", Err: err}
	}
	return tracing, nil
}
