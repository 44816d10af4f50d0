package crisp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Pages iterates over the pages of a list, one request each, until the list ends, an error occurs (which is the last
// thing it yields) or the loop is left. Empty pages are not yielded.
//
// A numbered list starts at page 1 or at req.Path["page_number"] and ends at an empty page. A list of messages starts at
// the newest batch, or where req.Query says, and goes back in time while the API answers 206; with timestamp_after it goes
// forward, with timestamp_around it is one batch. An operation without pages yields its answer once.
func (c *Client) Pages(ctx context.Context, op *spec.Operation, req *Request) iter.Seq2[*Response, error] {
	if req == nil {
		req = &Request{}
	}
	return func(yield func(*Response, error) bool) {
		// The caller's request is left as it is: a sequence can be walked twice.
		next := *req
		next.Path = maps.Clone(req.Path)
		next.Query = maps.Clone(req.Query)
		var step func(*Response) (more bool, err error)
		switch op.Pages {
		case spec.PagesNumber:
			if next.Path == nil {
				next.Path = map[string]string{}
			}
			if next.Path[pageNumber] == "" {
				next.Path[pageNumber] = "1"
			}
			first, err := strconv.Atoi(next.Path[pageNumber])
			if err != nil || first < 1 {
				yield(nil, c.refused(op.ID, fmt.Errorf("the page number %q is not a number from 1", oneLine(next.Path[pageNumber], 40))))
				return
			}
			step = numberedStep(next.Path, first)
		case spec.PagesBefore:
			if next.Query == nil {
				next.Query = url.Values{}
			}
			step = timestampStep(next.Query)
		default:
			resp, err := c.Do(ctx, op, &next)
			yield(resp, err)
			return
		}
		for {
			resp, err := c.Do(ctx, op, &next)
			if err != nil {
				yield(nil, err)
				return
			}
			if resp.Data.Kind() != '[' {
				yield(nil, resp.invalid(errors.New("a list should be an array")))
				return
			}
			if emptyArray(resp.Data) {
				return
			}
			more, err := step(resp)
			if err != nil {
				yield(nil, resp.invalid(err))
				return
			}
			if !yield(resp, nil) || !more {
				return
			}
		}
	}
}

const (
	pageNumber      = "page_number"
	timestampBefore = "timestamp_before"
	timestampAfter  = "timestamp_after"
	timestampAround = "timestamp_around"
)

// numberedStep counts pages. A server that ignores the number would never end: two equal pages in a row are an error.
func numberedStep(path map[string]string, page int) func(*Response) (bool, error) {
	var last []byte
	return func(resp *Response) (bool, error) {
		if bytes.Equal(last, resp.Data) {
			return false, fmt.Errorf("page %d repeats the page before it: the list would never end", page)
		}
		last = resp.Data
		page++
		path[pageNumber] = strconv.Itoa(page)
		return true, nil
	}
}

// timestampStep moves the window of a list of messages.
func timestampStep(query url.Values) func(*Response) (bool, error) {
	return func(resp *Response) (bool, error) {
		if !resp.More() || query.Has(timestampAround) {
			return false, nil
		}
		oldest, newest, err := timestamps(resp)
		if err != nil {
			return false, err
		}
		name, bound, step := timestampBefore, oldest, int64(-1)
		if query.Has(timestampAfter) {
			name, bound, step = timestampAfter, newest, 1
		}
		if given := query.Get(name); given != "" {
			// A bound that does not move would fetch the same batch for ever.
			if last, err := strconv.ParseInt(given, 10, 64); err == nil && (bound-last)*step <= 0 {
				return false, fmt.Errorf("the batch does not go beyond %s=%d: the list would never end", name, last)
			}
		}
		query.Set(name, strconv.FormatInt(bound, 10))
		return true, nil
	}
}

func timestamps(resp *Response) (oldest, newest int64, err error) {
	var items []struct {
		Timestamp int64 `json:"timestamp"`
	}
	if err := json.Unmarshal(resp.Data, &items, lenient); err != nil {
		return 0, 0, err
	}
	for i, item := range items {
		if item.Timestamp == 0 {
			return 0, 0, fmt.Errorf("item %d has no timestamp to continue from", i)
		}
		if i == 0 || item.Timestamp < oldest {
			oldest = item.Timestamp
		}
		newest = max(newest, item.Timestamp)
	}
	return oldest, newest, nil
}

// emptyArray tells it from the first bytes of valid JSON.
func emptyArray(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data[1:], " \t\r\n"), []byte("]"))
}
