package gate

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/jsonform"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/repl/internal/render"
)

// Request is a call in words for people.
type Request struct {
	Effect engine.Effect
	// Method, Path with its query, Body and Summary are those of a call that is an HTTP request.
	Method, Path string
	Body         []byte
	// Summary says what the operation does, or is empty.
	Summary string
	// Text is any other call as it would be written; texts of several lines stand below it.
	Text string
}

// IsHTTP reports whether the call is an HTTP request.
func (r *Request) IsHTTP() bool { return r.Method != "" }

// Title names the call on one line.
func (r *Request) Title() string {
	if r.IsHTTP() {
		path, _, _ := strings.Cut(r.Path, "?")
		return r.Method + " " + path
	}
	first, _, _ := strings.Cut(r.Text, "\n")
	return first
}

// describe describes a call. It fails if the body of a request cannot be read.
func describe(c *engine.HostCall, base string) (Request, error) {
	r := Request{Effect: c.Effect}
	switch detail := c.Detail.(type) {
	case *bindings.Request:
		req, err := detail.HTTP()
		if err != nil {
			return r, err
		}
		if detail.Operation != nil {
			r.Summary = detail.Operation.Summary
		}
		return r, r.take(req, base)
	case *http.Request:
		return r, r.take(detail, base)
	}
	r.Text = written(c)
	return r, nil
}

// take takes what a request says, whose body can be read again afterwards.
func (r *Request) take(req *http.Request, base string) error {
	r.Method, r.Path = req.Method, pathBelow(base, req.URL)
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if query := req.URL.Query(); len(query) > 0 {
		r.Path += "?" + query.Encode()
	}
	if req.Body == nil || req.Body == http.NoBody {
		return nil
	}
	body, again := req.Body, false
	if req.GetBody != nil {
		if another, err := req.GetBody(); err == nil {
			body, again = another, true
		}
	}
	text, err := io.ReadAll(body)
	_ = body.Close()
	if err != nil {
		return fmt.Errorf("the request's body cannot be read: %w", err)
	}
	r.Body = text
	if !again {
		req.Body = io.NopCloser(bytes.NewReader(text))
	}
	return nil
}

// pathBelow returns the escaped path below a base, or the URL when it is not below it.
func pathBelow(base string, u *url.URL) string {
	if b, err := url.Parse(base); err == nil && b.Host != "" && strings.EqualFold(b.Host, u.Host) && b.Scheme == u.Scheme {
		if rest, ok := strings.CutPrefix(u.EscapedPath(), strings.TrimSuffix(b.EscapedPath(), "/")+"/"); ok {
			return "/" + rest
		}
	}
	shown := *u
	shown.User, shown.RawQuery, shown.Fragment = nil, "", ""
	return shown.String()
}

// written writes a call of any other module with its arguments. Texts of several lines are counted, and stand below.
func written(c *engine.HostCall) string {
	var args, below []string
	for _, arg := range c.Args {
		if text, ok := arg.(string); ok && strings.Contains(text, "\n") {
			args, below = append(args, paint.Plural(len(text), "byte")+":"), append(below, text)
			continue
		}
		args = append(args, argument(arg))
	}
	text := c.Name
	if len(args) > 0 {
		text += " " + strings.Join(args, ", ")
	}
	return strings.Join(append([]string{text}, below...), "\n")
}

func argument(arg any) string {
	if bytes, ok := arg.([]byte); ok {
		return paint.Plural(len(bytes), "byte")
	}
	text, err := jsonform.Encode(arg)
	if err != nil {
		return "…"
	}
	v, err := render.Parse(text)
	if err != nil {
		return "…"
	}
	return v.JSON()
}
