package lua

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/fetch"
	"github.com/crisphost/crisphost/internal/nearest"
	glua "github.com/yuin/gopher-lua"
)

// fetchOptions are the members of the second argument of fetch.
var fetchOptions = []string{"method", "headers", "body", "redirect"}

// libFetch is fetch(url, options): it sends a request and returns what came back, status, ok, url, redirected, headers
// with names in lower case, and body as text. Other tasks run meanwhile.
func libFetch(L *glua.LState) int {
	v := vmOf(L)
	args, err := v.values.Arguments(L, engine.PlainArguments, nil, 1)
	if err != nil {
		v.raise(L, fmt.Errorf("fetch: %w", err))
	}
	req, err := fetchRequest(args)
	if err != nil {
		v.raise(L, err)
	}
	var answer *fetch.Answer
	host, transport := v.context(), v.invoker.Fetch()
	v.unlocked(L, func() { answer, err = fetch.Do(host, transport, req) })
	v.stopIfHalted(L)
	if err != nil {
		v.raise(L, fetch.Error(req, err))
	}
	headers := make(map[string]any, len(answer.Header))
	for name, values := range answer.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return v.pushResult(L, map[string]any{
		"status": answer.Status, "ok": answer.Status >= 200 && answer.Status <= 299, "url": answer.URL,
		"redirected": answer.Redirected, "headers": headers, "body": string(answer.Body),
	}, "fetch")
}

// fetchRequest reads the arguments of fetch.
func fetchRequest(args []any) (*fetch.Request, error) {
	req := &fetch.Request{Method: http.MethodGet, Redirect: "follow", Header: http.Header{}}
	var options map[string]any
	url, given := "", len(args) > 0
	if given {
		url, given = args[0].(string)
	}
	if len(args) > 1 {
		options, given = args[1].(map[string]any)
	}
	if !given || len(args) > 2 {
		return nil, fetchMisuse("it takes a URL, and a table of options",
			`write fetch("https://...", { method = "POST", body = text })`)
	}
	req.URL = url
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if err := readFetchOption(req, name, options[name]); err != nil {
			return nil, err
		}
	}
	return req, nil
}

func readFetchOption(req *fetch.Request, name string, value any) error {
	text, isText := value.(string)
	switch {
	case name == "method" && isText:
		req.Method = strings.ToUpper(text)
	case name == "body" && isText:
		req.Body = []byte(text)
	case name == "body":
		return fetchMisuse("body is not a text", "write body = json.encode(value), and name its Content-Type in headers")
	case name == "redirect" && (text == "follow" || text == "manual" || text == "error"):
		req.Redirect = text
	case name == "headers":
		headers, ok := value.(map[string]any)
		if !ok {
			return fetchMisuse("headers is not a table of texts by name", "")
		}
		for header, value := range headers {
			switch value.(type) {
			case string, int64, float64:
				req.Header.Add(header, fmt.Sprint(value))
			default:
				return fetchMisuse(fmt.Sprintf("the header %s is not a text", header), "")
			}
		}
	case name == "redirect":
		return fetchMisuse(fmt.Sprintf("redirect cannot be %v", value), `it is "follow", "manual" or "error"`)
	case name == "method":
		return fetchMisuse("method is not a text", "")
	default:
		hint := "it takes " + strings.Join(fetchOptions, ", ")
		if near := nearest.To(name, fetchOptions); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return fetchMisuse(fmt.Sprintf("unknown option %q", name), hint)
	}
	return nil
}

func fetchMisuse(problem, hint string) error {
	return &engine.HostError{Name: "TypeError", Message: "fetch: " + problem, Hint: hint}
}
