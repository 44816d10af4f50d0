package bindings

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/tape"
	"github.com/go-json-experiment/json"
)

var apiMethods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}

// apiModule calls any path below the API's base, for what the other groups do not cover.
func apiModule(website string) *engine.Module {
	options := []engine.Param{
		{Name: "options.query", Type: "table", Doc: "query values by name; booleans travel as 1 and 0, tables as JSON"},
		{Name: "options.headers", Type: "table", Doc: "further headers by name"},
		{Name: "options.body", Type: "any", Doc: "sent as JSON"},
	}
	path := engine.Param{Name: "path", Type: "string", Required: true, Doc: `below the base, for example "website/{website_id}/people/stats"; {website_id} is filled in`}
	m := &engine.Module{
		Name: "api",
		Doc:  "Calls of any path below the API's base. They answer status, headers and data.",
		Functions: []engine.Function{{
			Name: "call", Result: "{ status, headers, data }",
			Doc: "Calls a method and path of the API.",
			Params: append([]engine.Param{
				{Name: "options.method", Type: "string", Doc: "GET by default"},
				{Name: "options.path", Type: path.Type, Required: true, Doc: path.Doc},
			}, options...),
			Permission: apiSubject,
			Bind: func(ctx context.Context, args []any) (*engine.Pending, error) {
				a := newArguments("crisp.api.call", args)
				a.table(0)
				method := strings.ToUpper(a.optionText("method", "GET"))
				if !slices.Contains(apiMethods, method) {
					a.fail("method", "takes one of "+quoteAll(apiMethods)+fmt.Sprintf(", not %q", method), "")
				}
				path := a.option("path")
				text, ok := path.(string)
				if !ok {
					a.fail("path", "takes a path below the API's base, not "+describe(path), "")
				}
				return rawCall(connectionOf(ctx, website), a, method, text)
			},
		}},
	}
	for _, method := range apiMethods {
		name := strings.ToLower(method)
		m.Functions = append(m.Functions, engine.Function{
			Name: name, Result: "{ status, headers, data }",
			Doc:        "Calls " + method + " on a path of the API.",
			Params:     append([]engine.Param{path}, options...),
			Permission: apiSubject, Effect: methodEffect(method),
			Bind: func(ctx context.Context, args []any) (*engine.Pending, error) {
				a := newArguments("crisp.api."+name, args)
				path := a.text(0, "path")
				a.table(1)
				return rawCall(connectionOf(ctx, website), a, method, path)
			},
		})
	}
	return m
}

// rawCall checks a call of any path. One that belongs to an operation of the description is judged as that.
func rawCall(conn Connection, a *arguments, method, path string) (*engine.Pending, error) {
	req := &crisp.Request{Query: a.optionQuery("query"), Header: a.optionHeaders("headers"), Body: a.option("body")}
	if _, raw := req.Body.([]byte); req.Body != nil && !raw && a.err == nil {
		_, a.err = jsonText(a.call, "body", req.Body) // it tells better than the client what cannot be sent
	}
	if strings.Contains(path, "{website_id}") && conn.WebsiteID == "" {
		a.fail("", "does not know which website to use", "set CRISP_WEBSITE_ID, or write the website's id into the path")
	}
	if err := a.done(); err != nil {
		return nil, err
	}
	if conn.Client == nil {
		return nil, conn.absent(a.call)
	}
	path = strings.ReplaceAll(path, "{website_id}", conn.WebsiteID)
	prepared, err := conn.Client.NewRawRequest(method, path, req)
	if err != nil {
		return nil, callError(a.call, err)
	}
	p := &engine.Pending{
		Effect: methodEffect(method), Permission: apiSubject,
		Run:  func(ctx context.Context) (any, error) { return runRaw(ctx, conn, a.call, method, path, req) },
		Plan: func(context.Context) (any, error) { return rawAnswer(http.StatusOK, nil, engine.JSON("{}")), nil },
	}
	described := &Request{Method: method, make: func() (*http.Request, error) { return prepared, nil }}
	p.Detail = described
	if op, params, _ := spec.Match(method, conn.Client.PathOf(prepared.URL)); op != nil {
		described.Operation, described.Params = op, params
		p.Effect, p.Permission = effects[op.Effect], Subject(op)
		p.Plan = func(context.Context) (any, error) { return rawAnswer(op.Status, nil, sampleOf(op)), nil }
	}
	return p, nil
}

// methodEffect is the effect of a path that nothing else is known of.
func methodEffect(method string) engine.Effect {
	switch method {
	case http.MethodGet, http.MethodHead:
		return engine.Read
	case http.MethodDelete:
		return engine.Delete
	}
	return engine.Write
}

func runRaw(ctx context.Context, conn Connection, call, method, path string, req *crisp.Request) (any, error) {
	var doc *tape.Document
	layTape(req, &doc)
	res, err := conn.Client.Call(ctx, method, path, req)
	if err != nil {
		return nil, callError(call, err)
	}
	var data any
	if len(res.Data) > 0 {
		data = doc
	}
	return rawAnswer(res.Status, res.Header, data), nil
}

// rawAnswer is the answer of a raw call as scripts see it.
func rawAnswer(status int, header http.Header, data any) any {
	headers := make(map[string]any, len(header))
	for name, values := range header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	answer := map[string]any{"status": int64(status), "headers": headers}
	if data != nil {
		answer["data"] = data
	}
	return answer
}

func (a *arguments) optionQuery(name string) url.Values {
	values := url.Values{}
	table := a.optionTable(name)
	for _, key := range slices.Sorted(maps.Keys(table)) {
		switch v := table[key].(type) {
		case nil:
		case string:
			values.Set(key, v)
		case bool:
			values.Set(key, map[bool]string{true: "1", false: "0"}[v])
		case time.Time:
			values.Set(key, v.UTC().Format(time.RFC3339Nano))
		default:
			text, err := json.Marshal(v, json.Deterministic(true))
			if err != nil {
				a.fail(name+"."+key, "has no text form", "")
				continue
			}
			values.Set(key, string(text))
		}
	}
	return values
}

func (a *arguments) optionHeaders(name string) http.Header {
	headers := http.Header{}
	table := a.optionTable(name)
	for _, key := range slices.Sorted(maps.Keys(table)) {
		text, ok := table[key].(string)
		switch canonical := http.CanonicalHeaderKey(key); {
		case !ok:
			a.fail(name+"."+key, "takes a string, not "+describe(table[key]), "")
		case canonical == "Authorization" || canonical == "X-Crisp-Tier" || canonical == "Host":
			a.fail(name+"."+key, "is set by the connection", "")
		default:
			headers.Set(canonical, text)
		}
	}
	return headers
}

func (a *arguments) optionTable(name string) map[string]any {
	switch v := a.option(name).(type) {
	case nil:
		return nil
	case map[string]any:
		return v
	default:
		a.fail(name, "takes an object { ... }, not "+describe(v), "")
		return nil
	}
}
