package render

import (
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/tape"
)

// maxDepth is how deep a tree goes before it sums up.
const maxDepth = 6

// tree shows an object with a member on each line, nested ones indented below their name.
func (p *Printer) tree(v Value, depth int) string {
	var b strings.Builder
	margin := strings.Repeat("  ", depth)
	if v.isBlank() {
		return margin + p.Paint(paint.Dim, v.JSON()) + "\n"
	}
	names := 0
	for name, v := range v.members() {
		if p.inline(v) {
			names = max(names, min(plain.Width(plain.Line(name)), 24))
		}
	}
	for written, v := range v.members() {
		name := plain.Line(written)
		if p.inline(v) {
			b.WriteString(margin + p.Paint(paint.Name, paint.Pad(name, names, false)) + "  ")
			b.WriteString(p.leaf(written, v) + "\n")
			continue
		}
		b.WriteString(margin + p.Paint(paint.Name, name) + "\n")
		b.WriteString(p.below(v, depth))
	}
	i := 0
	for item := range v.Items() {
		i++
		if p.inline(item) {
			b.WriteString(margin + p.Paint(paint.Dim, "-") + " " + p.leaf("", item) + "\n")
			continue
		}
		// The first member stands beside the dash.
		nested := p.tree(item, depth+1)
		b.WriteString(margin + p.Paint(paint.Dim, "-") + " " + strings.TrimPrefix(nested, margin+"  "))
		if depth == 0 && i > maxLines && p.Width > 0 {
			fmt.Fprintf(&b, "%s\n", p.Paint(paint.Dim, fmt.Sprintf("… (%s more)", paint.Thousands(v.Len()-i))))
			break
		}
	}
	return b.String()
}

func (p *Printer) below(v Value, depth int) string {
	if depth+1 >= maxDepth {
		return strings.Repeat("  ", depth+1) + p.Paint(paint.Dim, plain.Cut(summary(v), max(20, p.Columns()-2*depth-2))) + "\n"
	}
	return p.tree(v, depth+1)
}

// inline reports whether a value stands on the line of its name: plain values, and short lists of plain values.
func (p *Printer) inline(v Value) bool {
	if v.isScalar() || v.isBlank() {
		return true
	}
	if !v.IsList() {
		return false
	}
	total := 0
	for item := range v.Items() {
		if !item.isScalar() {
			return false
		}
		total += len(item.Text()) + 4
	}
	return total < 60
}

// leaf shows a value on one line. A text is not cut: the terminal wraps it.
func (p *Printer) leaf(name string, v Value) string {
	switch v.kind() {
	case tape.String:
		return p.Paint(paint.String, p.clipped(plain.Line(v.Text())))
	case tape.Number:
		text := p.Paint(paint.Number, v.Text())
		if t, ok := timeOf(name, v); ok {
			text += "  " + p.Paint(paint.Dim, relative(t, p.Now()))
		}
		return text
	case tape.Array, tape.Object:
		if v.isBlank() {
			return p.Paint(paint.Dim, v.JSON())
		}
		var parts []string
		for item := range v.Items() {
			parts = append(parts, p.leaf("", item))
		}
		return strings.Join(parts, p.Paint(paint.Dim, ", "))
	}
	return p.Paint(paint.Literal, v.JSON())
}
