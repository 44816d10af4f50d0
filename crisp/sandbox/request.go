package sandbox

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxBody is the largest request body in bytes. Crisp's own limit is not established.
const maxBody = 2 << 20

// handler runs one operation on a checked request.
type handler func(*request) (answer, error)

// request is a request that fits the description of its operation.
type request struct {
	sites  *sites
	site   *site // nil for operations without a website
	op     *spec.Operation
	tier   spec.Tiers
	params map[string]string
	query  url.Values
	body   jsontext.Value // nil when there is none
	now    int64          // Unix milliseconds
}

// read checks path, query and body against the operation.
func (req *request) read(w http.ResponseWriter, r *http.Request) error {
	if err := req.readQuery(r); err != nil {
		return err
	}
	for i := range req.op.Params {
		p := &req.op.Params[i]
		value, present := req.params[p.Name]
		where := "params." + p.Name
		if p.In == spec.InQuery {
			where = "query." + p.Name
			value, present = req.query.Get(p.Name), req.query.Has(p.Name)
			if !present && p.Required {
				return invalid("query", "should have required property '"+p.Name+"'")
			}
		}
		if !present {
			continue
		}
		if err := checkText(p.Schema, where, value); err != nil {
			return err
		}
	}
	return req.readBody(w, r)
}

// readQuery refuses names that the operation does not have. That Crisp does so is a guess; a misspelt filter that is
// silently dropped would list everything.
func (req *request) readQuery(r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return invalid("query", "should be encoded as a query string")
	}
	for name, values := range query {
		if p := req.op.Param(name); p == nil || p.In != spec.InQuery {
			return invalid("query", "should NOT have additional properties: '"+name+"'")
		}
		if len(values) > 1 {
			return invalid("query."+name, "should be given once")
		}
	}
	req.query = query
	return nil
}

// checkText checks a value that travels as text.
func checkText(schema *spec.Schema, where, text string) error {
	var value jsontext.Value
	switch schema.Kind {
	case spec.KindInteger, spec.KindNumber:
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return invalid(where, "should be "+kindName(schema.Kind))
		}
		value = jsontext.Value(text)
	case spec.KindBoolean:
		if text != "0" && text != "1" {
			return invalid(where, "should be 0 or 1")
		}
		return nil
	case spec.KindArray, spec.KindObject:
		value = jsontext.Value(text)
	case spec.KindAny:
		return nil // alternatives; the operation decides by another parameter
	default:
		value = encode(text)
	}
	return validate(schema, where, value)
}

func kindName(kind spec.Kind) string {
	return [...]string{"any", "string", "integer", "number", "boolean", "array", "object"}[kind]
}

func (req *request) readBody(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &apiError{status: http.StatusRequestEntityTooLarge, reason: "invalid_data", namespace: "data", message: "data should NOT be larger than " + strconv.Itoa(maxBody) + " bytes"}
	case err != nil:
		return &apiError{status: http.StatusBadRequest, reason: "invalid_data", namespace: "data", message: "data ends too early: " + err.Error()}
	}
	schema := req.op.Body
	if len(strings.TrimSpace(string(body))) == 0 {
		if schema != nil && req.op.BodyRequired {
			// The official client sends {} for no body; what is missing in it is the better message.
			return validate(schema, "data", jsontext.Value("{}"))
		}
		return nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &apiError{status: http.StatusUnsupportedMediaType, reason: "invalid_data", namespace: "data", message: "data should be sent as application/json"}
	}
	value := jsontext.Value(body)
	if !value.IsValid() {
		return invalid("data", "should be JSON")
	}
	if schema == nil {
		return nil // an empty object from a client that always sends one
	}
	req.body = value
	return validate(schema, "data", value)
}

// decode puts the body into v, whose members keep their values where the body does not name them.
func (req *request) decode(v any) error {
	if req.body == nil {
		return nil
	}
	if err := json.Unmarshal(req.body, v); err != nil {
		return invalid("data", "cannot be read: "+err.Error())
	}
	return nil
}

func (req *request) flag(name string) bool { return req.query.Get(name) == "1" }

// integer is a checked number of the query or the path.
func integer(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// date is a moment in the query, in Unix milliseconds. Dates without a time of day and without a zone are taken as UTC.
func (req *request) date(name string) (at int64, given bool, err error) {
	text := req.query.Get(name)
	if text == "" {
		return 0, false, nil
	}
	at, err = parseDate(text)
	if err != nil {
		return 0, false, invalid("query."+name, "should match format \"date-time\"")
	}
	return at, true, nil
}

func parseDate(text string) (int64, error) {
	var err error
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		var t time.Time
		if t, err = time.Parse(layout, text); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, err
}

// pageOf cuts the page that page_number selects out of a list.
func pageOf[T any](req *request, size int, list []T) []T {
	number := integer(req.params["page_number"])
	if number < 1 || number > int64(len(list)/size)+1 {
		return nil
	}
	from := min(int(number-1)*size, len(list))
	return list[from:min(from+size, len(list))]
}

const pageSize = 20

func (req *request) perPage() int {
	if text := req.query.Get("per_page"); text != "" {
		return int(integer(text))
	}
	return pageSize
}

// validate checks a value with the schema and tells the place of the first problem.
func validate(schema *spec.Schema, where string, value jsontext.Value) error {
	err := schema.ValidateJSON(value)
	var problem *spec.InvalidError
	if !errors.As(err, &problem) {
		return err
	}
	place := where
	switch {
	case problem.Path == "":
	case strings.HasPrefix(problem.Path, "["):
		place += problem.Path
	default:
		place += "." + problem.Path
	}
	text := problem.Problem
	if problem.Want != "" {
		text += ", takes " + problem.Want
	}
	if problem.Hint != "" {
		text += " (did you mean " + problem.Hint + "?)"
	}
	return invalid(place, text)
}
