package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
)

// control serves the routes below /sandbox/, with which programs on this machine drive the sandbox itself:
//
//	POST /sandbox/events   {event, website_id, data} makes an event happen, see Server.Emit
//	GET  /sandbox/hooks    lists the hooks and what became of the posts to them
//	PUT  /sandbox/hooks    replaces the hooks by a list of them
//
// They are no part of Crisp. As hooks can name any address, they take the credentials of the sandbox from loopback only.
func (s *Server) control(w http.ResponseWriter, r *http.Request) (api.Answer, error) {
	if err := localOnly(r); err != nil {
		return api.Answer{}, err
	}
	if _, err := authenticate(r.Header); err != nil {
		return api.Answer{}, err
	}
	switch route := r.Method + " " + strings.TrimPrefix(r.URL.Path, controlPath); route {
	case "POST events":
		return s.postEvent(w, r)
	case "GET hooks":
		return encoded("listed", s.Hooks())
	case "PUT hooks":
		return s.putHooks(w, r)
	}
	return api.Answer{}, errNoRoute
}

const controlPath = "/sandbox/"

// localOnly refuses callers on other machines, and pages in a browser that reach this one under a name of their own.
func localOnly(r *http.Request) error {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	named, nameErr := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil || !peer.Addr().Unmap().IsLoopback() ||
		!strings.EqualFold(host, "localhost") && (nameErr != nil || !named.Unmap().IsLoopback()) {
		return api.NotAllowed("the sandbox is controlled from its own machine only, by a loopback address")
	}
	return nil
}

func (s *Server) postEvent(w http.ResponseWriter, r *http.Request) (api.Answer, error) {
	var form struct {
		Event     string          `json:"event"`
		WebsiteID string          `json:"website_id"`
		Data      json.RawMessage `json:"data"`
	}
	form.WebsiteID = WebsiteID
	if err := readControl(w, r, &form); err != nil {
		return api.Answer{}, err
	}
	if err := s.Emit(form.WebsiteID, form.Event, form.Data); err != nil {
		if _, refused := errors.AsType[*api.Error](err); refused {
			return api.Answer{}, err
		}
		return api.Answer{}, api.Invalid("data", err.Error())
	}
	return api.Answer{Status: http.StatusAccepted, Reason: "dispatched"}, nil
}

func (s *Server) putHooks(w http.ResponseWriter, r *http.Request) (api.Answer, error) {
	var list []Hook
	if err := readControl(w, r, &list); err != nil {
		return api.Answer{}, err
	}
	if err := s.SetHooks(list); err != nil {
		return api.Answer{}, api.Invalid("data", err.Error())
	}
	return encoded("updated", s.Hooks())
}

// readControl reads the body. Members that are unknown are errors.
func readControl(w http.ResponseWriter, r *http.Request, v any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, api.MaxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return api.Invalid("data", fmt.Sprintf("cannot be read: %v", err))
	}
	if _, err := decoder.Token(); err != io.EOF {
		return api.Invalid("data", "is followed by something else")
	}
	return nil
}

func encoded(reason string, v any) (api.Answer, error) {
	text, err := json.Marshal(v)
	return api.Answer{Status: http.StatusOK, Reason: reason, Data: text}, err
}
