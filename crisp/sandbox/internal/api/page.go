package api

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// PageSize is the number of items of a page unless the request says otherwise.
const PageSize = 20

// PagesOf answers the page of a list that page_number selects.
func PagesOf[T any](req *Request, all []T) (Answer, error) {
	var items []jsontext.Value
	for _, item := range PageOf(req, PageSize, all) {
		items = append(items, wire.Encode(item))
	}
	return Listed(items), nil
}

// PageOf cuts the page that page_number selects out of a list.
func PageOf[T any](req *Request, size int, list []T) []T {
	number := Integer(req.Params["page_number"])
	if number < 1 || number > int64(len(list)/size)+1 {
		return nil
	}
	from := min(int(number-1)*size, len(list))
	return list[from:min(from+size, len(list))]
}

// PerPage returns the number of items of a page.
func (req *Request) PerPage() int {
	if text := req.Query.Get("per_page"); text != "" {
		return int(Integer(text))
	}
	return PageSize
}
