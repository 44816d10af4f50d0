// Package resources is what a command line lets code use: memory, environment variables, hosts for fetch, and stores of values.
package resources

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// defaultMemory is how many MiB a script may use unless --memory says otherwise: several times what hundreds of thousands of
// conversations take, and little enough to leave a machine usable. Where the machine has less than twice that, it is half of what it
// has.
const defaultMemory = 2048

// RegisterMemory adds the flag of the memory limit.
func RegisterMemory(cmd *cobra.Command, limit *int) {
	cmd.Flags().IntVar(limit, "memory", defaultMemory, "stop the script when it uses more than this many `MiB`, by default at most half of the machine's; 0 for no limit")
}

// CheckMemory completes and checks the flag that registerMemory made.
func CheckMemory(cmd *cobra.Command, limit *int) error {
	if *limit < 0 {
		return &usage.Error{Problem: fmt.Sprintf("--memory %d is below zero", *limit), Hint: "write a number of MiB, or 0 for no limit"}
	}
	if total := machineMemory(); total > 0 && !cmd.Flags().Changed("memory") {
		*limit = int(min(int64(*limit), max(total/2>>20, 1)))
	}
	return nil
}

// BoundMemory makes the garbage collector work harder near the limit, and returns the limit in bytes.
func BoundMemory(limit int) int64 {
	bytes := int64(limit) << 20
	if bytes > 0 {
		debug.SetMemoryLimit(bytes)
	}
	return bytes
}
