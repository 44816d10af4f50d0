package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Options are what [New] takes. Store and Secrets are needed.
type Options struct {
	// Secrets let deliveries in.
	Secrets []Secret
	// Store keeps a delivery where the end of the process does not lose it. Only after it returned nil, the sender is told
	// that the delivery arrived; otherwise the sender is asked to send it again, so a delivery can come several times, and
	// Store decides which it has. It is called from several goroutines.
	Store func(context.Context, *Delivery) error
	// Window is how far the signed time of a request may be from this machine's, either way. It is not checked when zero:
	// Crisp's own client does not, and whether a repeated delivery is signed anew is not established. It does not apply
	// to secrets in the URL.
	Window time.Duration
	// MaxBody is the limit of a body in bytes, 1 MiB when zero.
	MaxBody int64
	// MaxConcurrent is how many deliveries are stored at the same time, 128 when zero, while eight times as many may be
	// read. Further ones wait for a moment, and are then asked to come again.
	MaxConcurrent int
	// StoreTimeout is how long Store may take, 10 seconds when zero.
	StoreTimeout time.Duration
	// Refused, if not nil, is called for each request that was answered with another status than 200, with the reason,
	// which has no secrets. The path of the request may be one.
	Refused func(r *http.Request, status int, reason error)
}

// How long a request may wait for others and for its own body.
const (
	patience    = time.Second
	bodyTimeout = 10 * time.Second
	retryAfter  = 5 * time.Second
)

const (
	// readersPerSlot is how many bodies may be read for each delivery that may be stored: a slow sender takes a place for bodyTimeout.
	readersPerSlot = 8
	// usualBody is what most bodies have room in.
	usualBody = 4 << 10
)

// Handler receives hooks. It expects the path behind its own place: "/" for signed ones, "/SECRET" for secrets in the URL.
type Handler struct {
	options Options
	secrets atomic.Pointer[secrets]
	// slots are the places of deliveries that are being stored, and reading those of bodies that are being read.
	slots, reading chan struct{}
	now            func() time.Time
}

// New returns a handler. It fails if there is no Store, no secret, or a secret that is too short for a URL.
func New(options Options) (*Handler, error) {
	if options.Store == nil {
		return nil, errors.New("hooks: Options.Store is missing")
	}
	if options.MaxBody <= 0 {
		options.MaxBody = 1 << 20
	}
	if options.MaxConcurrent <= 0 {
		options.MaxConcurrent = 128
	}
	if options.StoreTimeout <= 0 {
		options.StoreTimeout = 10 * time.Second
	}
	h := &Handler{options: options, slots: make(chan struct{}, options.MaxConcurrent), now: time.Now,
		reading: make(chan struct{}, readersPerSlot*options.MaxConcurrent)}
	return h, h.SetSecrets(options.Secrets)
}

// SetSecrets replaces the secrets. It fails as New does, and leaves the handler as it was.
func (h *Handler) SetSecrets(list []Secret) error {
	s, err := newSecrets(list)
	if err != nil {
		return fmt.Errorf("hooks: %w", err)
	}
	h.secrets.Store(s)
	return nil
}

// refusal is an answer other than 200.
type refusal struct {
	status int
	// answer is one line for the sender, which tells nothing about secrets or the store.
	answer string
	// cause is what Options.Refused is told beside it.
	cause error
}

func refuse(status int, answer string) *refusal { return &refusal{status: status, answer: answer} }

// ServeHTTP answers 200 if Store has taken the delivery.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	refused := h.receive(w, r)
	if refused == nil {
		_, _ = io.WriteString(w, "ok\n")
		return
	}
	switch refused.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	}
	w.WriteHeader(refused.status)
	_, _ = io.WriteString(w, refused.answer+"\n")
	if h.options.Refused != nil {
		reason := errors.New(refused.answer)
		if refused.cause != nil {
			reason = fmt.Errorf("%s: %w", refused.answer, refused.cause)
		}
		h.options.Refused(r, refused.status, reason)
	}
}

