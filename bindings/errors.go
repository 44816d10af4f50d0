package bindings

import (
	"errors"
	"net/http"
	"strings"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
)

// callError gives an error of the client the fields that scripts read, and the name of the call in place of the operation's.
func callError(call string, err error) error {
	if refused := refusal(call, err); refused != nil {
		return refused
	}
	var failed *crisp.Error
	if err == nil || !errors.As(err, &failed) {
		return err
	}
	fields := []engine.Constant{
		{Name: "status", Value: int64(failed.Status)},
		{Name: "reason", Value: failed.Reason},
		{Name: "operation", Value: failed.Operation},
		{Name: "attempts", Value: int64(failed.Attempts)},
	}
	if failed.RetryAfter > 0 {
		fields = append(fields, engine.Constant{Name: "retry_after", Value: failed.RetryAfter.Milliseconds()})
	}
	shown := *failed
	if spec.ByID(shown.Operation) != nil { // a raw call's method and path say what its name does not
		shown.Operation = ""
	}
	shown.Message = strings.TrimPrefix(shown.Message, call+" ")
	return &engine.HostError{Name: "CrispError", Call: call, Message: shown.Error(), Hint: failed.Hint(), Fields: fields, Err: err}
}

// refusal returns the error of a call that somebody below refused for lack of a permission, or nil. It has the class and the words of
// those that gates refuse.
func refusal(call string, err error) error {
	var host *engine.HostError
	if !errors.Is(err, engine.ErrPermission) || !errors.As(err, &host) {
		return nil
	}
	named := *host
	named.Call = call
	return &named
}

func isNotFound(err error) bool {
	var failed *crisp.Error
	return errors.As(err, &failed) && failed.Status == http.StatusNotFound
}
