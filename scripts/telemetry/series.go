//go:build unix

package telemetry

import (
	"slices"
	"strings"
	"sync"
)

// family is all series of one name, with a T for each combination of the labels' values. Its methods may be called from any
// goroutine.
type family[T any] struct {
	name, help string
	labels     []string

	mu     sync.Mutex
	series map[string]*series[T]
}

type series[T any] struct {
	values []string
	figure T
}

func newFamily[T any](name, help string, labels ...string) *family[T] {
	return &family[T]{name: name, help: help, labels: labels, series: map[string]*series[T]{}}
}

// update changes the figure of one series, which begins as zero.
func (f *family[T]) update(change func(*T), values ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := strings.Join(values, "\xff") // which is in no text
	s := f.series[key]
	if s == nil {
		s = &series[T]{values: slices.Clone(values)}
		f.series[key] = s
	}
	change(&s.figure)
}

// drop forgets all series whose first label has a value that is not kept.
func (f *family[T]) drop(gone func(value string) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, s := range f.series {
		if gone(s.values[0]) {
			delete(f.series, key)
		}
	}
}

// each calls a function with all series, by their values. The family is locked.
func (f *family[T]) each(do func(values []string, figure *T)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]*series[T], 0, len(f.series))
	for _, s := range f.series {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *series[T]) int { return slices.Compare(a.values, b.values) })
	for _, s := range list {
		do(s.values, &s.figure)
	}
}

// counter is a family of figures that only grow.
type counter struct{ *family[float64] }

func newCounter(name, help string, labels ...string) counter {
	return counter{newFamily[float64](name, help, labels...)}
}

func (c counter) add(n float64, values ...string) {
	c.update(func(figure *float64) { *figure += n }, values...)
}

func (c counter) write(e *exposition) {
	e.family(c.name, "counter", c.help)
	c.each(func(values []string, figure *float64) { e.labelled(c.name, c.labels, values, *figure) })
}

// gauge is a family of figures that go up and down.
type gauge struct{ *family[float64] }

func newGauge(name, help string, labels ...string) gauge {
	return gauge{newFamily[float64](name, help, labels...)}
}

// raise sets a series to a figure unless it is higher already.
func (g gauge) raise(figure float64, values ...string) {
	g.update(func(current *float64) { *current = max(*current, figure) }, values...)
}

func (g gauge) set(figure float64, values ...string) {
	g.update(func(current *float64) { *current = figure }, values...)
}

func (g gauge) write(e *exposition) {
	e.family(g.name, "gauge", g.help)
	g.each(func(values []string, figure *float64) { e.labelled(g.name, g.labels, values, *figure) })
}

// histogram is a family of distributions.
type histogram struct {
	*family[distribution]
	// bounds are the upper bounds of the buckets, in order, without the last one, which has none.
	bounds []float64
}

type distribution struct {
	// counts are of the buckets by themselves, with the one above all bounds at the end.
	counts []uint64
	sum    float64
}

func newHistogram(name, help string, bounds []float64, labels ...string) histogram {
	return histogram{newFamily[distribution](name, help, labels...), bounds}
}

func (h histogram) observe(figure float64, values ...string) {
	bucket, _ := slices.BinarySearch(h.bounds, figure)
	h.update(func(d *distribution) {
		if d.counts == nil {
			d.counts = make([]uint64, len(h.bounds)+1)
		}
		d.counts[bucket]++
		d.sum += figure
	}, values...)
}

func (h histogram) write(e *exposition) {
	e.family(h.name, "histogram", h.help)
	names := append(slices.Clone(h.labels), "le")
	h.each(func(values []string, d *distribution) {
		var count uint64
		for i, n := range d.counts {
			count += n
			bound := "+Inf"
			if i < len(h.bounds) {
				bound = number(h.bounds[i])
			}
			e.labelled(h.name+"_bucket", names, append(slices.Clone(values), bound), float64(count))
		}
		e.labelled(h.name+"_sum", h.labels, values, d.sum)
		e.labelled(h.name+"_count", h.labels, values, float64(count))
	})
}
