package rtm

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/crisphost/crisphost/crisp"
)

// Errors that end a listener, to be found with errors.Is. Whatever else goes wrong with a connection leads to the next
// one.
var (
	// ErrUnauthorized says that the service refused the credentials.
	ErrUnauthorized = errors.New("the service refused the credentials")
	// ErrSlow says that a listener took its events more slowly than they came, and has more waiting than [Options]
	// allow. Those that waited were yielded before it. Other listeners go on.
	ErrSlow = errors.New("events come faster than they are taken")
	// ErrUnusable says that the service sends what the client cannot use, such as an event over [Options.ReadLimit],
	// over one connection after another.
	ErrUnusable = errors.New("the service keeps sending what cannot be used")
	// ErrUnreachable says that not even a first connection came about.
	ErrUnreachable = errors.New("no connection to the service")
	// ErrClosed says that the client was closed.
	ErrClosed = errors.New("the client is closed")
)

// Reasons for a connection to end that the client finds out by itself.
var (
	errSilent    = errors.New("the service sent nothing, not even its heartbeat")
	errHandshake = errors.New("the service did not accept the connection in time")
	errUnusable  = errors.New("unusable")
)

// unusable is an error about what the service sent.
func unusable(format string, args ...any) error {
	return fmt.Errorf("%w data: %w", errUnusable, fmt.Errorf(format, args...))
}

// refusal is an error of discovery that waiting does not mend.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// final returns the error that listeners end with after a connection ended with err, or nil when another connection may
// go better.
func (c *Client) final(err error) error {
	var failed *crisp.Error
	var refused refusal
	switch {
	case errors.Is(err, ErrUnauthorized):
		return err
	case errors.As(err, &failed) && failed.Unauthorized():
		return fmt.Errorf("%w: %w", ErrUnauthorized, err)
	case c.unusable >= maxUnusable:
		return fmt.Errorf("%w: %d connections in a row ended this way, the last: %w", ErrUnusable, c.unusable, err)
	case c.connections > 0:
		return nil
	case errors.As(err, &refused), failed != nil && !failed.Temporary():
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	case c.opts.FirstAttempts > 0 && c.failures >= c.opts.FirstAttempts:
		return fmt.Errorf("%w after %d attempts: %w", ErrUnreachable, c.failures, err)
	}
	return nil
}

// plain makes text of the service fit for an error: without the key, in one line and short.
func (c *Client) plain(text string) string {
	if identifier, key := c.api.Credentials(); key != identifier && key != "" {
		text = strings.ReplaceAll(text, key, "[redacted]")
	}
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r)
	}), " ")
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:200]) + "..."
	}
	return text
}
