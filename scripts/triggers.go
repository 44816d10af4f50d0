package scripts

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/timetext"
)

// The bounds of what a trigger gathers or lets through.
const (
	maxOn       = 200
	maxBatch    = 1000
	maxThrottle = 1_000_000
)

func parseOn(h *Header, t Tag) *HeaderError {
	const hint = `name an event, and a condition if you like: "@on message:send where from == 'user'"`
	if err := t.count(1, math.MaxInt, hint); err != nil {
		return err
	}
	event := t.words[0]
	if strings.ContainsAny(event.text, ",;") {
		return errorAt(event.Position, "write one @on for each event", "%q is not the name of an event", event.text)
	}
	known := spec.FindEvent(event.text)
	if known == nil {
		return unknownEvent(event)
	}
	on := On{Position: event.Position, Event: event.text}
	var wrong *HeaderError
	if len(t.words) > 1 {
		if where := t.words[1]; where.text != "where" {
			return errorAt(where.Position, hint, "%q does not fit behind @on %s", where.text, event.text)
		}
		if err := t.count(3, math.MaxInt, hint); err != nil {
			return err
		}
		condition := t.from(t.words[2])
		on.Where = joined(condition)
		if _, err := filter.Compile(on.Where, known); err != nil {
			wrong = filterError(err, condition)
		}
	}
	for _, other := range h.On {
		// The condition of another @on of the event makes no difference when one of them takes every event.
		if other.Event == on.Event && (other.Where == on.Where || other.Where == "" || on.Where == "") {
			return errorAt(event.Position, "keep the one that takes more events", "@on %s on line %d starts a run for these events already",
				event.text, other.Line)
		}
	}
	if len(h.On) == maxOn {
		return wrong.and(errorAt(event.Position, "test the event in the script", "more than %d @on are too many for a script", maxOn))
	}
	h.On = append(h.On, on)
	return wrong
}

// unknownEvent is the error of a name that no event has.
func unknownEvent(w word) *HeaderError {
	var names []string
	for _, e := range spec.Events() {
		names = append(names, e.Name)
	}
	hint := "events are listed in docs/events-reference.md, and `crisphost help NAME` shows one"
	if near := nearest.To(w.text, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return errorAt(w.Position, hint, "unknown event %q", w.text)
}

// filterError puts an error about a text into its lines.
func filterError(err error, lines []word) *HeaderError {
	var wrong *filter.Error
	if !errors.As(err, &wrong) {
		return errorAt(lines[0].Position, "", "%s", err)
	}
	return errorAt(placeIn(lines, wrong.Column-1), wrong.Hint, "%s", wrong.Problem)
}

// from returns the text of a tag from a word on, with the blanks between words, a line each.
func (t Tag) from(w word) []word {
	i := slices.IndexFunc(t.lines, func(line word) bool { return line.Line == w.Line })
	rest := slices.Clone(t.lines[i:])
	for range w.Column - rest[0].Column {
		_, size := utf8.DecodeRuneInString(rest[0].text)
		rest[0].text = rest[0].text[size:]
	}
	rest[0].Position = w.Position
	return rest
}

// joined is a text of several lines.
func joined(lines []word) string {
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = line.text
	}
	return strings.Join(texts, "\n")
}

// placeIn returns the position of a character of joined(lines), counted from 0.
func placeIn(lines []word, offset int) engine.Position {
	at := lines[0].Position
	for _, line := range lines {
		at = line.Position
		n := utf8.RuneCountInString(line.text)
		if offset <= n {
			break
		}
		offset -= n + 1
	}
	at.Column += offset
	return at
}

func parseKey(h *Header, t Tag) *HeaderError {
	const hint = `write the path of a field of the event, such as "@key session_id"`
	if err := t.count(1, 1, hint); err != nil {
		return err
	}
	h.Key = t.words[0].text
	return nil
}

func parseDebounce(h *Header, t Tag) (err *HeaderError) {
	const hint = `write how long no further event may come, such as "@debounce 5s"`
	if err := t.count(1, 1, hint); err != nil {
		return err
	}
	h.Debounce, err = duration(t.words[0], hint)
	return err
}

func parseThrottle(h *Header, t Tag) *HeaderError {
	const hint = `write how many runs may start in a time, such as "@throttle 10/m", "1/s" or "5/30s"`
	if err := t.count(1, 1, hint); err != nil {
		return err
	}
	w := t.words[0]
	number, per, isRate := strings.Cut(w.text, "/")
	if !isRate {
		return errorAt(w.Position, hint, "%q is not a number of runs and a time", w.text)
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > maxThrottle {
		return errorAt(w.Position, hint, "%q is not a number of runs from 1 to %d", number, maxThrottle)
	}
	at := w.Position
	at.Column += utf8.RuneCountInString(number) + 1
	if slices.Contains([]string{"s", "m", "h", "d"}, per) {
		per = "1" + per
	}
	d, ok := timetext.ParseDuration(per)
	if !ok || d == 0 {
		return errorAt(at, hint, "%q is not s, m, h, d or a duration above zero", per)
	}
	h.Throttle = &Throttle{Count: n, Per: d}
	return nil
}

func parseBatch(h *Header, t Tag) *HeaderError {
	const hint = `write how many events one run takes at most, and how long to gather them: "@batch 50 within 10s"`
	if err := t.count(3, 3, hint); err != nil {
		return err
	}
	var wrong *HeaderError
	n, err := strconv.Atoi(t.words[0].text)
	if err != nil || n < 2 || n > maxBatch {
		wrong = errorAt(t.words[0].Position, hint, "%q is not a number of events from 2 to %d", t.words[0].text, maxBatch)
	}
	if t.words[1].text != "within" {
		return wrong.and(errorAt(t.words[1].Position, hint, "%q does not fit behind @batch %s", t.words[1].text, t.words[0].text))
	}
	within, unclear := duration(t.words[2], hint)
	h.Batch = &Batch{Max: n, Within: within}
	return wrong.and(unclear)
}

// checkTriggers tells of tags that mean nothing together, by the place of each tag that a header has.
func checkTriggers(h Header, places map[string]engine.Position) *HeaderError {
	var wrong *HeaderError
	_, reacts := places["on"]
	for _, name := range [...]string{"key", "debounce", "throttle", "batch"} {
		if at, given := places[name]; given && !reacts {
			wrong = wrong.and(errorAt(at, `name the event that starts a run, such as "@on message:send"`,
				"@%s is about events, and the script has no @on", name))
		}
	}
	_, batches := places["batch"]
	if at, waits := places["debounce"]; waits && batches {
		wrong = wrong.and(errorAt(at, "keep @batch to get all events, or @debounce to get the last one",
			"@debounce drops the events that @batch gathers"))
	}
	if at, ordered := places["key"]; ordered && h.Overlap == OverlapAllow {
		wrong = wrong.and(errorAt(at, "remove one of them; runs of different keys go side by side in any case",
			"@key keeps in order what @overlap allow runs side by side"))
	}
	for _, on := range h.On {
		if h.Key == "" {
			break
		}
		if err := filter.CheckKey(h.Key, spec.FindEvent(on.Event)); err != nil {
			return wrong.and(filterError(err, []word{h.find("key", "")}))
		}
	}
	return wrong
}
