package bindings

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/tape"
)

// defaultLimit is how many items a list answers unless told otherwise: a page of the largest size.
const defaultLimit = 50

// The bounds of per_page (the official collection gives them).
const minPerPage, maxPerPage = 20, 50

// readLimit takes the options that a list adds to its operation: how many items, and the page to start at.
func (c *call) readLimit(options map[string]any, in *input) error {
	in.limit = defaultLimit
	switch v := options["limit"].(type) {
	case nil:
	case int64:
		if v < 1 {
			return c.wrong("limit", fmt.Sprintf(`takes a number from 1, or "all", not %d`, v), "")
		}
		in.limit = int(min(v, 1<<31-1))
	case string:
		if v != "all" {
			return c.wrong("limit", fmt.Sprintf(`takes a number from 1, or "all", not %q`, v), "")
		}
		in.limit = 0
	default:
		return c.wrong("limit", `takes a number from 1, or "all", not `+describe(v), "")
	}
	delete(options, "limit")
	if c.op.Pages == spec.PagesNumber {
		switch v := options["page_number"].(type) {
		case nil:
		case int64:
			if v < 1 {
				return c.wrong("page_number", fmt.Sprintf("takes a number from 1, not %d", v), "")
			}
			in.request.Path["page_number"] = strconv.FormatInt(v, 10)
		default:
			return c.wrong("page_number", "takes a number from 1, not "+describe(v), "")
		}
		delete(options, "page_number")
	}
	if c.op.Param("per_page") != nil && options["per_page"] == nil {
		size := maxPerPage
		if in.limit > 0 {
			size = max(minPerPage, min(in.limit, maxPerPage))
		}
		options["per_page"] = int64(size)
	}
	return nil
}

// list answers the items of as many pages as the limit needs, as one array.
func (c *call) list(ctx context.Context, in *input) (any, error) {
	var page *tape.Document
	layTape(in.request, &page)
	var pages []*tape.Document
	total := 0
	for _, err := range c.conn.Client.Pages(ctx, c.op, in.request) {
		if err != nil {
			return nil, callError(c.name, err)
		}
		c.conn.reads.keepPage(c.op, page)
		pages = append(pages, page)
		total += page.Len(tape.Root)
		if in.limit > 0 && total >= in.limit {
			break
		}
	}
	if c.op.Pages == spec.PagesBefore {
		return joinMessages(pages, in)
	}
	if len(pages) == 1 && (in.limit == 0 || total <= in.limit) {
		return pages[0], nil
	}
	items := itemsOf(pages)
	if in.limit > 0 {
		items = items[:min(len(items), in.limit)]
	}
	return tape.NewArray(items)
}

// each streams the items of all pages. Pages come as the loop goes on.
func (c *call) each(ctx context.Context, args []any) (*engine.Pending, error) {
	each := c.connected(ctx)
	each.name = strings.TrimSuffix(c.name, "list") + "each"
	in, err := each.readEach(args)
	if err != nil {
		return nil, err
	}
	return &engine.Pending{
		Effect: engine.Read, Detail: each.describe(in),
		Run: func(ctx context.Context) (any, error) { return each.stream(ctx, in), nil },
	}, nil
}

// stream is the items of all pages.
func (c *call) stream(ctx context.Context, in *input) engine.Sequence {
	return func(yield func(any, error) bool) {
		left := in.limit
		request := *in.request // a sequence may be walked by several at the same time
		var page *tape.Document
		layTape(&request, &page)
		for _, err := range c.conn.Client.Pages(ctx, c.op, &request) {
			if err != nil {
				yield(nil, callError(c.name, err))
				return
			}
			c.conn.reads.keepPage(c.op, page)
			items := itemsOf([]*tape.Document{page})
			if c.op.Pages == spec.PagesBefore {
				if items, err = walkMessages(items, in); err != nil {
					yield(nil, err)
					return
				}
			}
			for _, item := range items {
				// A copy, so that an item which is kept does not keep its page.
				if !yield(engine.JSON(bytes.Clone(item.Raw())), nil) {
					return
				}
				if left--; left == 0 {
					return
				}
			}
		}
	}
}

// layTape lets a request read the data of its answers as the runtimes need it, into doc: the last answer's, if that had
// data. The client then does not walk through it to check that it is JSON.
func layTape(req *crisp.Request, doc **tape.Document) {
	req.Parse = func(data jsontext.Value) (err error) {
		*doc, err = tape.Parse(data)
		return err
	}
}

func itemsOf(pages []*tape.Document) []tape.Part {
	total := 0
	for _, page := range pages {
		total += page.Len(tape.Root)
	}
	items := make([]tape.Part, 0, total)
	for _, page := range pages {
		for _, at := range page.Items(tape.Root) {
			items = append(items, tape.Part{Document: page, At: at})
		}
	}
	return items
}

// readEach reads the arguments of each, which goes on to the end unless a limit is given.
func (c *call) readEach(args []any) (*input, error) {
	limited := false
	if n := len(args); n > 0 {
		if options, ok := args[n-1].(map[string]any); ok {
			limited = options["limit"] != nil
		}
	}
	in, err := c.read(args)
	if err != nil {
		return nil, err
	}
	if !limited {
		in.limit = 0
	}
	return in, nil
}
