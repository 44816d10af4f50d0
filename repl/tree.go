package repl

import (
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/internal/plain"
)

// maxDepth is how deep a tree goes before it sums up.
const maxDepth = 6

// tree shows an object with a member on each line, nested ones indented below their name.
func (p *printer) tree(v value, depth int) string {
	var b strings.Builder
	margin := strings.Repeat("  ", depth)
	if v.isBlank() {
		return margin + p.paint(sgrDim, v.json()) + "\n"
	}
	names := 0
	for _, m := range v.members {
		if p.inline(m.value) {
			names = max(names, min(plain.Width(plain.Line(m.name)), 24))
		}
	}
	for _, m := range v.members {
		name := plain.Line(m.name)
		if p.inline(m.value) {
			b.WriteString(margin + p.paint(sgrName, pad(name, names, false)) + "  ")
			b.WriteString(p.leaf(m.name, m.value) + "\n")
			continue
		}
		b.WriteString(margin + p.paint(sgrName, name) + "\n")
		b.WriteString(p.below(m.value, depth))
	}
	for i, item := range v.items {
		if p.inline(item) {
			b.WriteString(margin + p.paint(sgrDim, "-") + " " + p.leaf("", item) + "\n")
			continue
		}
		// The first member stands beside the dash.
		nested := p.tree(item, depth+1)
		b.WriteString(margin + p.paint(sgrDim, "-") + " " + strings.TrimPrefix(nested, margin+"  "))
		if depth == 0 && i == maxLines && p.width > 0 {
			fmt.Fprintf(&b, "%s\n", p.paint(sgrDim, fmt.Sprintf("… (%s more)", thousands(len(v.items)-i-1))))
			break
		}
	}
	return b.String()
}

func (p *printer) below(v value, depth int) string {
	if depth+1 >= maxDepth {
		return strings.Repeat("  ", depth+1) + p.paint(sgrDim, plain.Cut(summary(v), max(20, p.columns()-2*depth-2))) + "\n"
	}
	return p.tree(v, depth+1)
}

// inline tells whether a value stands on the line of its name: plain values, and short lists of plain values.
func (p *printer) inline(v value) bool {
	if v.isScalar() || v.isBlank() {
		return true
	}
	if v.kind != '[' {
		return false
	}
	total := 0
	for _, item := range v.items {
		if !item.isScalar() {
			return false
		}
		total += len(item.text) + 4
	}
	return total < 60
}

// leaf shows a value on one line. A text is not cut: the terminal wraps it.
func (p *printer) leaf(name string, v value) string {
	switch v.kind {
	case '"':
		return p.paint(sgrString, p.clipped(plain.Line(v.text)))
	case '0':
		text := p.paint(sgrNumber, v.text)
		if t, ok := timeOf(name, v); ok {
			text += "  " + p.paint(sgrDim, relative(t, p.now()))
		}
		return text
	case '[', '{':
		if v.isBlank() {
			return p.paint(sgrDim, v.json())
		}
		var parts []string
		for _, item := range v.items {
			parts = append(parts, p.leaf("", item))
		}
		return strings.Join(parts, p.paint(sgrDim, ", "))
	}
	return p.paint(sgrLiteral, v.json())
}
