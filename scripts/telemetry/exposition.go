//go:build unix

package telemetry

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
)

// contentType is Prometheus's text format, https://prometheus.io/docs/instrumenting/exposition_formats/.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// exposition is what a scrape answers.
type exposition struct{ text []byte }

// family begins the samples of a name.
func (e *exposition) family(name, kind, help string) {
	e.text = append(e.text, "# HELP "+name+" "+helpEscapes.Replace(help)+"\n# TYPE "+name+" "+kind+"\n"...)
}

// Replacers that build themselves at their first use.
var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// labelled writes a sample.
func (e *exposition) labelled(name string, labels, values []string, figure float64) {
	e.text = append(e.text, name...)
	for i, label := range labels {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		e.text = append(e.text, separator)
		e.text = append(e.text, label...)
		e.text = append(e.text, `="`...)
		e.text = append(e.text, labelEscapes.Replace(strings.ToValidUTF8(values[i], "\uFFFD"))...)
		e.text = append(e.text, '"')
	}
	if len(labels) > 0 {
		e.text = append(e.text, '}')
	}
	e.text = append(e.text, ' ')
	e.text = append(e.text, number(figure)...)
	e.text = append(e.text, '\n')
}

// single writes a family of one sample without labels.
func (e *exposition) single(name, kind, help string, figure float64) {
	e.family(name, kind, help)
	e.labelled(name, nil, nil, figure)
}

func number(figure float64) string { return strconv.FormatFloat(figure, 'g', -1, 64) }

// send answers a request, compressed when the client can read that.
func (e *exposition) send(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", "no-store")
	header.Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r.Header) {
		_, _ = w.Write(e.text) // who scraped is gone otherwise
		return
	}
	header.Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = z.Write(e.text)
	_ = z.Close()
}

// acceptsGzip reads Accept-Encoding.
func acceptsGzip(header http.Header) bool {
	for part := range strings.SplitSeq(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		name, parameter, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		quality, given := strings.CutPrefix(strings.ReplaceAll(parameter, " ", ""), "q=")
		weight, err := strconv.ParseFloat(quality, 64)
		return !given || err == nil && weight > 0
	}
	return false
}
