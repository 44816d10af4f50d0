package run

import (
	"context"
	"fmt"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
)

// TestRunFlags gives command lines to the tree with a run function that only looks.
func TestRunFlags(t *testing.T) {
	cases := []struct {
		line []string
		want string
	}{
		{[]string{"a.lua"}, `file a.lua args [] sandbox false timeout 0s false`},
		{[]string{"--sandbox", "a.lua", "x", "--y"}, `file a.lua args ["x" "--y"] sandbox true timeout 0s false`},
		{[]string{"a.lua", "--", "--sandbox"}, `file a.lua args ["--sandbox"] sandbox false timeout 0s false`},
		{[]string{"a.lua", "--", "--", "x"}, `file a.lua args ["--" "x"] sandbox false timeout 0s false`},
		{[]string{"a.lua", "x", "--", "y"}, `file a.lua args ["x" "--" "y"] sandbox false timeout 0s false`},
		{[]string{"--timeout", "0", "-"}, `file - args [] sandbox false timeout 0s true`},
		{[]string{"--", "-a.lua"}, `file -a.lua args [] sandbox false timeout 0s false`},
	}
	for _, c := range cases {
		var got string
		cmd := NewCmdRun(&cmdutil.Factory{}, func(_ context.Context, o *RunOptions) error {
			got = fmt.Sprintf("file %s args %q sandbox %v timeout %v %v", o.file, o.args, o.connect.Sandbox, o.timeout, o.timeoutSet)
			return nil
		})
		cmd.SetArgs(c.line)
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Errorf("%q: %v", c.line, err)
		}
		if got != c.want {
			t.Errorf("%q\ngot  %s\nwant %s", c.line, got, c.want)
		}
	}
}
