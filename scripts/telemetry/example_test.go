//go:build unix

package telemetry_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/telemetry"
)

// A host takes what is observed as host.Config.Telemetry, and a web server the handler of the metrics.
func Example() {
	if err := observeHost(context.Background(), "v1.2.3"); err != nil {
		fmt.Println(err)
	}
	// Output: crisphost_scripts{state="active"} 0
}

func observeHost(ctx context.Context, version string) error {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := state.Open(ctx, "sqlite:"+filepath.Join(dir, "host.db"))
	if err != nil {
		return err
	}
	defer db.Close()

	metrics := telemetry.NewMetrics(telemetry.Sources{Version: version, Scripts: db.Scripts})
	tracing, err := telemetry.StartTracing(ctx, telemetry.TracingOptions{Version: version})
	if err != nil {
		return err
	}
	defer tracing.Close(ctx)
	observed := telemetry.Telemetry{Metrics: metrics, Tracing: tracing}

	answer := httptest.NewRecorder()
	observed.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "crisphost_scripts{") {
			fmt.Print(line)
			break
		}
	}
	return nil
}
