package policy

import (
	"net"
	"slices"
	"strings"
)

// Within reports whether everything that p allows is allowed by bound. If not, outside is the first word of p that allows more. A
// word is compared as it is written: "*" is within "*" only, not within a list of all groups, which new groups would not be in. A
// nil bound allows everything; nil permissions, which list no words, are within a nil bound only, with an empty outside.
func (p *Permissions) Within(bound *Permissions) (outside string, ok bool) {
	if bound == nil {
		return "", true
	}
	if p == nil {
		return "", false
	}
	for _, r := range p.rules {
		if !bound.covers(r) {
			return r.word, false
		}
	}
	return "", true
}

// WithoutFetch returns the permissions without the hosts of fetch.
func (p *Permissions) WithoutFetch() *Permissions {
	if p == nil {
		return nil
	}
	isFetch := func(r rule) bool { return r.subject == subjectFetch }
	return &Permissions{rules: slices.DeleteFunc(slices.Clone(p.rules), isFetch)}
}

// String returns the words with blanks between them, as a header has them.
func (p *Permissions) String() string {
	if p == nil {
		return ""
	}
	words := make([]string, len(p.rules))
	for i, r := range p.rules {
		words[i] = r.word
	}
	return strings.Join(words, " ")
}

// covers reports whether the permissions allow all that one word does. Effects may come from several words.
func (p *Permissions) covers(r rule) bool {
	var allowed effects
	wider := widerSubjects(r.subject)
	for _, b := range p.rules {
		switch {
		case r.subject == subjectFetch:
			if b.subject == subjectFetch && coversHost(b.host, r.host) {
				return true
			}
		case slices.Contains(wider, b.subject):
			allowed |= b.effects
		}
	}
	return r.subject != subjectFetch && r.effects&^allowed == 0
}

// widerSubjects are the subjects that contain a subject, itself included.
func widerSubjects(subject string) []string {
	switch subject {
	case subjectStore:
		return []string{subjectStore} // "*" is about calls of the API
	case subjectAny, subjectAPI:
		return []string{subject, subjectAny}
	}
	// A group of websites goes by two names, as in subjectsOf.
	name := subject
	if full := websitesPrefix + subject; slices.Contains(groups(), full) {
		name = full
	}
	return append(subjectsOf(name+"."), subjectAny)
}

// coversHost reports whether each host that the pattern host stands for is one of bound, both as engine.AllowHosts takes them.
func coversHost(bound, host string) bool {
	b, boundPort := splitPattern(bound)
	h, port := splitPattern(host)
	if boundPort != port {
		return false
	}
	if domain, ok := strings.CutPrefix(b, "*"); ok {
		return strings.HasSuffix(h, domain) && len(h) > len(domain)
	}
	return b == h
}

// splitPattern parts a pattern into its host, in the form that compares, and its port, which may be empty.
func splitPattern(pattern string) (host, port string) {
	host = pattern
	if h, p, err := net.SplitHostPort(pattern); err == nil {
		host, port = h, p
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, ".")), port
}
