package manage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/plain"
)

// HealthOptions are what `crisphost health` takes.
type HealthOptions struct {
	io   *streams.IO
	env  settings.Env
	addr string
}

// NewCmdHealth returns the command health. A run that is not nil takes the place of what the command does, for tests.
func NewCmdHealth(f *cmdutil.Factory, run func(context.Context, *HealthOptions) error) *cobra.Command {
	if run == nil {
		run = health
	}
	o := &HealthOptions{io: f.IO, env: f.Env}
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Check whether a host is working",
		Long: `Asks the web page of a host on this machine whether the host runs scripts: it is not shutting down, its directory exists and its
database answers. The exit code is 1 if it does not, or if there is no answer. It is meant as a health check for containers, whose
images have no other HTTP client.`,
		Example:           "  crisphost health --addr 127.0.0.1:8686",
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.addr, "addr", "", "`address` that the host serves its page on (default that of the configuration file, then 127.0.0.1:8686)")
	return cmd
}

// healthTime bounds how long the host may take to answer. It asks its database.
const healthTime = 10 * time.Second

func health(ctx context.Context, o *HealthOptions) error {
	address, err := pageAddress(o.env, o.addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", http.NoBody)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	// Without the proxy that the environment names: it is this machine.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		var request *url.Error
		if errors.As(err, &request) {
			err = request.Err // the address stands there already
		}
		return fmt.Errorf("the host on %s does not answer: %w", address, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<12))
	if err != nil {
		return fmt.Errorf("the host on %s does not answer: %w", address, err)
	}
	text := plain.Line(strings.TrimSpace(string(body)))
	if resp.StatusCode != http.StatusOK {
		return errors.New(text)
	}
	_, err = fmt.Fprintln(o.io.Out, text)
	return err
}

// pageAddress is where a host's page is reached from its own machine.
func pageAddress(env settings.Env, flag string) (string, error) {
	address := flag
	if address == "" {
		config, err := settings.Load(env)
		if err != nil {
			return "", err
		}
		address, _ = config.Serve("addr")
	}
	if address == "" {
		address = DefaultAddr
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "" || port == "0" {
		return "", &usage.Error{Problem: fmt.Sprintf("nothing can be asked on %q", address), Hint: "--addr is host and port, such as " + DefaultAddr}
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		// It listens on all addresses.
		if host = "127.0.0.1"; ip.Is6() {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port), nil
}

// DefaultAddr is where a host serves its page.
const DefaultAddr = "127.0.0.1:8686"
