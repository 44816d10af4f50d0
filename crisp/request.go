package crisp

import (
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Request is what a call sends besides its method and path.
type Request struct {
	// Path holds the values of the path parameters by name, unescaped.
	Path map[string]string
	// Query holds the query parameters in their wire form; EncodeQuery makes it from Go values.
	Query url.Values
	// Body is marshalled to JSON with go-json-experiment/json. A []byte, json.RawMessage or jsontext.Value is sent as it is
	// and must hold JSON, unless Header names another Content-Type. Nil, and whatever marshals to null, is no body.
	Body any
	// Header holds further headers. Those that the client owns (Authorization, X-Crisp-Tier, Host and the like) are refused.
	Header http.Header
	// Parse, if set, reads the data of a successful answer, and spares the client from checking by itself that it is JSON:
	// large answers are then walked through once. It gets what becomes Response.Data, never empty, in the goroutine of the
	// call, and must fail for everything but one JSON value. What it refuses is checked by the client: what is not JSON is
	// the same [*Error] as without Parse, and what is may be handed to it again. An error that remains is an [*Error] whose
	// Reason is ReasonInvalidResponse. [Client.Pages] calls it for each page before it yields that.
	// A request with it belongs to one call at a time when Parse keeps what it reads.
	Parse func(data jsontext.Value) error
}

// outgoing is a request that is ready to be sent any number of times.
type outgoing struct {
	op        *spec.Operation // nil for a raw call
	operation string
	method    string
	url       string
	header    http.Header
	body      []byte
	parse     func(jsontext.Value) error // Request.Parse

	// maxBytes and room are those of a ForwardedCall.
	maxBytes int64
	room     func(ctx context.Context, bytes int64) error

	// What a forwarder gets in place of url and header.
	params map[string]string
	path   string // escaped, of a raw call
	query  url.Values
	given  http.Header
}

// ownedHeaders are set by the client or by the HTTP transport alone.
var ownedHeaders = []string{
	"Authorization", "X-Crisp-Tier", "Host", "Connection", "Content-Length", "Transfer-Encoding", "Accept-Encoding",
	"Proxy-Authorization", "Upgrade", "Te", "Trailer",
}

func (c *Client) prepare(op *spec.Operation, req *Request) (*outgoing, error) {
	if req == nil {
		req = &Request{}
	}
	path, err := expandPath(op.Path, req.Path)
	if err != nil {
		return nil, err
	}
	for i := range op.Params {
		if p := &op.Params[i]; p.In == spec.InQuery && p.Required && !req.Query.Has(p.Name) {
			return nil, fmt.Errorf("the query parameter %s is missing", p.Name)
		}
	}
	x := &outgoing{op: op, operation: op.ID, method: op.Method, url: c.join(path, req.Query), params: req.Path, query: req.Query}
	return x, x.fill(c, req)
}

func (c *Client) prepareRaw(method, path string, req *Request) (*outgoing, error) {
	if req == nil {
		req = &Request{}
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return nil, fmt.Errorf("the method %q is not one of GET, HEAD, POST, PUT, PATCH and DELETE", oneLine(method, 20))
	}
	escaped, query, err := cleanPath(path)
	if err != nil {
		return nil, err
	}
	for name, values := range req.Query {
		if query == nil {
			query = url.Values{}
		}
		query[name] = append(query[name], values...)
	}
	x := &outgoing{operation: c.redact(method + " /" + escaped), method: method, url: c.join(escaped, query), path: escaped, query: query}
	return x, x.fill(c, req)
}

// emptyObject is sent by POST, PUT and PATCH calls without a body, as the official node client does.
var emptyObject = []byte("{}")

// fill sets header and body.
func (x *outgoing) fill(c *Client, req *Request) error {
	x.header, x.given = c.header.Clone(), req.Header
	for name, values := range req.Header {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case slices.Contains(ownedHeaders, canonical):
			return fmt.Errorf("the header %s is set by the client", canonical)
		case !validHeaderName(name):
			return fmt.Errorf("the header name %q is not valid", oneLine(name, 40))
		case slices.ContainsFunc(values, func(v string) bool { return !validHeaderValue(v) }):
			return fmt.Errorf("the header %s has a control character in its value", canonical)
		}
		x.header[canonical] = values
	}
	body, err := encodeBody(req.Body, x.header.Get("Content-Type") == "")
	if err != nil {
		return err
	}
	if body == nil {
		if x.op != nil && x.op.BodyRequired {
			return errors.New("the body is missing")
		}
		switch x.method {
		case http.MethodPost, http.MethodPut, http.MethodPatch:
			body = emptyObject
		}
	}
	x.body, x.parse = body, req.Parse
	if body != nil && x.header.Get("Content-Type") == "" {
		x.header["Content-Type"] = []string{"application/json"}
	}
	c.authorize(x.header)
	return nil
}

// encodeBody answers nil for no body.
func encodeBody(body any, mustBeJSON bool) ([]byte, error) {
	var raw []byte
	switch b := body.(type) {
	case nil:
		return nil, nil
	case encodedBody:
		return b, nil
	case []byte:
		raw = b
	case stdjson.RawMessage:
		raw = b
	case jsontext.Value:
		raw = b
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("the body has no JSON form: %w", err)
		}
		raw, mustBeJSON = encoded, false
	}
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if mustBeJSON && !jsontext.Value(raw).IsValid(lenient) {
		return nil, errors.New("the body is not valid JSON")
	}
	return raw, nil
}

func validHeaderName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}

func validHeaderValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
