package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxBody is the largest request body in bytes. Crisp's own limit is not established.
const MaxBody = 2 << 20

// Read checks path, query and body against the operation.
func (req *Request) Read(w http.ResponseWriter, r *http.Request) error {
	if err := req.readQuery(r); err != nil {
		return err
	}
	for i := range req.Op.Params {
		p := &req.Op.Params[i]
		value, present := req.Params[p.Name]
		where := "params." + p.Name
		if p.In == spec.InQuery {
			where = "query." + p.Name
			value, present = req.Query.Get(p.Name), req.Query.Has(p.Name)
			if !present && p.Required {
				return Invalid("query", "should have required property '"+p.Name+"'")
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
func (req *Request) readQuery(r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return Invalid("query", "should be encoded as a query string")
	}
	for name, values := range query {
		if p := req.Op.Param(name); p == nil || p.In != spec.InQuery {
			return Invalid("query", "should NOT have additional properties: '"+name+"'")
		}
		if len(values) > 1 {
			return Invalid("query."+name, "should be given once")
		}
	}
	req.Query = query
	return nil
}

// checkText checks a value that travels as text.
func checkText(schema *spec.Schema, where, text string) error {
	var value jsontext.Value
	switch schema.Kind {
	case spec.KindInteger, spec.KindNumber:
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return Invalid(where, "should be "+kindName(schema.Kind))
		}
		value = jsontext.Value(text)
	case spec.KindBoolean:
		if text != "0" && text != "1" {
			return Invalid(where, "should be 0 or 1")
		}
		return nil
	case spec.KindArray, spec.KindObject:
		value = jsontext.Value(text)
	case spec.KindAny:
		return nil // alternatives; the operation decides by another parameter
	default:
		value = wire.Encode(text)
	}
	return Validate(schema, where, value)
}

func kindName(kind spec.Kind) string {
	return [...]string{"any", "string", "integer", "number", "boolean", "array", "object"}[kind]
}

func (req *Request) readBody(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &Error{
			Status: http.StatusRequestEntityTooLarge, Reason: "invalid_data", Namespace: "data",
			Message: "data should NOT be larger than " + strconv.Itoa(MaxBody) + " bytes",
		}
	case err != nil:
		return &Error{
			Status: http.StatusBadRequest, Reason: "invalid_data", Namespace: "data",
			Message: "data ends too early: " + err.Error(),
		}
	}
	schema := req.Op.Body
	if len(strings.TrimSpace(string(body))) == 0 {
		if schema != nil && req.Op.BodyRequired {
			// The official client sends {} for no body; what is missing in it is the better message.
			return Validate(schema, "data", jsontext.Value("{}"))
		}
		return nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &Error{
			Status: http.StatusUnsupportedMediaType, Reason: "invalid_data", Namespace: "data",
			Message: "data should be sent as application/json",
		}
	}
	value := jsontext.Value(body)
	if !value.IsValid() {
		return Invalid("data", "should be JSON")
	}
	if schema == nil {
		return nil // an empty object from a client that always sends one
	}
	req.body = value
	return Validate(schema, "data", value)
}

// Validate checks a value with the schema and tells the place of the first problem.
func Validate(schema *spec.Schema, where string, value jsontext.Value) error {
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
	return Invalid(place, text)
}
