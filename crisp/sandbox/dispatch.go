package sandbox

import (
	"maps"
	"sync"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/conversations"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/people"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/websites"
)

// handlers are the operations by their ID in the description.
var handlers = sync.OnceValue(func() map[string]api.Handler {
	all := map[string]api.Handler{}
	maps.Copy(all, websites.Handlers())
	maps.Copy(all, conversations.Handlers())
	maps.Copy(all, people.Handlers())
	return all
})
