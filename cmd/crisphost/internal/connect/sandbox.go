package connect

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/sandbox"
)

// SandboxOptions are the flags of the sandbox.
type SandboxOptions struct {
	seed                            uint64
	conversations, people, visitors int
	latency                         time.Duration
	fail                            string
	quota                           int
	live                            float64
}

// Register adds the flags to a command.
func (o *SandboxOptions) Register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Uint64Var(&o.seed, "seed", 1, "what the sandbox's data is made from; the same number gives the same data")
	flags.IntVar(&o.conversations, "conversations", 240, "conversations in the sandbox")
	flags.IntVar(&o.people, "people", 160, "people profiles in the sandbox")
	flags.IntVar(&o.visitors, "visitors", 24, "visitors on the sandbox's website")
	flags.DurationVar(&o.latency, "latency", 0, "delay of each answer of the sandbox")
	flags.StringVar(&o.fail, "fail", "", "`shares` of answers that fail, by status: 429=0.1,500=0.05; cut=0.1 cuts connections")
	flags.IntVar(&o.quota, "quota", 0, "requests until the sandbox's quota is used up (default no quota)")
	flags.Float64Var(&o.live, "live", 0, "`happenings` a minute in the sandbox: visitors write, browse, rate and leave (default none)")
}

// mostLive is a thousand happenings a second.
const mostLive = 60_000

var demoFlags = [...]string{"seed", "conversations", "people", "visitors", "latency", "fail", "quota", "live"}

// Changed reports whether any of the flags was given.
func (o *SandboxOptions) Changed(cmd *cobra.Command) bool {
	return slices.ContainsFunc(demoFlags[:], func(name string) bool { return cmd.Flags().Changed(name) })
}

// Enliven sets --live where it was not given.
func (o *SandboxOptions) Enliven(cmd *cobra.Command, rate float64) {
	if !cmd.Flags().Changed("live") {
		o.live = rate
	}
}

// Config checks the flags.
func (o *SandboxOptions) Config() (sandbox.Config, error) {
	fail, err := sandbox.ParseFail(o.fail)
	if err != nil {
		return sandbox.Config{}, &usage.Error{Problem: "--fail: " + err.Error(), Hint: "write it like --fail 429=0.1,500=0.05", Err: err}
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"conversations", o.conversations}, {"people", o.people}, {"visitors", o.visitors}, {"quota", o.quota}} {
		if n.value < 0 {
			return sandbox.Config{}, &usage.Error{Problem: fmt.Sprintf("--%s %d is below zero", n.flag, n.value)}
		}
	}
	if o.latency < 0 {
		return sandbox.Config{}, &usage.Error{Problem: fmt.Sprintf("--latency %s is below zero", o.latency)}
	}
	if !(o.live >= 0 && o.live <= mostLive) {
		return sandbox.Config{}, &usage.Error{Problem: fmt.Sprintf("--live %v is not a number from 0 to %d", o.live, mostLive)}
	}
	return sandbox.Config{
		Seed: o.seed, Conversations: size(o.conversations), People: size(o.people), Visitors: size(o.visitors),
		Latency: o.latency, Fail: fail, Quota: o.quota, Live: o.live,
	}, nil
}

// size is a size as sandbox.Config takes it, where 0 stands for the default and less for none.
func size(n int) int {
	if n == 0 {
		return -1
	}
	return n
}
