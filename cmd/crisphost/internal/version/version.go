// Package version is the command that prints the version.
package version

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// Options are what `crisphost version` takes.
type Options struct {
	IO   *streams.IO
	json bool
}

// versionInfo is the output of `crisphost version --json`.
type versionInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Date     string `json:"date,omitempty"` // of the commit, RFC 3339
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	// Engines are the versions of the script engines by module.
	Engines map[string]string `json:"engines,omitempty"`
}

// NewCmdVersion returns the command version. A run that is not nil takes the place of what the command does, for tests.
func NewCmdVersion(f *cmdutil.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = Print
	}
	o := &Options{IO: f.IO}
	cmd := &cobra.Command{
		Use:               "version",
		Short:             "Print the version",
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

// Print prints the version.
func Print(_ context.Context, o *Options) error {
	info, _ := debug.ReadBuildInfo()
	v := readVersion(info)
	if o.json {
		return o.IO.PrintJSON(v)
	}
	commit := ""
	if len(v.Commit) >= 12 {
		commit = ", commit " + v.Commit[:12]
		if v.Modified {
			commit += " with changes"
		}
	}
	_, err := fmt.Fprintf(o.IO.Out, "crisphost %s (%s, %s%s)\n", v.Version, v.Go, v.Platform, commit)
	return err
}

// readVersion takes what the Go tool recorded in the binary.
func readVersion(info *debug.BuildInfo) versionInfo {
	v := versionInfo{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Date = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	for _, dep := range info.Deps {
		switch dep.Path {
		case "github.com/dop251/goja", "github.com/yuin/gopher-lua", "github.com/evanw/esbuild":
			if v.Engines == nil {
				v.Engines = map[string]string{}
			}
			v.Engines[dep.Path] = dep.Version
		}
	}
	return v
}

// Current is the version for the User-Agent header.
func Current() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
