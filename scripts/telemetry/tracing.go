//go:build unix

package telemetry

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// TracingOptions are what StartTracing works with.
type TracingOptions struct {
	// LookupEnv reads the variables. Nil is os.LookupEnv. Those of the sampler (OTEL_TRACES_SAMPLER), of limits (OTEL_SPAN_...) and
	// of batches (OTEL_BSP_...) are read by OpenTelemetry itself, from the process's environment.
	LookupEnv func(name string) (string, bool)
	// Version is the program's.
	Version string
	// Host is the host's name among several.
	Host string
	// Console takes the spans of the exporter "console". Nil is standard output.
	Console io.Writer
	// Logger takes that spans cannot be sent. Nil discards.
	Logger *slog.Logger
}

// scope is what the spans say they come from.
const scope = "github.com/crisphost/crisphost"

// flushTime bounds how long an unreachable collector can keep the host from ending.
const flushTime = 5 * time.Second

// Tracing sends a span for each attempt of a run, and one below it for each API call that it makes. Spans wait in a queue of a fixed
// length and are dropped when that is full, so that a collector that hangs or is away neither slows nor stops runs. A nil
// *Tracing does nothing.
type Tracing struct {
	tracer   trace.Tracer
	provider *sdktrace.TracerProvider
	// queues are ended one by one: the provider leaves them as they are when it has no time.
	queues []sdktrace.SpanProcessor
	otlp   *otlpExporter
}

// StartTracing starts to trace when the standard variables of OpenTelemetry ask for it, and returns nil otherwise:
//
//   - OTEL_TRACES_EXPORTER: otlp, console or none. Without it spans are sent when an endpoint is set.
//   - OTEL_EXPORTER_OTLP_ENDPOINT is the collector, http://localhost:4318 by default, and OTEL_EXPORTER_OTLP_TRACES_ENDPOINT the
//     whole address for traces. OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT, _COMPRESSION, _CERTIFICATE, _CLIENT_CERTIFICATE and
//     _CLIENT_KEY, each also with TRACES_ before its last part, are as the specification has them. The protocol is http/protobuf.
//   - OTEL_SERVICE_NAME, crisphost by default, and OTEL_RESOURCE_ATTRIBUTES name the service.
//   - OTEL_SDK_DISABLED turns it off.
//
// It does not wait for the collector. What is wrong with the variables is an error.
func StartTracing(ctx context.Context, o TracingOptions) (*Tracing, error) {
	if o.LookupEnv == nil {
		o.LookupEnv = os.LookupEnv
	}
	if o.Console == nil {
		o.Console = os.Stdout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	env := environment(o.LookupEnv)
	exporters, err := env.exporters()
	if err != nil || len(exporters) == 0 {
		return nil, err
	}
	about, err := env.resource(ctx, o)
	if err != nil {
		return nil, err
	}
	t := &Tracing{}
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(about)}
	var outlets []sdktrace.SpanExporter
	for _, name := range exporters {
		if name == "console" {
			console, err := stdouttrace.New(stdouttrace.WithWriter(o.Console))
			if err != nil {
				return nil, err
			}
			outlets = append(outlets, console)
			continue
		}
		config, err := env.otlp()
		if err != nil {
			return nil, err
		}
		t.otlp = newOTLPExporter(config, o.Logger)
		outlets = append(outlets, t.otlp)
	}
	for _, outlet := range outlets {
		queue := sdktrace.NewBatchSpanProcessor(outlet)
		t.queues = append(t.queues, queue)
		options = append(options, sdktrace.WithSpanProcessor(queue))
	}
	t.provider = sdktrace.NewTracerProvider(options...)
	t.tracer = t.provider.Tracer(scope, trace.WithInstrumentationVersion(o.Version))
	return t, nil
}

// resource names the service: what the variables say goes before what is known.
func (env environment) resource(ctx context.Context, o TracingOptions) (*resource.Resource, error) {
	attributes := []attribute.KeyValue{attribute.String("service.name", "crisphost"), attribute.String("service.version", o.Version)}
	if o.Host != "" {
		attributes = append(attributes, attribute.String("service.instance.id", o.Host))
	}
	given, err := env.resourceAttributes()
	if err != nil {
		return nil, err
	}
	if name := env.get("OTEL_SERVICE_NAME"); name != "" {
		given = append(given, attribute.String("service.name", name))
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithHost(), resource.WithAttributes(append(attributes, given...)...))
	if errors.Is(err, resource.ErrPartialResource) { // a machine without a name
		err = nil
	}
	return about, err
}

// Close sends what waits, for at most 5 s and until ctx ends.
func (t *Tracing) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	var errs []error
	for _, queue := range t.queues {
		// When the time is up, the exporter tells what could not be sent.
		if err := queue.Shutdown(bounded); err != nil && bounded.Err() == nil {
			errs = append(errs, err)
		}
	}
	if t.otlp != nil {
		t.otlp.stop()
	}
	return errors.Join(append(errs, t.provider.Shutdown(context.WithoutCancel(ctx)))...)
}
