package sandbox

import (
	"maps"
	"net/http"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/bucket"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/conversations"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/people"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/plugins"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/websites"
	"github.com/crisphost/crisphost/crisp/spec"
)

// handlers are the operations by their ID in the description.
func handlers(files *bucket.Bucket) map[string]api.Handler {
	all := map[string]api.Handler{}
	maps.Copy(all, websites.Handlers())
	maps.Copy(all, conversations.Handlers())
	maps.Copy(all, people.Handlers(files))
	maps.Copy(all, files.Handlers())
	maps.Copy(all, plugins.Handlers())
	return all
}

// notBuilt refuses an operation that is described and has no handler.
func notBuilt(op *spec.Operation) error {
	return &api.Error{
		Status: http.StatusNotImplemented, Reason: "not_implemented",
		Message: "the sandbox does not implement " + op.ID + " (" + op.Method + " /v1" + op.Path + ")",
	}
}
