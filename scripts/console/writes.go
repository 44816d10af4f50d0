package console

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// writesOnPage is how many writes a page shows.
const writesOnPage = 200

type writesView struct {
	Script, Object, Day string
	Writes              []state.Write
	Older, Newest       string
}

func (c *Console) writesPage(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	view := writesView{Script: strings.TrimSpace(query.Get("script")), Object: strings.TrimSpace(query.Get("object"))}
	filter := state.WriteFilter{Script: view.Script, Object: view.Object, Limit: writesOnPage + 1}
	if query.Get("day") != "" {
		from, to, err := c.day(query.Get("day"))
		if err != nil {
			return err
		}
		view.Day, filter.Since, filter.Until = from.Format(time.DateOnly), from, to
	}
	if text := query.Get("before"); text != "" {
		before, ok := parsePlace(text)
		if !ok {
			return badRequest("The address names no write.")
		}
		filter.Before = before
		query.Del("before")
		view.Newest = "/writes?" + query.Encode()
	}
	writes, err := c.backend.Writes(r.Context(), filter)
	if err != nil {
		return err
	}
	if len(writes) > writesOnPage {
		writes = writes[:writesOnPage]
		query.Set("before", placeOf(&writes[writesOnPage-1]))
		view.Older = "/writes?" + query.Encode()
	}
	view.Writes = writes
	c.render(w, r, http.StatusOK, "writes", "Writes", view)
	return nil
}

// placeOf names a write in the order of all, for an address.
func placeOf(w *state.Write) string { return fmt.Sprintf("%d.%s.%d", w.Time.UnixMicro(), w.Run, w.Seq) }

func parsePlace(text string) (*state.Write, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, false
	}
	at, timeErr := strconv.ParseInt(parts[0], 10, 64)
	seq, seqErr := strconv.ParseInt(parts[2], 10, 64)
	w := &state.Write{Run: parts[1], Seq: seq}
	w.Time = time.UnixMicro(at)
	return w, timeErr == nil && seqErr == nil && at > 0
}

// resultOf tells what became of a call.
func resultOf(c state.APICall) string { return string(c.Outcome()) }

// object is what a call wrote to.
type object struct{ Name, Value string }

// objectsOf are what a call wrote to. The website is named where there is nothing else.
func objectsOf(c state.APICall) []object {
	var all []object
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		if name != "website_id" || len(c.Params) == 1 {
			all = append(all, object{strings.TrimSuffix(name, "_id"), c.Params[name]})
		}
	}
	return all
}