func (h *Handler) receive(w http.ResponseWriter, r *http.Request) *refusal {
	if refused := h.checkRequest(r); refused != nil {
		return refused
	}
	if refused := h.checkSender(r); refused != nil {
		return refused
	}
	body, refused := h.readBody(w, r)
	if refused != nil {
		return refused
	}
	if !enter(r.Context(), h.slots) {
		return refuse(http.StatusServiceUnavailable, tooMany)
	}
	defer func() { <-h.slots }()
	delivery, err := parse(r, body)
	if err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	if refused := h.admit(r, delivery, body); refused != nil {
		return refused
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.options.StoreTimeout)
	defer cancel()
	if err := h.options.Store(ctx, delivery); err != nil {
		return &refusal{http.StatusServiceUnavailable, "the delivery could not be stored; send it again later", err}
	}
	return nil
}

// checkRequest refuses what the headers show already.
func (h *Handler) checkRequest(r *http.Request) *refusal {
	if r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, "web hooks are sent with POST")
	}
	if strings.Contains(strings.TrimPrefix(r.URL.Path, "/"), "/") {
		return refuse(http.StatusNotFound, "web hooks are not received here")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "Content-Type is not application/json")
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return refuse(http.StatusUnsupportedMediaType, "Content-Encoding is not supported")
	}
	if r.ContentLength > h.options.MaxBody {
		return h.tooLarge()
	}
	return nil
}

func (h *Handler) tooLarge() *refusal {
	return refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", h.options.MaxBody))
}

// tooMany answers those who find no place.
const tooMany = "too many deliveries at the same time; send it again later"

// enter waits for a place among the deliveries of the same time.
func enter(ctx context.Context, places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case places <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// readBody reads the body in a place of its own: one that does not come must not keep others from being stored.
func (h *Handler) readBody(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if !enter(r.Context(), h.reading) {
		return nil, refuse(http.StatusServiceUnavailable, tooMany)
	}
	defer func() { <-h.reading }()
	// Writers that are no connection have no deadline.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout))
	defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	var body bytes.Buffer
	if r.ContentLength > 0 { // what is announced need not come
		body.Grow(int(min(r.ContentLength, usualBody)) + bytes.MinRead)
	}
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, h.options.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, h.tooLarge()
	case err != nil:
		return nil, &refusal{http.StatusBadRequest, "the body did not arrive as a whole", err}
	}
	return body.Bytes(), nil
}

// wrongSecret is the refusal of a secret in the URL.
func wrongSecret() *refusal {
	return refuse(http.StatusUnauthorized, "the secret in the URL is wrong")
}

// checkSender refuses, before anything is read, who cannot be let in whatever the body is.
func (h *Handler) checkSender(r *http.Request) *refusal {
	if part := strings.TrimPrefix(r.URL.Path, "/"); part != "" {
		if !h.secrets.Load().known(part) {
			return wrongSecret()
		}
		return nil
	}
	timestamp := r.Header.Get(TimestampHeader)
	switch {
	case r.Header.Get(SignatureHeader) == "":
		return refuse(http.StatusUnauthorized, SignatureHeader+" is missing")
	case timestamp == "":
		return refuse(http.StatusUnauthorized, TimestampHeader+" is missing")
	}
	if h.options.Window > 0 {
		at, err := parseTime([]byte(timestamp))
		if age := h.now().Sub(at); err != nil || age.Abs() > h.options.Window {
			return refuse(http.StatusUnauthorized, "the request is too old, or a clock is wrong")
		}
	}
	return nil
}

// admit checks who sent the delivery.
func (h *Handler) admit(r *http.Request, d *Delivery, body []byte) *refusal {
	secrets := h.secrets.Load()
	if part := strings.TrimPrefix(r.URL.Path, "/"); part != "" {
		if !secrets.opens(d.WebsiteID, part) {
			return wrongSecret()
		}
		return nil
	}
	if !secrets.verify(d.WebsiteID, r.Header.Get(TimestampHeader), r.Header.Get(SignatureHeader), body) {
		return refuse(http.StatusUnauthorized, "the signature is wrong")
	}
	d.Signed = true
	return nil
}
