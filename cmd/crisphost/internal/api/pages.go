package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// paginate prints all pages of a list as one array, when all of them have come.
func paginate(ctx context.Context, io *streams.IO, conn *connect.Connection, path string, req *crisp.Request) error {
	path, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return &usage.Error{Problem: fmt.Sprintf("the query of the path cannot be read: %v", err), Hint: "give query parameters with -q", Err: err}
	}
	for name, more := range values {
		req.Query[name] = append(req.Query[name], more...)
	}
	op, params, _ := spec.Match("GET", path)
	if op == nil || op.Pages == spec.PagesNone {
		return &usage.Error{Problem: fmt.Sprintf("--paginate does not know how GET %s continues", path), Hint: "request its pages one by one"}
	}
	req.Path = params
	items := []json.RawMessage{}
	for res, err := range conn.Client.Pages(ctx, op, req) {
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
	if err := io.IndentJSON(&b, all); err != nil {
		return err
	}
	_, err = io.Out.Write(b.Bytes())
	return err
}
