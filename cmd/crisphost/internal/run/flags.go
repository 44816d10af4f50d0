package run

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/permissions"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/resources"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/waiting"
)

// codeOptions are what `crisphost run` and `crisphost eval` take alike.
type codeOptions struct {
	io    *streams.IO
	env   settings.Env
	abort func(error)

	connect  connect.Options
	args     []string
	language string
	timeout  time.Duration
	memory   int
	// permissions narrow what the code may do.
	permissions permissions.Options
}

// newCodeOptions returns options without values of flags.
func newCodeOptions(f *cmdutil.Factory) codeOptions {
	return codeOptions{io: f.IO, env: f.Env, abort: f.Abort, connect: connect.New(f)}
}

// register makes the flags of code that is called what. The defaults of the timeout and the language differ.
func (o *codeOptions) register(cmd *cobra.Command, what, timeout, language string) {
	flags := cmd.Flags()
	flags.DurationVar(&o.timeout, "timeout", 0, "stop the "+what+" after this time; 0 for no limit"+timeout)
	o.permissions.Register(flags, what)
	resources.RegisterMemory(cmd, &o.memory)
	source.RegisterLanguage(cmd, &o.language, "language of the "+what+": lua, js or ts ("+language+")")
	o.connect.Register(cmd)
}

// watch shows what calls wait for, until the end.
func (o *codeOptions) watch() (end func()) {
	status := waiting.New(o.io.Err, o.io.LiveErr())
	watched := *o.io
	watched.Out, watched.Err = status.Writer(o.io.Out), status.Writer(o.io.Err)
	o.io = &watched
	o.connect.Watch(&watched, status.Watcher())
	return status.Close
}

// check completes and checks the flags that register made.
func (o *codeOptions) check(cmd *cobra.Command) error {
	if o.timeout < 0 {
		return &usage.Error{Problem: fmt.Sprintf("--timeout %s is below zero", o.timeout), Hint: "write a duration such as 90s, or 0 for no limit"}
	}
	if err := resources.CheckMemory(cmd, &o.memory); err != nil {
		return err
	}
	o.connect.Extra = append(o.connect.Extra, resources.Answers(o.memory)...)
	return o.connect.CheckFlags(cmd)
}
