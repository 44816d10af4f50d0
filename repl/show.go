package repl

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/jsonform"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/repl/internal/render"
)

// pageSize is how many items of a list are shown at a time.
const pageSize = 20

// show shows the value of an entry. A stream goes on in the context that cancel ends.
func (s *shell) show(out engine.Outcome, cancel context.CancelCauseFunc) error {
	switch {
	case out.Sequence != nil:
		next, stop := iter.Pull2(iter.Seq2[any, error](out.Sequence))
		return s.showList(&pager{next: next, stop: stop, cancel: cancel})
	case out.Next != nil:
		ctx, cancel := context.WithCancelCause(s.progress.Watch(s.ctx))
		return s.showList(&pager{next: itemsOf(ctx, out.Next), stop: func() {}, cancel: cancel})
	case (out.None || string(out.JSON) == "null") && (s.gates.Changed() || s.gates.Silent()):
		if s.gates.Changed() || s.screen.Printed() == 0 { // else what was printed is the answer
			s.note("done")
		}
		return nil
	case out.None:
		if out.Undefined && s.screen.Printed() == 0 {
			s.note("%s", map[bool]string{true: "nil", false: "undefined"}[s.language == engine.Lua])
		}
		return nil
	case out.JSON != nil:
		return s.showJSON(out)
	case out.Call != "":
		if page, err := s.index.Find(out.Call); err == nil {
			s.deliver(s.helper().Headline(page))
			return nil
		}
	}
	s.deliver(paint.Harmless(out.Text) + "\n")
	return nil
}

func (s *shell) showJSON(out engine.Outcome) error {
	v, err := render.Parse(out.JSON)
	if err != nil {
		return err
	}
	if v.IsList() {
		if text, short := s.printer().Short(v); short {
			s.deliver(text + "\n")
			return nil
		}
		return s.showList(newPager(v))
	}
	s.deliverWith(func(p *render.Printer) string { return p.Single(v) })
	return nil
}

// itemsOf is a stream that the session steps.
func itemsOf(ctx context.Context, next func(context.Context) (engine.Outcome, bool, error)) func() (any, error, bool) {
	return func() (any, error, bool) {
		item, more, err := next(ctx)
		switch {
		case err != nil:
			return nil, err, true
		case item.JSON != nil:
			return item.JSON, nil, more
		}
		return item.Text, nil, more
	}
}

// pager is a list of which some was shown: one that is there already, or a stream that brings its items.
type pager struct {
	list    render.Value
	rest    func() (render.Value, bool)
	next    func() (any, error, bool)
	stop    func()
	cancel  context.CancelCauseFunc
	shown   int
	columns []string
	ended   bool
}

func newPager(list render.Value) *pager {
	rest, stop := iter.Pull(list.Items())
	return &pager{list: list, rest: rest, stop: stop}
}

// take returns up to n further items.
func (p *pager) take(n int) ([]render.Value, error) {
	var items []render.Value
	for len(items) < n {
		v, ok, err := p.one()
		if !ok || err != nil {
			p.ended = true
			return items, err
		}
		items = append(items, v)
	}
	if p.next == nil && p.shown+len(items) == p.list.Len() {
		p.ended = true
	}
	return items, nil
}

func (p *pager) one() (v render.Value, ok bool, err error) {
	if p.next == nil {
		v, ok = p.rest()
		return v, ok, nil
	}
	item, err, ok := p.next()
	if ok && err == nil {
		v, err = valueOf(item)
	}
	return v, ok, err
}

func (p *pager) close() {
	p.stop()
	if p.cancel != nil {
		p.cancel(nil)
	}
}

// showList shows the first page of a list. Where nobody can ask for more, all of it is shown.
func (s *shell) showList(list *pager) error {
	return s.showPage(list)
}

// showMore shows the next page of the list that has more.
func (s *shell) showMore() error { return s.showPage(s.more) }

// pages reports whether somebody reads what is shown, page by page. Output that goes elsewhere is whole, whoever types.
func (s *shell) pages() bool {
	return s.cfg.Terminal.Interactive && s.cfg.Terminal.Width != nil
}

// showPage shows the next page of a list, and keeps the list for it while there is more of it. Files and pipes get everything at once,
// as one document.
func (s *shell) showPage(list *pager) error {
	n := pageSize
	if !s.pages() || s.out != nil {
		n = math.MaxInt
	}
	cancel := list.cancel
	if cancel == nil {
		cancel = func(error) {}
	}
	first := list.shown == 0
	var items []render.Value
	var err error
	s.attend(cancel, func() { items, err = list.take(n) })
	if len(items) > 0 || first && err == nil {
		s.showItems(list, items, first)
	}
	list.shown += len(items)
	if err == nil {
		s.footer(list)
	}
	if list != s.more && !list.ended {
		s.dropMore()
		s.more = list
	}
	if list.ended {
		list.close()
		if list == s.more {
			s.more = nil
		}
	}
	return err
}

func (s *shell) showItems(list *pager, items []render.Value, first bool) {
	s.deliverWith(func(p *render.Printer) string {
		if p.Format == render.CSV && list.columns == nil {
			list.columns = render.CSVColumns(items)
		}
		number := list.shown + p.Base
		if p.Width <= 0 && !s.cfg.Terminal.Interactive {
			number = -1
		}
		return p.List(items, number, first, list.columns)
	})
}

// footer tells how much of a list was shown.
func (s *shell) footer(list *pager) {
	if !s.cfg.Terminal.Interactive || s.format != render.Table && list.ended && s.out == nil {
		return
	}
	total := ""
	if list.next == nil {
		total = " of " + paint.Thousands(list.list.Len())
	}
	switch {
	case s.out != nil:
		s.screen.Note("%s written to %s", paint.Plural(list.shown, "row"), s.out.name)
	case !list.ended:
		s.screen.Note("%s%s · it shows more", paint.Thousands(list.shown), total)
	case list.shown > 1:
		s.screen.Note("%s", paint.Plural(list.shown, "row"))
	}
}

// dropMore forgets what it would show.
func (s *shell) dropMore() {
	if s.more != nil {
		s.more.close()
		s.more = nil
	}
}

// valueOf turns an item of a stream into a value.
func valueOf(item any) (render.Value, error) {
	if text, ok := item.(engine.JSON); ok {
		return render.Parse(text)
	}
	text, err := jsonform.Encode(item)
	if err != nil {
		return render.Value{}, fmt.Errorf("an item cannot be shown: %w", err)
	}
	return render.Parse(text)
}

// deliver writes a result to the screen, or to the file of .out.
func (s *shell) deliver(text string) {
	s.deliverWith(func(*render.Printer) string { return text })
}

func (s *shell) deliverWith(render func(*render.Printer) string) {
	if s.out == nil {
		s.screen.Print(render(s.printer()))
		return
	}
	p := s.printer()
	p.Style, p.Width = paint.Style{}, 0
	s.out.write(paint.Strip(render(p)))
}
