package crisp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/spec"
)

func TestHints(t *testing.T) {
	plugin := spec.TierPlugin
	for _, tc := range []struct {
		err  Error
		want string // a part of the hint, "" for none
	}{
		{Error{Status: 401, Reason: "invalid_session"}, "crisphost status"},
		{Error{Status: 402, Reason: "invalid_session"}, "crisphost status"},
		{Error{Status: 404, Reason: "not_subscribed"}, "not installed on this website"},
		{Error{Status: 404, Reason: "not_found"}, "check the ids"},
		{Error{Status: 404, Reason: "not_found", Operation: "GET /nope"}, "check the path, the ids in it and the base URL"},
		{Error{Status: 403, Reason: "not_allowed", Operation: spec.ByCall("websites.delete").ID}, "password or token in verify"},
		{Error{Status: 403, Reason: "restricted_route_tier", tier: plugin, allowed: spec.TierUser | spec.TierWebsite}, "takes a token of tier website or user, and this one is of tier plugin"},
		{Error{Status: 403, Reason: "restricted_route_tier", tier: plugin}, "not open to plugin tokens"},
		{Error{Status: 403, Reason: "not_allowed", tier: plugin, allowed: spec.TierUser}, "scopes and the website id; the call takes a token of tier user"},
		{Error{Status: 403, Reason: "forbidden", tier: plugin, allowed: plugin}, "check its scopes and the website id"},
		{Error{Status: 405, Reason: "method_not_allowed"}, "not for this method"},
		{Error{Status: 409, Reason: "people_email_exists"}, "look it up"},
		{Error{Status: 400, Reason: "invalid_data"}, "documentation of the call"},
		{Error{Status: 423, Reason: "quota_limit_exceeded"}, "quota"},
		{Error{Status: 429, Reason: "too_many_requests"}, "lower rate limit"},
		{Error{Status: 420, Reason: "too_many_requests"}, "lower rate limit"},
		{Error{Status: 502, Reason: "bad_gateway"}, "try again later"},
		{Error{Reason: ReasonNoResponse}, "CRISP_API_URL"},
		{Error{Reason: ReasonTimeout}, "more time"},
		{Error{Reason: ReasonCanceled}, ""},
		{Error{Reason: ReasonInvalidRequest}, ""},
		{Error{Status: 400, Reason: "bad_request"}, ""},
	} {
		if got := tc.err.Hint(); !strings.Contains(got, tc.want) || tc.want == "" && got != "" {
			t.Errorf("%v: %q, want %q in it", &tc.err, got, tc.want)
		}
	}
}

// The hint for a refused tier is made from the operation.
func TestTierHintOfACall(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, 403, `{"error":true,"reason":"restricted_route_tier","data":{}}`)
	})
	_, err := client.Do(t.Context(), getOp, thing("x"))
	e := wantError(t, err, 403, "restricted_route_tier")
	if want := "the call takes a token of tier plugin or user, and this one is of tier website"; e.Hint() != want {
		t.Errorf("hint %q", e.Hint())
	}
}

func TestErrorText(t *testing.T) {
	for _, tc := range []struct {
		err  Error
		want string
	}{
		{Error{Status: 404, Reason: "not_found", Operation: "website.get", Attempts: 1}, "website.get: 404 not_found"},
		{Error{Status: 500, Reason: "internal", Operation: "website.get", Message: "oops", Attempts: 4}, "website.get: 500 internal: oops (after 4 attempts)"},
		{Error{Reason: ReasonTimeout}, "timeout"},
		{Error{Status: 429, Reason: "slow_down", RetryAfter: time.Hour, Attempts: 2}, "429 slow_down; retry after 1h0m0s (after 2 attempts)"},
	} {
		if got := tc.err.Error(); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

// secrets are the forms in which the credentials must not appear anywhere.
func secrets() []string {
	r, _ := http.NewRequest("GET", "http://localhost/", nil)
	r.SetBasicAuth(testIdentifier, testKey)
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return []string{testKey, token, url.QueryEscape(token)}
}

func checkNoSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range secrets() {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows the key: %s", where, text)
		}
	}
}

