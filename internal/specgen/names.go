package main

import (
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
)

// initialisms are written in capitals in Go names.
var initialisms = map[string]string{
	"id": "ID", "ids": "IDs", "url": "URL", "ip": "IP", "ips": "IPs", "os": "OS", "isp": "ISP", "asn": "ASN", "arr": "ARR", "sdp": "SDP",
	"useragent": "UserAgent",
}

// goName turns words joined by underscores, dots or dashes into an exported Go name.
func goName(words string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(words, func(r rune) bool { return r == '_' || r == '.' || r == '-' || r == ' ' }) {
		if initialism := initialisms[word]; initialism != "" {
			b.WriteString(initialism)
		} else {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// goParam turns a wire name into the name of a Go parameter: website_id becomes websiteID.
func goParam(name string) string {
	first, rest, _ := strings.Cut(name, "_")
	return first + goName(rest)
}

// sentence ends a text with a full stop.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, ".\"") {
		return text
	}
	return text + "."
}

// comment writes text as a Go comment of lines that fit.
func comment(indent, text string) string {
	const width = 110
	var b strings.Builder
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := indent + "//"
		for word := range strings.FieldsSeq(paragraph) {
			if len(line)+1+len(word) > width && line != indent+"//" {
				b.WriteString(line + "\n")
				line = indent + "//"
			}
			line += " " + word
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// quoted lists words of an enumeration as prose.
func quoted(s *spec.Schema) string {
	var parts []string
	for _, word := range s.Enum {
		if prefix, ok := strings.CutSuffix(word, "*"); ok {
			parts = append(parts, "\""+prefix+"...\"")
		} else {
			parts = append(parts, "\""+word+"\"")
		}
	}
	last := len(parts) - 1
	if last == 0 {
		return parts[0]
	}
	return strings.Join(parts[:last], ", ") + " or " + parts[last]
}
