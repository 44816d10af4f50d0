package gate

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/engine"
)

// Plan collects the writes that an expression would make. Reads go through. Each write is answered as if it had worked, with
// made-up values where the answer has some, so that the expression goes on to its next write.
type Plan struct {
	mu     sync.Mutex
	writes []Request
}

// maxPlanned stops an expression that would write without end.
const maxPlanned = 1000

// Writes returns what was collected.
func (p *Plan) Writes() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writes
}

// take answers a write.
func (p *Plan) take(ctx context.Context, c *engine.HostCall, base string) (any, error) {
	request, err := describe(c, base)
	if err != nil {
		return nil, err
	}
	if req, isFetch := c.Detail.(*http.Request); isFetch {
		if err := p.note(request); err != nil {
			return nil, err
		}
		return plannedResponse(req), nil //nolint:bodyclose // fetch closes it
	}
	result, known, err := c.Plan(ctx)
	if err != nil {
		return nil, err // it would fail, and change nothing
	}
	if result == false && strings.HasSuffix(c.Name, ".compare_and_set") {
		return false, nil // it would change nothing either
	}
	if err := p.note(request); err != nil {
		return nil, err
	}
	if !known {
		return nil, &RefusedError{"the plan cannot go on: nobody knows what " + c.Name + " would return"}
	}
	return result, nil
}

// note adds a write.
func (p *Plan) note(write Request) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.writes) == maxPlanned {
		return &RefusedError{fmt.Sprintf("the plan ends after %d calls", maxPlanned)}
	}
	p.writes = append(p.writes, write)
	return nil
}

// plannedResponse is the answer to a request of fetch.
func plannedResponse(req *http.Request) *http.Response {
	body := `{"error":false,"reason":"planned","data":{}}`
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}