// Servers and transports that repeat what they were sent are the worst case for every error and log line.
func TestTheKeyNeverShows(t *testing.T) {
	echo := func(r *http.Request) string {
		_, key, _ := r.BasicAuth()
		return r.Header.Get("Authorization") + " " + key
	}
	handlers := map[string]http.HandlerFunc{
		"fine": fine,
		"message": func(w http.ResponseWriter, r *http.Request) {
			answer(w, 401, fmt.Sprintf(`{"error":true,"reason":"invalid_session","data":{"message":%q}}`, echo(r)))
		},
		"reason": func(w http.ResponseWriter, r *http.Request) {
			answer(w, 500, fmt.Sprintf(`{"error":true,"reason":%q,"data":{}}`, echo(r)))
		},
		"page":      func(w http.ResponseWriter, r *http.Request) { answer(w, 200, "<html>"+echo(r)) },
		"bad page":  func(w http.ResponseWriter, r *http.Request) { answer(w, 502, "<html>"+echo(r)) },
		"cut":       cut,
		"truncated": truncate,
		"limited":   func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(429); io.WriteString(w, echo(r)) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			_, key, _ := r.BasicAuth()
			http.Redirect(w, r, "http://u:"+key+"@"+key+".example.com/?"+url.QueryEscape(echo(r)), http.StatusFound)
		},
		"bad redirect": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://[::1"+echo(r))
			w.WriteHeader(302)
		},
		"wrong data": func(w http.ResponseWriter, r *http.Request) { ok(w, fmt.Sprintf("%q", echo(r))) },
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	quiet := slog.New(slog.DiscardHandler)
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			log.Reset()
			client := serve(t, handler, newFakeClock().option(), WithLogger(logger), WithRetry(RetryPolicy{MaxAttempts: 2}))
			for _, op := range []*spec.Operation{plainOp, postOp} {
				resp, err := client.Do(t.Context(), op, &Request{Body: map[string]string{"secret": "body text"}})
				if err == nil && name == "wrong data" {
					err = resp.Decode(&struct{}{})
				}
				if (err == nil) != (name == "fine") {
					t.Errorf("%s: %v", op.ID, err)
				}
				if e := (*Error)(nil); errors.As(err, &e) {
					checkNoSecret(t, "error", fmt.Sprintf("%v %+v %s %q", e, e, e.Reason, e.Message))
				}
			}
			_, err := client.Call(t.Context(), "GET", "website/"+testKey+"?key="+testKey, nil)
			if err != nil {
				checkNoSecret(t, "error of a raw call", err.Error())
			}
			checkNoSecret(t, "log", log.String())
			if !strings.Contains(log.String(), "operation=test.plain attempt=1") {
				t.Errorf("log %s", log.String())
			}
			if strings.Contains(log.String(), "body text") || strings.Contains(log.String(), "127.0.0.1") {
				t.Errorf("the log shows bodies or addresses: %s", log.String())
			}
		})
	}
	t.Run("transport", func(t *testing.T) {
		client := dial(t, "https://example.com/", newFakeClock().option(), WithLogger(logger), WithTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("cannot send %v", r.Header)
		})))
		_, err := client.Do(t.Context(), plainOp, nil)
		checkNoSecret(t, "error", err.Error())
		checkNoSecret(t, "log", log.String())
	})
	t.Run("client", func(t *testing.T) {
		client := dial(t, "https://example.com/v1", WithLogger(quiet))
		log.Reset()
		logger.Info("made", "client", client)
		shown := log.String() + fmt.Sprintf("%v %+v %#v %s %q %v %+v", client, client, client, client, client, []any{client}, struct{ C *Client }{client})
		checkNoSecret(t, "client", shown)
		if !strings.Contains(shown, "https://example.com/v1/") || !strings.Contains(shown, "website") {
			t.Errorf("shown as %s", shown)
		}
		if strings.Contains(shown, testIdentifier) {
			t.Errorf("shown with the identifier: %s", shown)
		}
	})
}

// What reads data fails where there is none, as with an answer that is no JSON. What changes something was carried out, and raw
// calls take what comes.
func TestReadsWithoutData(t *testing.T) {
	read, write := spec.ByCall("visitors.count"), spec.ByCall("people.create")
	path := map[string]string{"website_id": "0ed1d713-90bc-40ce-b8f9-363fcc7a883c"}
	for name, handler := range map[string]http.HandlerFunc{
		"empty":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
		"no data": func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"error":false,"reason":"ok"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, handler)
			_, err := client.Do(t.Context(), read, &Request{Path: path})
			if e := wantError(t, err, 200, ReasonInvalidResponse); e.Attempts != 1 || !strings.Contains(e.Message, "no data") {
				t.Errorf("error %v", e)
			}
			if _, err := client.Do(t.Context(), write, &Request{Path: path, Body: map[string]any{}}); err != nil {
				t.Error(err)
			}
			if _, err := client.Call(t.Context(), "GET", "website/x", nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// A key that is the same as its identifier is no secret, and may be a plain word of a message.
func TestPublicKeyIsNotRedacted(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, 403, fmt.Sprintf(`{"error":true,"reason":"not_allowed","data":{"message":%q}}`, "the sandbox says no to "+r.Header.Get("Authorization")))
	}, WithCredentials("sandbox", "sandbox"))
	_, err := client.Do(t.Context(), plainOp, nil)
	if e := wantError(t, err, 403, "not_allowed"); e.Message != "the sandbox says no to Basic [redacted]" {
		t.Errorf("message %q", e.Message)
	}
}

func TestRedirectHints(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/api/v1"+r.URL.Path, http.StatusFound)
	})
	_, err := client.Call(t.Context(), "GET", "website/x", nil)
	if e := wantError(t, err, 302, ReasonRedirectRefused); !strings.Contains(e.Hint(), "in a circle") {
		t.Errorf("hint %q", e.Hint())
	}
}
