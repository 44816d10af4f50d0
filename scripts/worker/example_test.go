//go:build unix

package worker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/worker"
)

// A service runs programs of its tenants, each in a process of its own. The first line of its main function is
// worker.MainIf(newEngine), as in the tests of this package.
func Example() {
	if err := serveTenant(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"greeting":"Hello, Ada"}
	// out of time: true
}

func serveTenant(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	eng, err := newEngine()
	if err != nil {
		return err
	}
	permissions, err := eng.Vocabulary().Parse([]string{"conversations:read"})
	if err != nil {
		return err
	}
	pool, err := worker.NewPool(worker.Options{Bundles: dir})
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := pool.Ready(ctx); err != nil {
		return err
	}
	job := func(code string, timeout time.Duration) *worker.Job {
		return &worker.Job{
			Script: "tenant-7", Owner: "tenant-7", Args: []string{"Ada"},
			Program:     &worker.Program{Entry: "tenant.ts", Files: map[string][]byte{"tenant.ts": []byte(code)}},
			Limits:      worker.Limits{Timeout: timeout, Memory: 64 << 20},
			Permissions: permissions,
		}
	}
	result, err := pool.Run(ctx, job("export default { greeting: `Hello, ${args[0]}` }", time.Minute))
	if err != nil {
		return err
	}
	fmt.Println(string(result))
	_, err = pool.Run(ctx, job("for (;;) {}", time.Second))
	fmt.Println("out of time:", errors.Is(err, engine.ErrTimeout))
	return nil
}
