package repl

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/repl/internal/render"
)

// plan collects the writes that an expression would make. Reads go through. Each write is answered as if it had worked, with
// made-up values where the answer has some, so that the expression goes on to its next write.
type plan struct {
	mu     sync.Mutex
	writes []planned
}

// planned is a write of a plan: a call, or what a change of a file or of the store would be.
type planned struct {
	call *policy.Call
	text string
}

// maxPlanned stops an expression that would write without end.
const maxPlanned = 1000

// note adds a write.
func (p *plan) note(write planned) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.writes) == maxPlanned {
		return &refusedError{fmt.Sprintf("the plan ends after %d calls", maxPlanned)}
	}
	p.writes = append(p.writes, write)
	return nil
}

func (p *plan) take(call *policy.Call) error {
	if err := p.note(planned{call: call}); err != nil {
		return err
	}
	op := call.Operation
	if op == nil {
		return &policy.Answer{Status: http.StatusOK, Body: []byte(`{"error":false,"reason":"planned","data":{}}`)}
	}
	var b strings.Builder
	b.WriteString(`{"error":false,"reason":` + render.QuoteJSON(op.Reason) + `,"data":`)
	if op.Result == nil {
		b.WriteString("{}")
	} else {
		writeSample(&b, op.Result, 0)
	}
	b.WriteString("}")
	status := op.Status
	if status == 0 {
		status = http.StatusOK
	}
	return &policy.Answer{Status: status, Body: []byte(b.String())}
}

// The made-up values of a plan.
const (
	plannedUUID    = "00000000-0000-4000-8000-000000000000"
	plannedSession = "session_" + plannedUUID
	plannedText    = "planned"
)

// writeSample writes a value of a shape.
func writeSample(b *strings.Builder, s *spec.Schema, depth int) {
	switch {
	case s == nil || depth > 8:
		b.WriteString("null")
		return
	case len(s.Enum) > 0:
		b.WriteString(render.QuoteJSON(strings.TrimSuffix(s.Enum[0], "*")))
		return
	case len(s.OneOf) > 0:
		writeSample(b, s.OneOf[0], depth+1)
		return
	}
	switch s.Kind {
	case spec.KindString:
		b.WriteString(render.QuoteJSON(sampleText(s.Format)))
	case spec.KindInteger, spec.KindNumber:
		fmt.Fprint(b, int64(max(s.Min, 0)))
	case spec.KindBoolean:
		b.WriteString("false")
	case spec.KindArray:
		b.WriteString("[]")
	case spec.KindObject:
		b.WriteByte('{')
		first := true
		for _, f := range s.Fields {
			if !f.Required && depth > 0 {
				continue
			}
			if !first {
				b.WriteByte(',')
			}
			first = false
			b.WriteString(render.QuoteJSON(f.Name) + ":")
			writeSample(b, f.Schema, depth+1)
		}
		b.WriteByte('}')
	default:
		b.WriteString("null")
	}
}

func sampleText(format string) string {
	switch format {
	case spec.FormatUUID, spec.FormatPeopleID:
		return plannedUUID
	case spec.FormatSessionID:
		return plannedSession
	case spec.FormatBrowsingID:
		return "browsing_" + plannedUUID
	case spec.FormatCallID:
		return "call_" + plannedUUID
	case spec.FormatDateTime:
		return "2026-01-01T00:00:00Z"
	case spec.FormatEmail:
		return "planned@example.com"
	case spec.FormatURI:
		return "https://example.com/planned"
	}
	return plannedText
}
