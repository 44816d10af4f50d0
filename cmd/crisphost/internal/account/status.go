package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
)

// StatusOptions are what `crisphost status` takes.
type StatusOptions struct {
	io      *streams.IO
	connect connect.Options
	json    bool
}

// statusReport is the output of `crisphost status --json`.
type statusReport struct {
	// Source is where the credentials come from, and KeySource where the key does.
	Source      string `json:"source"`
	KeySource   string `json:"key_source"`
	Profile     string `json:"profile,omitempty"`
	Identifier  string `json:"identifier"`
	Tier        string `json:"tier"`
	WebsiteID   string `json:"website_id,omitempty"`
	WebsiteName string `json:"website_name,omitempty"`
	APIURL      string `json:"api_url"`
	// OK tells that the API accepted the credentials.
	OK bool `json:"ok"`
	// Error is the API's answer when it did not.
	Error string `json:"error,omitempty"`
	// ElapsedMS is how long the check took, in milliseconds.
	ElapsedMS int64 `json:"elapsed_ms"`
	// Quota is what the API said about the token's quota, or empty when it said nothing.
	Quota string `json:"quota,omitempty"`
}

// NewCmdStatus returns the command status. A run that is not nil takes the place of what the command does, for tests.
func NewCmdStatus(f *cmdutil.Factory, run func(context.Context, *StatusOptions) error) *cobra.Command {
	if run == nil {
		run = status
	}
	o := &StatusOptions{io: f.IO, connect: connect.New(f)}
	cmd := &cobra.Command{
		Use:               "status",
		Short:             "Show and check the credentials",
		Long:              "Shows which credentials are in use and where they come from, and checks them with one call. The key is never shown.",
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.connect.CheckFlags(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	o.connect.Register(cmd)
	return cmd
}

func status(ctx context.Context, o *StatusOptions) error {
	o.connect.Impatient = true
	conn, err := o.connect.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	c := conn.Credentials
	s := statusReport{
		Source: c.Source, KeySource: c.KeySource, Profile: c.Profile, Identifier: c.Identifier,
		Tier: c.Tier.String(), WebsiteID: c.WebsiteID, APIURL: conn.Client.BaseURL(),
	}
	start := time.Now()
	found, checkErr := connect.Check(ctx, conn.Client, c)
	s.ElapsedMS = time.Since(start).Milliseconds()
	s.WebsiteName, s.Quota, s.OK = found.WebsiteName, found.Quota, checkErr == nil
	if checkErr != nil {
		s.Error = checkErr.Error()
		s.Quota = quotaRefused(checkErr)
	}
	if err := printStatus(o.io, s, o.json); err != nil {
		return err
	}
	return checkErr
}

func printStatus(io *streams.IO, s statusReport, asJSON bool) error {
	if asJSON {
		return io.PrintJSON(s)
	}
	check := fmt.Sprintf("accepted in %d ms", s.ElapsedMS)
	if !s.OK {
		check = "failed: " + s.Error
	}
	website := cmp.Or(s.WebsiteID, "none chosen")
	if s.WebsiteName != "" {
		website = s.WebsiteName + " (" + s.WebsiteID + ")"
	}
	w := tabwriter.NewWriter(io.Out, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"credentials", "from " + s.Source}, {"identifier", s.Identifier}, {"key", "from " + s.KeySource}, {"tier", s.Tier},
		{"website", website}, {"API", s.APIURL}, {"check", check}, {"quota", cmp.Or(s.Quota, "not told by the API")},
	} {
		fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
	}
	return w.Flush()
}

// quotaRefused tells what a refusal says about the quota.
func quotaRefused(err error) string {
	var api *crisp.Error
	if !errors.As(err, &api) || !api.Limited() {
		return ""
	}
	text := "rate limit reached"
	if api.Status == http.StatusLocked {
		text = "used up"
	}
	if api.RetryAfter > 0 {
		text += fmt.Sprintf(", the API asks to wait %s", api.RetryAfter)
	}
	return text
}
