//go:build unix

package serve

import (
	"context"
	"errors"
	"log/slog"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/tokens"
	"github.com/crisphost/crisphost/crisp"
)

// reload picks up what changed in the configuration, as far as a running host can.
func (s *server) reload(ctx context.Context, page *page) error {
	o, err := s.options.reread()
	if err != nil {
		return err
	}
	set, err := page.newTokens(o)
	if err != nil {
		return err
	}
	if !o.connect.Sandbox { // whose credentials are its own
		conn, err := s.connect(ctx, o)
		if err != nil {
			return err
		}
		var refused *crisp.Error
		if _, err := connect.Check(ctx, conn.Client, conn.Credentials); errors.As(err, &refused) && refused.Unauthorized() {
			conn.Close()
			return err
		}
		events, err := s.newEvents(conn)
		if err != nil {
			conn.Close()
			return err
		}
		s.host.SetClient(conn.Client, conn.Credentials.WebsiteID)
		s.host.SetEvents(events)
		if err := s.rtm.Close(); err != nil {
			s.log.Warn("the connection for events did not end well", slog.Any("error", err))
		}
		s.rtm = events
		s.conn.Close() // what is under way keeps its connection
		s.conn = conn
		s.client.Store(conn.Client)
	}
	if set != nil {
		if err := page.console.SetTokens(set.Tokens); err != nil {
			return err
		}
	}
	if s.hooks != nil {
		if err := s.hooks.Reload(); err != nil {
			return err
		}
	}
	s.level.Set(o.logLevel)
	for _, fixed := range []struct {
		setting string
		same    bool
	}{
		{"addr", o.addr == s.options.addr}, {"db", o.database == s.options.database}, {"log_format", o.logFormat == s.options.logFormat},
		{"no_login", o.noLogin == s.options.noLogin}, {"trusted_proxy", o.proxies.String() == s.options.proxies.String()},
		{"user_header", o.userHeader == s.options.userHeader}, {"name", o.name == s.options.name}, {"workers", o.workers == s.options.workers}, {"timeout", o.timeout == s.options.timeout},
		{"max_memory, max_timeout, allow_env or permissions", o.limits.Same(&s.options.limits)},
		{"hooks_addr, hooks_secrets or hooks_window", o.hooks == s.options.hooks},
		{"follow_symlinks", o.followLinks == s.options.followLinks},
		{"answer_size, files_size, log_lines, log_rate, log_size, max_db_size, store_keys or store_size", o.quotas == s.options.quotas},
		{"keep_age or keep_runs", o.retention() == s.options.retention()},
	} {
		if !fixed.same {
			s.log.Warn("a changed setting needs a restart", slog.String("setting", fixed.setting))
		}
	}
	o.reread, s.options = s.options.reread, o
	s.log.Info("the configuration was read again")
	return nil
}

// newTokens are the tokens that there are now, or nil for a page that none are asked for.
func (p *page) newTokens(o *Options) (*tokens.Set, error) {
	if p.console == nil || len(p.options.Tokens) == 0 || o.noLogin {
		return nil, nil
	}
	return o.tokens(tokens.Make)
}
