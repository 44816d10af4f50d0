package crisp

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp/spec"
)

// Timestamp is a point in time as Crisp writes it: Unix milliseconds.
type Timestamp int64

// TimestampOf rounds a time down to a Timestamp.
func TimestampOf(t time.Time) Timestamp { return Timestamp(t.UnixMilli()) }

// Time is the point in time in the local zone.
func (t Timestamp) Time() time.Time { return time.UnixMilli(int64(t)) }

// Value is what p points to, or the zero value when p is nil. It reads the optional members of types that are also sent.
func Value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// service is what every typed service embeds.
type service struct{ client *Client }

// call is one typed call in the making. An error on the way is kept until the call is made.
type call struct {
	client *Client
	op     *spec.Operation
	req    *Request
	err    error
}

func (s service) call(id string, path map[string]string) *call {
	return &call{client: s.client, op: spec.ByID(id), req: &Request{Path: path}}
}

// query adds query parameters, given as Go values.
func (x *call) query(values map[string]any) {
	query, err := EncodeQuery(x.op, values)
	if err != nil && x.err == nil {
		x.err = x.client.refused(x.op.ID, err)
	}
	if x.req.Query == nil {
		x.req.Query = url.Values{}
	}
	maps.Copy(x.req.Query, query)
}

func (x *call) do(ctx context.Context) (*Response, error) {
	if x.err != nil {
		return nil, x.err
	}
	return x.client.Do(ctx, x.op, x.req)
}

// exists reads the answer of a call that answers by status alone.
func (x *call) exists(ctx context.Context) (bool, error) {
	_, err := x.do(ctx)
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// decodeInto lets a request decode the data of its answers on the way, so that the client does not walk through it before.
func decodeInto[T any](req *Request, data *T) {
	req.Parse = func(raw jsontext.Value) error {
		var fresh T // pages must not share memory
		if err := json.Unmarshal(raw, &fresh, lenient); err != nil {
			return err
		}
		*data = fresh
		return nil
	}
}

// fetch makes a call and decodes its data.
func fetch[T any](ctx context.Context, x *call) (data T, err error) {
	decodeInto(x.req, &data)
	resp, err := x.do(ctx)
	if err == nil && resp.Data == nil {
		err = resp.invalid(errNoData)
	}
	return data, err
}

// fetchOne is fetch for an object, which is nil when the call fails.
func fetchOne[T any](ctx context.Context, x *call) (*T, error) {
	data, err := fetch[T](ctx, x)
	if err != nil {
		return nil, err
	}
	return &data, nil
}

// fetchBatch is fetch for a list that reports whether more follows.
func fetchBatch[T any](ctx context.Context, x *call) (batch []T, more bool, err error) {
	decodeInto(x.req, &batch)
	resp, err := x.do(ctx)
	switch {
	case err != nil:
		return nil, false, err
	case resp.Data == nil:
		return nil, resp.More(), resp.invalid(errNoData)
	}
	return batch, resp.More(), nil
}

// each walks the items of all pages.
func each[T any](ctx context.Context, x *call) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		items(ctx, x, func(item *T, err error) bool {
			if err != nil {
				return yield(nil, err)
			}
			return yield(item, nil)
		})
	}
}

// eachValue is each for items that are no objects.
func eachValue[T any](ctx context.Context, x *call) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		items(ctx, x, func(item *T, err error) bool { return yield(Value(item), err) })
	}
}

func items[T any](ctx context.Context, x *call, yield func(*T, error) bool) {
	if x.err != nil {
		yield(nil, x.err)
		return
	}
	var page []T
	req := *x.req // a sequence can be walked by several at the same time
	decodeInto(&req, &page)
	for resp, err := range x.client.Pages(ctx, x.op, &req) {
		if err == nil && resp.Data == nil {
			err = resp.invalid(errNoData)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for i := range page {
			if !yield(&page[i], nil) {
				return
			}
		}
	}
}

// decodeContent gives raw content its type.
func decodeContent[T any](raw jsontext.Value) (T, error) {
	var content T
	if err := json.Unmarshal(raw, &content, lenient); err != nil {
		return content, fmt.Errorf("crisp: the content has another shape than its type says: %w", err)
	}
	return content, nil
}
