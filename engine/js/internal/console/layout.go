package console

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// container renders braces with what items gives, unless the depth is used up.
func (in *inspector) container(object *goja.Object, level int, short, prefix, open, end string, items func(*goja.Object, int) []string) string {
	if level > inspectDepth {
		if strings.HasSuffix(prefix, "(0) ") || !strings.HasSuffix(prefix, ") ") && len(object.Keys()) == 0 {
			return prefix + open + end
		}
		return short
	}
	in.parents = append(in.parents, object)
	in.reached = level
	in.indent += 2
	parts := items(object, level)
	in.indent -= 2
	in.parents = in.parents[:len(in.parents)-1]
	for i, c := range in.circular {
		if c == object {
			in.circular = append(in.circular[:i], in.circular[i+1:]...)
			prefix = "<ref *1> " + prefix
			break
		}
	}
	if len(parts) == 0 {
		return prefix + open + end
	}
	single := true
	if open == "[" && len(parts) > inspectGroupMin {
		rows := columns(parts, in.indent)
		single = len(rows) == len(parts)
		parts = rows
	}
	if single && in.reached-level < inspectNesting {
		line := strings.Join(parts, ", ")
		if !strings.Contains(line, "\n") && utf8.RuneCountInString(prefix+line)+in.indent+inspectMargin <= inspectWidth {
			return prefix + open + " " + line + " " + end
		}
	}
	pad := "\n" + strings.Repeat(" ", in.indent+2)
	return prefix + open + pad + strings.Join(parts, ","+pad) + "\n" + strings.Repeat(" ", in.indent) + end
}

// columns lays the items of an array out in rows, in about the proportions that Node gives them, if they are short enough.
func columns(parts []string, indent int) []string {
	items, rest := parts, []string(nil)
	if last := len(parts) - 1; strings.HasPrefix(parts[last], "... ") {
		items, rest = parts[:last], parts[last:]
	}
	sizes := make([]int, len(items))
	widest, total, numeric := 0, 0, true
	for i, item := range items {
		if strings.Contains(item, "\n") {
			return parts
		}
		sizes[i] = utf8.RuneCountInString(item)
		widest = max(widest, sizes[i])
		total += sizes[i] + separator
		if _, err := strconv.ParseFloat(item, 64); err != nil {
			numeric = false
		}
	}
	cell := widest + separator
	if cell*3+indent >= inspectWidth || total <= 5*cell && widest > 6 {
		return parts
	}
	// Cells are taken for narrower than the widest one, the more so the more their widths differ, and the block for two and a
	// half times as wide as high.
	count := float64(len(items))
	narrowed := max(float64(cell)-3-math.Sqrt(float64(cell)-float64(total)/count), 1)
	perRow := min(int(math.Round(math.Sqrt(2.5*narrowed*count)/narrowed)), (inspectWidth-indent)/cell, inspectColumns)
	if perRow <= 1 {
		return parts
	}
	widths := make([]int, perRow)
	for i, size := range sizes {
		widths[i%perRow] = max(widths[i%perRow], size)
	}
	var rows []string
	for start := 0; start < len(items); start += perRow {
		end := min(start+perRow, len(items))
		var row strings.Builder
		for i := start; i < end; i++ {
			pad := strings.Repeat(" ", widths[i-start]-sizes[i])
			text := items[i]
			if numeric {
				text, pad = pad+text, ""
			}
			row.WriteString(text)
			if i < end-1 {
				row.WriteString(", " + pad)
			}
		}
		rows = append(rows, row.String())
	}
	return append(rows, rest...)
}
