// Package resources is what a command line lets code use: memory, environment variables, hosts for fetch, and stores of values.
package resources

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
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

// Answers returns the options of a client for a script that may use so many MiB, or any number for 0: an answer of the API takes at most
// an eighth of it, since values take several times what their text does.
func Answers(limit int) []crisp.Option {
	if limit <= 0 {
		return nil
	}
	const least, most = 1 << 20, 64 << 20
	return []crisp.Option{crisp.WithMaxResponseBytes(min(max(int64(limit)<<20/8, least), most))}
}

// BoundMemory makes the garbage collector work harder near the limit, and returns the limit in bytes.
func BoundMemory(limit int) int64 {
	bytes := int64(limit) << 20
	if bytes > 0 {
		debug.SetMemoryLimit(bytes)
	}
	return bytes
}
