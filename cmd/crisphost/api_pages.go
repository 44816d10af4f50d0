package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// paginate prints all pages of a list as one array, when all of them have come.
func paginate(ctx context.Context, io *stdio, conn *connection, path string, req *crisp.Request) error {
	path, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return &usageError{problem: fmt.Sprintf("the query of the path cannot be read: %v", err), hint: "give query parameters with -q", err: err}
	}
	for name, more := range values {
		req.Query[name] = append(req.Query[name], more...)
	}
	op, params, _ := spec.Match("GET", path)
	if op == nil || op.Pages == spec.PagesNone {
		return &usageError{problem: fmt.Sprintf("--paginate does not know how GET %s continues", path), hint: "request its pages one by one"}
	}
	req.Path = params
	items := []json.RawMessage{}
	for res, err := range conn.client.Pages(ctx, op, req) {
		if err != nil {
			return err
		}
		var page []json.RawMessage
		if err := res.Decode(&page); err != nil {
			return err
		}
		items = append(items, page...)
	}
	all, err := json.Marshal(items)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := io.indentJSON(&b, all); err != nil {
		return err
	}
	_, err = io.out.Write(b.Bytes())
	return err
}
