package bindings

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
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
	var pages [][]byte
	total := 0
	for page, err := range c.conn.client.Pages(ctx, c.op, in.request) {
		if err != nil {
			return nil, callError(c.name, err)
		}
		n := countItems(page.Data)
		if n > 0 {
			pages = append(pages, page.Data)
			total += n
		}
		if in.limit > 0 && total >= in.limit {
			break
		}
	}
	if c.op.Pages == spec.PagesBefore {
		return joinMessages(pages, in)
	}
	if in.limit > 0 && total > in.limit {
		last := pages[len(pages)-1]
		items := splitItems(last)
		keep := items[:len(items)-(total-in.limit)]
		pages[len(pages)-1] = joinItems(keep)
	}
	return engine.JSON(joinPages(pages)), nil
}

// each streams the items of all pages. Pages come as the loop goes on.
func (c *call) each(ctx context.Context, args []any) (any, error) {
	each := *c
	each.name = strings.TrimSuffix(c.name, "list") + "each"
	in, err := each.readEach(args)
	if err != nil {
		return nil, err
	}
	return engine.Sequence(func(yield func(any, error) bool) {
		left := in.limit
		for page, err := range c.conn.client.Pages(ctx, c.op, in.request) {
			if err != nil {
				yield(nil, callError(each.name, err))
				return
			}
			items := splitItems(page.Data)
			if c.op.Pages == spec.PagesBefore {
				if items, err = walkMessages(page.Data, in); err != nil {
					yield(nil, err)
					return
				}
			}
			for _, item := range items {
				if !yield(engine.JSON(item), nil) {
					return
				}
				if left--; left == 0 {
					return
				}
			}
		}
	}), nil
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

// joinPages makes one array of several.
func joinPages(pages [][]byte) []byte {
	switch len(pages) {
	case 0:
		return []byte("[]")
	case 1:
		return pages[0]
	}
	interiors := make([][]byte, len(pages))
	for i, page := range pages {
		page = bytes.TrimSpace(page)
		interiors[i] = page[1 : len(page)-1]
	}
	return joinItems(interiors)
}

func joinItems(items [][]byte) []byte {
	size := 2
	for _, item := range items {
		size += len(item) + 1
	}
	out := append(make([]byte, 0, size), '[')
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, item...)
	}
	return append(out, ']')
}

// splitItems cuts the items out of an array. The client has checked the text, so finding the commas between items is enough.
func splitItems(array []byte) [][]byte {
	var items [][]byte
	eachItem(array, func(item []byte) { items = append(items, item) })
	return items
}

func countItems(array []byte) int {
	n := 0
	eachItem(array, func([]byte) { n++ })
	return n
}

// stringEnd is where the string that begins at start has its closing quote.
func stringEnd(text []byte, start int) int {
	for at := start + 1; ; {
		end := at + bytes.IndexByte(text[at:], '"')
		escapes := 0
		for text[end-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return end
		}
		at = end + 1
	}
}

func eachItem(array []byte, take func(item []byte)) {
	array = bytes.TrimSpace(array)
	if len(array) < 2 || array[0] != '[' {
		return
	}
	inner := array[1 : len(array)-1]
	if len(bytes.TrimSpace(inner)) == 0 {
		return
	}
	depth, start := 0, 0
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '"':
			i = stringEnd(inner, i)
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				take(bytes.TrimSpace(inner[start:i]))
				start = i + 1
			}
		}
	}
	take(bytes.TrimSpace(inner[start:]))
}
