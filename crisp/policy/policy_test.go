package policy_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/spec"
)

const website = "11111111-1111-4111-8111-111111111111"

// server answers every request and remembers the last one.
type server struct {
	*httptest.Server
	requests atomic.Int64
	body     atomic.Value
}

func newServer(t *testing.T) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		body, _ := io.ReadAll(r.Body)
		s.body.Store(string(body))
		_, _ = io.WriteString(w, `{"error":false,"reason":"resolved","data":{}}`)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) client(t *testing.T, decide policy.Decide) *crisp.Client {
	t.Helper()
	transport := &policy.Transport{Base: s.Client().Transport, BaseURL: s.URL + "/v1/", Decide: decide}
	client, err := crisp.New(crisp.WithBaseURL(s.URL+"/v1/"), crisp.WithTransport(transport), crisp.WithRetry(crisp.RetryPolicy{BaseDelay: time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		method, path, body string
		operation          string
		params             string
		effect             spec.Effect
	}{
		{"GET", "website/" + website, "", "website.get", `{"website_id":"` + website + `"}`, spec.EffectRead},
		{"DELETE", "website/" + website + "/conversation/session_1", "", "website.conversation.delete", `{"session_id":"session_1","website_id":"` + website + `"}`, spec.EffectDelete},
		{"POST", "website/" + website + "/conversation/s/message", `{"type":"text"}`, "website.conversation.message.send", `{"session_id":"s","website_id":"` + website + `"}`, spec.EffectSend},
		{"PATCH", "website/" + website + "/people/profile/a%2Fb", `{}`, "website.people.profile.update", `{"people_id":"a/b","website_id":"` + website + `"}`, spec.EffectWrite},
		{"GET", "unknown/thing", "", "", "null", spec.EffectRead},
		{"HEAD", "unknown/thing", "", "", "null", spec.EffectRead},
		{"POST", "unknown/thing", "{}", "", "null", spec.EffectWrite},
		{"PUT", "unknown/thing", "{}", "", "null", spec.EffectWrite},
		{"DELETE", "unknown/thing", "", "", "null", spec.EffectDelete},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			s := newServer(t)
			var got *policy.Call
			client := s.client(t, func(_ context.Context, call *policy.Call) error { got = call; return nil })
			req := &crisp.Request{Query: map[string][]string{"q": {"1"}}}
			if c.body != "" {
				req.Body = json.RawMessage(c.body)
			}
			if _, err := client.Call(t.Context(), c.method, c.path, req); err != nil {
				t.Fatal(err)
			}
			id := ""
			if got.Operation != nil {
				id = got.Operation.ID
			}
			params, _ := json.Marshal(got.Params)
			if id != c.operation || string(params) != c.params || got.Effect != c.effect {
				t.Errorf("operation %q params %s effect %v", id, params, got.Effect)
			}
			if got.Method != c.method || got.Path != "/"+c.path || got.Query.Get("q") != "1" || string(got.Body) != c.body {
				t.Errorf("%s %s %v %q", got.Method, got.Path, got.Query, got.Body)
			}
			if sent := s.body.Load(); sent != c.body {
				t.Errorf("the server got the body %q", sent)
			}
		})
	}
}

func TestOutsideOfTheBaseIsNoOperation(t *testing.T) {
	s := newServer(t)
	var got *policy.Call
	transport := &policy.Transport{Base: s.Client().Transport, BaseURL: "https://api.crisp.chat/v1/", Decide: func(_ context.Context, call *policy.Call) error { got = call; return nil }}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.URL+"/v1/website/"+website+"?a=b", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got.Operation != nil || got.Effect != spec.EffectDelete || got.Path != s.URL+"/v1/website/"+website {
		t.Errorf("%+v", got)
	}
}

// TestTransportNeedsBaseURL has a transport that would take every operation for an unknown path.
func TestTransportNeedsBaseURL(t *testing.T) {
	for _, base := range []string{"", "api.crisp.chat", ":"} {
		s := newServer(t)
		asked := 0
		transport := &policy.Transport{Base: s.Client().Transport, BaseURL: base, Decide: func(context.Context, *policy.Call) error { asked++; return nil }}
		client, err := crisp.New(crisp.WithBaseURL(s.URL), crisp.WithTransport(transport))
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Call(t.Context(), http.MethodGet, "website/"+website, nil)
		if err == nil || !strings.Contains(err.Error(), "Transport.BaseURL is missing") {
			t.Errorf("%q: %v", base, err)
		}
		transport.Decide = nil
		if _, err := client.Call(t.Context(), http.MethodGet, "website/"+website, nil); err == nil {
			t.Errorf("%q: a request passes when nothing decides", base)
		}
		if asked != 0 || s.requests.Load() != 0 {
			t.Errorf("%q: asked %d times, sent %d requests", base, asked, s.requests.Load())
		}
	}
}

func TestRefusalIsFinal(t *testing.T) {
	s := newServer(t)
	no := errors.New("not today")
	asked := 0
	client := s.client(t, func(context.Context, *policy.Call) error { asked++; return no })
	_, err := client.Call(t.Context(), http.MethodDelete, "website/"+website, nil)
	var failed *crisp.Error
	if !errors.As(err, &failed) || failed.Reason != policy.Reason || !errors.Is(err, no) || !strings.Contains(err.Error(), "not today") {
		t.Errorf("%v", err)
	}
	if asked != 1 || s.requests.Load() != 0 {
		t.Errorf("asked %d times, sent %d requests", asked, s.requests.Load())
	}
}

func TestDecisionEndsWithItsContext(t *testing.T) {
	s := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	client := s.client(t, func(ctx context.Context, _ *policy.Call) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	if _, err := client.Call(ctx, http.MethodDelete, "website/"+website, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestDescribeForwardedCalls(t *testing.T) {
	for _, c := range []struct {
		call         crisp.ForwardedCall
		id, path     string
		effect       spec.Effect
		param, value string
	}{
		{crisp.ForwardedCall{Operation: "website.get", Params: map[string]string{"website_id": "a/b"}}, "website.get", "/website/a%2Fb", spec.EffectRead, "website_id", "a/b"},
		{crisp.ForwardedCall{Method: "DELETE", Path: "website/w"}, "website.delete", "/website/w", spec.EffectDelete, "website_id", "w"},
		{crisp.ForwardedCall{Method: "PUT", Path: "unknown/a b"}, "", "/unknown/a%20b", spec.EffectWrite, "", ""},
	} {
		got, err := policy.Describe(&c.call)
		if err != nil {
			t.Errorf("%+v: %v", c.call, err)
			continue
		}
		id := ""
		if got.Operation != nil {
			id = got.Operation.ID
		}
		if id != c.id || got.Path != c.path || got.Effect != c.effect || got.Params[c.param] != c.value {
			t.Errorf("%+v is %+v", c.call, got)
		}
	}
	var refused *crisp.Error
	if _, err := policy.Describe(&crisp.ForwardedCall{Method: "GET", Path: "a/../b"}); !errors.As(err, &refused) || refused.Reason != crisp.ReasonInvalidRequest {
		t.Errorf("a path with a detour: %v", err)
	}
}
