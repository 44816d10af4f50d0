//go:build unix

package guest

import (
	"context"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// hostForwarder has the host make the calls of a run.
type hostForwarder struct{ run *guestRun }

// Forward implements crisp.Forwarder. Errors are a *crisp.Error as the host had them.
func (f *hostForwarder) Forward(ctx context.Context, call *crisp.ForwardedCall) (*crisp.ForwardedAnswer, error) {
	m, data, err := f.run.ask(ctx, wire.FrameAPI, call, call.Body)
	switch {
	case err != nil:
		return nil, err
	case m.Error != nil && m.Refused != nil:
		m.Error.Err = m.Refused.Err()
		return nil, m.Error
	case m.Error != nil:
		return nil, m.Error
	case m.Answer == nil:
		return nil, &crisp.Error{Reason: crisp.ReasonInvalidResponse, Message: "the host gave no answer"}
	}
	m.Answer.Data = data
	return m.Answer, nil
}

// client makes a client whose calls the host makes, which has the credentials and repeats what failed.
func (g *guestRun) client(m *wire.RunMessage) (*crisp.Client, error) {
	return crisp.New(crisp.WithBaseURL(m.BaseURL), crisp.WithTier(m.Tier), crisp.WithForwarder(&hostForwarder{g}))
}
