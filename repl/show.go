package repl

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/jsonform"
	"github.com/crisphost/crisphost/internal/plain"
)

// pageSize is how many items of a list are shown at a time.
const pageSize = 20

// show shows the value of an entry. A stream goes on in the context that cancel ends.
func (s *Shell) show(out engine.Outcome, cancel context.CancelCauseFunc) error {
	switch {
	case out.Sequence != nil:
		next, stop := iter.Pull2(iter.Seq2[any, error](out.Sequence))
		return s.showList(&pager{next: next, stop: stop, cancel: cancel})
	case (out.None || string(out.JSON) == "null") && s.guard.wrote() > 0:
		s.note("done")
		return nil
	case out.None:
		return nil
	case out.JSON != nil:
		return s.showJSON(out)
	case out.Call != "":
		if page, err := bindings.Help(out.Call); err == nil {
			s.deliver(s.headline(page))
			return nil
		}
	}
	s.deliver(harmless(out.Text) + "\n")
	return nil
}

func (s *Shell) showJSON(out engine.Outcome) error {
	if items, ok := splitList(out.JSON); ok {
		if text, short := s.shortList(items); short {
			s.deliver(text + "\n")
			return nil
		}
		return s.showList(&pager{items: items})
	}
	v, err := parseValue(out.JSON)
	if err != nil {
		return err
	}
	s.deliverWith(func(p *printer) string { return p.single(v) })
	return nil
}

// shortList is a list of a few plain values, which fits on a line.
func (s *Shell) shortList(items []jsontext.Value) (string, bool) {
	p := s.printer()
	if p.format != formatTable || len(items) == 0 || len(items) > 50 {
		return "", false
	}
	total, parts := 2, make([]string, len(items))
	for i, item := range items {
		v, err := parseValue(item)
		if err != nil || !v.isScalar() {
			return "", false
		}
		text := v.json()
		if total += plain.Width(text) + 2; total > p.columns() {
			return "", false
		}
		parts[i] = p.leaf("", v)
		if v.kind == '"' {
			parts[i] = p.paint(sgrString, text)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]", true
}

// pager is a list of which some was shown: items that are there already, or a stream that brings them.
type pager struct {
	items   []jsontext.Value
	next    func() (any, error, bool)
	stop    func()
	cancel  context.CancelCauseFunc
	shown   int
	columns []string
	ended   bool
}

// take returns up to n further items.
func (p *pager) take(n int) ([]value, error) {
	var items []value
	for len(items) < n {
		if p.next == nil {
			if p.shown+len(items) == len(p.items) {
				p.ended = true
				break
			}
			v, err := parseRow(p.items[p.shown+len(items)])
			if err != nil {
				return items, err
			}
			items = append(items, v)
			continue
		}
		item, err, ok := p.next()
		if !ok || err != nil {
			p.ended = true
			return items, err
		}
		v, err := valueOf(item)
		if err != nil {
			return items, err
		}
		items = append(items, v)
	}
	if p.next == nil && p.shown+len(items) == len(p.items) {
		p.ended = true
	}
	return items, nil
}

func (p *pager) close() {
	if p.stop != nil {
		p.stop()
		p.cancel(nil)
	}
}

// showList shows the first page of a list. Where nobody can ask for more, all of it is shown.
func (s *Shell) showList(list *pager) error {
	s.more = list
	return s.showMore()
}

// pages tells whether somebody reads what is shown, page by page. Output that goes elsewhere is whole, whoever types.
func (s *Shell) pages() bool {
	return s.cfg.Terminal.Interactive && s.cfg.Terminal.Width != nil
}

// showMore shows the next page. Files and pipes get everything at once, as one document.
func (s *Shell) showMore() error {
	list := s.more
	n := pageSize
	if !s.pages() || s.out != nil {
		n = math.MaxInt
	}
	cancel := list.cancel
	if cancel == nil {
		cancel = func(error) {}
	}
	first := list.shown == 0
	var items []value
	var err error
	s.attend(cancel, func() { items, err = list.take(n) })
	if len(items) > 0 || first && err == nil {
		s.showItems(list, items, first)
	}
	list.shown += len(items)
	if err != nil {
		s.dropMore()
		return err
	}
	s.footer(list)
	if list.ended {
		s.dropMore()
	}
	return nil
}

func (s *Shell) showItems(list *pager, items []value, first bool) {
	s.deliverWith(func(p *printer) string {
		if p.format != formatTable || p.expanded {
			for i := range items {
				items[i] = items[i].deep()
			}
		}
		if p.format == formatCSV && list.columns == nil {
			list.columns = csvColumns(items)
		}
		number := list.shown + p.base
		if list.next != nil {
			number = list.shown + 1 // a stream has no index; counting helps to find one's way
		}
		if p.width <= 0 && !s.cfg.Terminal.Interactive {
			number = -1
		}
		return p.list(items, number, first, list.columns)
	})
}

// footer tells how much of a list was shown.
func (s *Shell) footer(list *pager) {
	if !s.cfg.Terminal.Interactive || s.format != formatTable && list.ended && s.out == nil {
		return
	}
	total := ""
	if list.next == nil {
		total = " of " + thousands(len(list.items))
	}
	switch {
	case s.out != nil:
		s.screen.note("%s written to %s", plural(list.shown, "row"), s.out.name)
	case !list.ended:
		s.screen.note("%s%s · it shows more", thousands(list.shown), total)
	case list.shown > 1:
		s.screen.note("%s", plural(list.shown, "row"))
	}
}

// dropMore forgets what it would show.
func (s *Shell) dropMore() {
	if s.more != nil {
		s.more.close()
		s.more = nil
	}
}

// valueOf turns an item of a stream into a value.
func valueOf(item any) (value, error) {
	if text, ok := item.(engine.JSON); ok {
		return parseRow(text)
	}
	text, err := jsonform.Encode(item)
	if err != nil {
		return value{}, fmt.Errorf("an item cannot be shown: %w", err)
	}
	return parseValue(text)
}

// deliver writes a result to the screen, or to the file of .out.
func (s *Shell) deliver(text string) {
	s.deliverWith(func(*printer) string { return text })
}

func (s *Shell) deliverWith(render func(*printer) string) {
	if s.out == nil {
		s.screen.print(render(s.printer()))
		return
	}
	p := s.printer()
	p.style, p.width = style{}, 0
	s.out.write(withoutColor(render(p)))
}

// withoutColor removes colours from what was painted before it was known where it goes.
func withoutColor(text string) string {
	if !strings.Contains(text, "\x1b") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		if n := colorLength(text[i:]); n > 0 {
			i += n
			continue
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}
