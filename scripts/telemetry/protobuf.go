//go:build unix

package telemetry

import (
	"encoding/binary"
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// message is a message in Protocol Buffers' wire format, https://protobuf.dev/programming-guides/encoding/. Fields of the value zero
// are left out.
type message []byte

// Wire types.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

func (m *message) tag(field, wire uint64) { *m = binary.AppendUvarint(*m, field<<3|wire) }

func (m *message) varint(field, v uint64) {
	if v != 0 {
		m.tag(field, wireVarint)
		*m = binary.AppendUvarint(*m, v)
	}
}

func (m *message) fixed64(field, v uint64) {
	if v != 0 {
		m.tag(field, wireFixed64)
		*m = binary.LittleEndian.AppendUint64(*m, v)
	}
}

func (m *message) fixed32(field uint64, v uint32) {
	if v != 0 {
		m.tag(field, wireFixed32)
		*m = binary.LittleEndian.AppendUint32(*m, v)
	}
}

func (m *message) bytes(field uint64, v []byte) {
	if len(v) > 0 {
		m.embed(field, v)
	}
}

// text writes a string, which must be UTF-8 or the whole message is refused.
func (m *message) text(field uint64, v string) {
	if v != "" {
		m.embed(field, []byte(strings.ToValidUTF8(v, "\uFFFD")))
	}
}

// embed writes a message inside, also an empty one.
func (m *message) embed(field uint64, inner []byte) {
	m.tag(field, wireBytes)
	*m = binary.AppendUvarint(*m, uint64(len(inner)))
	*m = append(*m, inner...)
}

// encodeSpans makes an ExportTraceServiceRequest, whose fields stand in opentelemetry/proto/trace/v1/trace.proto of
// https://github.com/open-telemetry/opentelemetry-proto. All spans are of one resource and one scope: ours.
func encodeSpans(spans []sdktrace.ReadOnlySpan) []byte {
	if len(spans) == 0 {
		return nil
	}
	var scoped, resourced, request message
	scoped.embed(1, encodeScope(spans[0].InstrumentationScope()))
	for _, s := range spans {
		scoped.embed(2, encodeSpan(s))
	}
	about := spans[0].Resource()
	resourced.embed(1, encodeResource(about))
	resourced.embed(2, scoped)
	resourced.text(3, about.SchemaURL())
	request.embed(1, resourced)
	return request
}

func encodeResource(r *resource.Resource) (m message) {
	for _, a := range r.Attributes() {
		m.embed(1, encodeAttribute(a))
	}
	return m
}

func encodeScope(s instrumentation.Scope) (m message) {
	m.text(1, s.Name)
	m.text(2, s.Version)
	return m
}

// Bits of a span's flags beside those of W3C's trace context: that it is known whether the parent is another process's, and that it is.
const (
	flagRemoteKnown = 0x100
	flagRemote      = 0x200
)

func encodeSpan(s sdktrace.ReadOnlySpan) (m message) {
	self, parent := s.SpanContext(), s.Parent()
	trace, span := self.TraceID(), self.SpanID()
	m.bytes(1, trace[:])
	m.bytes(2, span[:])
	m.text(3, self.TraceState().String())
	if parent.HasSpanID() {
		id := parent.SpanID()
		m.bytes(4, id[:])
	}
	m.text(5, s.Name())
	m.varint(6, uint64(s.SpanKind())) // the same numbers
	m.fixed64(7, nanoseconds(s.StartTime()))
	m.fixed64(8, nanoseconds(s.EndTime()))
	for _, a := range s.Attributes() {
		m.embed(9, encodeAttribute(a))
	}
	m.varint(10, uint64(s.DroppedAttributes()))
	for _, e := range s.Events() {
		m.embed(11, encodeEvent(e))
	}
	m.varint(12, uint64(s.DroppedEvents()))
	m.embed(15, encodeStatus(s.Status()))
	flags := uint32(self.TraceFlags()) | flagRemoteKnown
	if parent.IsRemote() {
		flags |= flagRemote
	}
	m.fixed32(16, flags)
	return m
}

func encodeEvent(e sdktrace.Event) (m message) {
	m.fixed64(1, nanoseconds(e.Time))
	m.text(2, e.Name)
	for _, a := range e.Attributes {
		m.embed(3, encodeAttribute(a))
	}
	m.varint(4, uint64(e.DroppedAttributeCount))
	return m
}

func encodeStatus(s sdktrace.Status) (m message) {
	m.text(2, s.Description)
	switch s.Code {
	case codes.Unset:
	case codes.Ok:
		m.varint(3, 1)
	case codes.Error:
		m.varint(3, 2)
	}
	return m
}

func encodeAttribute(a attribute.KeyValue) (m message) {
	m.text(1, string(a.Key))
	m.embed(2, encodeValue(a.Value))
	return m
}

// encodeValue writes a value. Fields of a choice are written even when they are zero; lists and what may come are written as text.
func encodeValue(v attribute.Value) (m message) {
	switch v.Type() {
	case attribute.BOOL:
		m.tag(2, wireVarint)
		n := uint64(0)
		if v.AsBool() {
			n = 1
		}
		m = binary.AppendUvarint(m, n)
	case attribute.INT64:
		m.tag(3, wireVarint)
		m = binary.AppendUvarint(m, uint64(v.AsInt64()))
	case attribute.FLOAT64:
		m.tag(4, wireFixed64)
		m = binary.LittleEndian.AppendUint64(m, math.Float64bits(v.AsFloat64()))
	case attribute.STRING:
		m.embed(1, []byte(strings.ToValidUTF8(v.AsString(), "\uFFFD")))
	default:
		m.embed(1, []byte(strings.ToValidUTF8(v.String(), "\uFFFD")))
	}
	return m
}

func nanoseconds(t time.Time) uint64 { return uint64(max(t.UnixNano(), 0)) }
