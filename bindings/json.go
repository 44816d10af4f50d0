package bindings

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func jsonModule() *engine.Module {
	return free(&engine.Module{
		Name: "json",
		Doc:  "JSON text to values and back.",
		Values: []engine.Constant{
			{Name: "null", Doc: "JSON's null, for fields that a call should clear.", Value: engine.Null{}},
		},
		Functions: []engine.Function{
			{
				Name: "encode", Sync: true, Result: "string", Arguments: engine.OrderedArguments,
				Doc: "Encodes a value as JSON text.\n\nThe members of objects keep their order in JavaScript and are in alphabetical order in Lua.",
				Params: []engine.Param{
					{Name: "value", Type: "any", Required: true},
					{Name: "options.indent", Type: "integer", Doc: "spaces for each level; 0, the default, writes one line"},
				},
				Call: encodeJSON,
			},
			{
				Name: "decode", Sync: true, Result: "any",
				Doc:    "Decodes JSON text.",
				Params: []engine.Param{{Name: "text", Type: "string", Required: true}},
				Call:   decodeJSON,
			},
			{
				Name: "array", Sync: true, Result: "array",
				Doc:    "Marks a table as an array, so that an empty one is written as [].",
				Params: []engine.Param{{Name: "value", Type: "table"}},
				Call: func(_ context.Context, args []any) (any, error) {
					a := newArguments("json.array", args)
					a.max(1)
					switch v := a.at(0).(type) {
					case nil:
						return []any{}, a.err
					case []any:
						return v, a.err
					case map[string]any:
						if len(v) == 0 {
							return []any{}, a.err
						}
					}
					a.fail("value", "takes an array, not "+describe(a.at(0)), "")
					return nil, a.err
				},
			},
			{
				Name: "object", Sync: true, Result: "object",
				Doc:    "Marks a table as an object, so that an empty one is written as {}.",
				Params: []engine.Param{{Name: "value", Type: "table"}},
				Call: func(_ context.Context, args []any) (any, error) {
					a := newArguments("json.object", args)
					a.max(1)
					switch v := a.at(0).(type) {
					case nil:
						return map[string]any{}, a.err
					case map[string]any:
						return v, a.err
					}
					a.fail("value", "takes an object, not "+describe(a.at(0)), "")
					return nil, a.err
				},
			},
		},
	})
}

func encodeJSON(_ context.Context, args []any) (any, error) {
	a := newArguments("json.encode", args)
	a.table(1)
	options := []json.Options{json.Deterministic(true)}
	switch indent := a.option("indent").(type) {
	case nil:
	case int64:
		if indent < 0 || indent > 16 {
			a.fail("indent", "takes a number of spaces from 0 to 16", "")
		} else if indent > 0 {
			options = append(options, jsontext.WithIndent("                "[:indent]))
		}
	default:
		a.fail("indent", "takes a number of spaces, not "+describe(indent), "")
	}
	if err := a.done(); err != nil {
		return nil, err
	}
	text, err := jsonText("json.encode", "value", a.at(0), options...)
	if err != nil {
		return nil, err
	}
	return string(text), nil
}

// jsonText encodes a script's value, or tells which part of a call's parameter cannot be encoded.
func jsonText(call, param string, v any, options ...json.Options) ([]byte, error) {
	value, err := toWire(nil, v)
	if err == nil {
		err = checkWire(value)
	}
	if err != nil {
		var invalid *spec.InvalidError
		if errors.As(err, &invalid) {
			return nil, argumentError(call, below(param, invalid.Path), invalid.Problem, "")
		}
		return nil, argumentError(call, param, err.Error(), "")
	}
	text, err := json.Marshal(value, append(options, writeRecords)...)
	if err != nil {
		return nil, argumentError(call, param, "cannot be written as JSON: "+err.Error(), "")
	}
	return text, nil
}

// checkWire reports what in a value JSON cannot hold.
func checkWire(value any) error {
	check := func(name string, value any) error {
		if err := checkWire(value); err != nil {
			return at(name, err)
		}
		return nil
	}
	switch value := value.(type) {
	case engine.Record:
		for _, f := range value {
			if err := check(f.Name, f.Value); err != nil {
				return err
			}
		}
		return nil
	case []any:
		for i, item := range value {
			if err := check(fmt.Sprintf("[%d]", i), item); err != nil {
				return err
			}
		}
		return nil
	}
	return anySchema.Validate(value)
}

func decodeJSON(_ context.Context, args []any) (any, error) {
	a := newArguments("json.decode", args)
	a.max(1)
	text := jsontext.Value(a.text(0, "text"))
	if a.err != nil {
		return nil, a.err
	}
	var value jsontext.Value
	if err := json.Unmarshal(text, &value, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		problem := ": " + err.Error()
		var syntax *jsontext.SyntacticError
		if errors.As(err, &syntax) && syntax.Err != nil {
			before := string(text[:min(int(syntax.ByteOffset), len(text))])
			line := before[strings.LastIndexByte(before, '\n')+1:]
			problem = fmt.Sprintf(" at line %d, column %d: %v", strings.Count(before, "\n")+1, utf8.RuneCountInString(line)+1, syntax.Err)
		}
		return nil, argumentError("json.decode", "text", "is not valid JSON"+problem, "")
	}
	return engine.JSON(value), nil
}

// writeRecords writes a Record as an object with its members in order.
var writeRecords = json.WithMarshalers(json.MarshalToFunc(func(out *jsontext.Encoder, record engine.Record) error {
	if err := out.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, f := range record {
		if err := out.WriteToken(jsontext.String(f.Name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(out, f.Value); err != nil {
			return err
		}
	}
	return out.WriteToken(jsontext.EndObject)
}))
