package bindings

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
)

// Request describes a call of crisp.* to gates: it is the Detail of its engine.HostCall.
type Request struct {
	// Operation is the operation of the description, or nil for a path of crisp.api that belongs to none.
	Operation *spec.Operation
	Method    string
	// Params are the values of the operation's path parameters by name, unescaped.
	Params map[string]string

	make func() (*http.Request, error)
}

// HTTP returns the first request of the call, without its credentials. A list may need further ones. It fails for a call that
// the client would refuse.
func (r *Request) HTTP() (*http.Request, error) { return r.make() }

// The made-up values of a plan.
const (
	plannedUUID    = "00000000-0000-4000-8000-000000000000"
	plannedSession = "session_" + plannedUUID
	plannedText    = "planned"
)

// sampleOf returns a made-up result of an operation for plans. It has a value for every required field, so that the script can
// continue.
func sampleOf(op *spec.Operation) any {
	if op.Method == http.MethodHead {
		return true
	}
	if op.Result == nil {
		return nil
	}
	var b strings.Builder
	writeSample(&b, op.Result, 0)
	return engine.JSON(b.String())
}

// writeSample writes a value of a shape.
func writeSample(b *strings.Builder, s *spec.Schema, depth int) {
	switch {
	case s == nil || depth > 8:
		b.WriteString("null")
		return
	case len(s.Enum) > 0:
		b.WriteString(quote(strings.TrimSuffix(s.Enum[0], "*")))
		return
	case len(s.OneOf) > 0:
		writeSample(b, s.OneOf[0], depth+1)
		return
	}
	switch s.Kind {
	case spec.KindString:
		b.WriteString(quote(sampleText(s.Format)))
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
			b.WriteString(quote(f.Name) + ":")
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

func quote(text string) string {
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil { // names of the description are UTF-8
		panic(err)
	}
	return string(quoted)
}
