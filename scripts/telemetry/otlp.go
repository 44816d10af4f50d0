//go:build unix

package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// otlpExporter sends spans to a collector by OTLP over HTTP, https://opentelemetry.io/docs/specs/otlp/#otlphttp.
type otlpExporter struct {
	config otlpConfig
	client *http.Client
	logger *slog.Logger
	// ctx ends with stop, and with it what is being sent. ended is closed when nothing more will be.
	ctx    context.Context
	cancel context.CancelFunc
	ended  chan struct{}
	once   sync.Once
	// lost counts the spans since the collector was last reached.
	lost atomic.Int64
}

func newOTLPExporter(c otlpConfig, logger *slog.Logger) *otlpExporter {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: c.tls, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute,
	}
	e := &otlpExporter{config: c, logger: logger, ended: make(chan struct{}), client: &http.Client{
		Transport: transport,
		// Headers hold keys, which are for nobody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	return e
}

// ExportSpans implements sdktrace.SpanExporter. What cannot be sent in time is given up and told in the log; OpenTelemetry would print
// the error past it.
func (e *otlpExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	ctx, cancel := context.WithTimeout(ctx, e.config.timeout)
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	err := e.send(ctx, encodeSpans(spans))
	if err != nil {
		if e.lost.Add(int64(len(spans))) == int64(len(spans)) {
			e.logger.Warn("traces cannot be sent and are dropped until they can", slog.Any("error", err))
		}
	} else if lost := e.lost.Swap(0); lost > 0 {
		e.logger.Info("traces are sent again", slog.Int64("spans_lost", lost))
	}
	return nil
}

// Pauses between the repeats of a batch.
const (
	firstPause   = time.Second
	longestPause = 5 * time.Second
)

// send sends a batch, again if need be for as long as ctx allows.
func (e *otlpExporter) send(ctx context.Context, body []byte) error {
	if e.config.gzip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(body); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		body = b.Bytes()
	}
	pause := firstPause
	for {
		wait, err := e.post(ctx, body)
		var refused *refusedError
		if err == nil || errors.As(err, &refused) {
			return err
		}
		wait = max(wait, pause/2+rand.N(pause/2))
		if deadline, ok := ctx.Deadline(); ok && time.Now().Add(wait).After(deadline) {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// refusedError tells that sending a batch again is of no use.
type refusedError struct{ status string }

func (e *refusedError) Error() string { return "the collector answered " + e.status }

// post sends a batch once. It returns how long the collector wants to be left alone.
func (e *otlpExporter) post(ctx context.Context, body []byte) (wait time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.config.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header = e.config.headers.Clone()
	req.Header.Set("Content-Type", "application/x-protobuf")
	if e.config.gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16)) // so that the connection serves again
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if s, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16); err == nil {
			wait = time.Duration(s) * time.Second
		}
		return wait, fmt.Errorf("the collector answered %s", resp.Status)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return 0, &refusedError{resp.Status}
	}
	return 0, nil
}

// Shutdown implements sdktrace.SpanExporter. It is called when nothing more comes.
func (e *otlpExporter) Shutdown(context.Context) error {
	e.once.Do(func() { close(e.ended) })
	return nil
}

// stop gives up what is being sent and returns when nothing is left.
func (e *otlpExporter) stop() {
	e.cancel()
	<-e.ended
	e.client.CloseIdleConnections()
}
