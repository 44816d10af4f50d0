package crisp

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// parseBase checks a base URL. Its errors follow a name ("the base URL ...") and do not repeat the address, which may
// hold a password.
func parseBase(address string) (*url.URL, error) {
	base, err := url.Parse(address)
	if err != nil && !strings.Contains(address, "://") { // 127.0.0.1:8080/v1
		base, err = &url.URL{}, nil
	}
	switch {
	case err != nil:
		return nil, errors.New("cannot be read as a URL")
	case base.Scheme != "http" && base.Scheme != "https":
		return nil, errors.New("must begin with https:// (or http:// for a server on this machine)")
	case base.Hostname() == "":
		return nil, errors.New("names no host")
	case base.User != nil:
		return nil, errors.New("must not contain a user name or password: credentials are given apart from the address")
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("must not contain a query or a fragment")
	}
	if err := checkHost(base); err != nil {
		return nil, err
	}
	if err := checkSegments(strings.Trim(base.Path, "/")); base.Path != "" && base.Path != "/" && err != nil {
		return nil, err
	}
	base.Host = strings.ToLower(base.Host)
	if !strings.HasSuffix(base.Path, "/") {
		base = base.JoinPath("/")
	}
	return base, nil
}

// checkHost refuses hosts and ports that no connection can be made to: calls would try again and again.
func checkHost(base *url.URL) error {
	if port := base.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("has the port %s: ports are 1 to 65535", oneLine(port, 40))
		}
	} else if strings.HasSuffix(base.Host, ":") {
		return errors.New("has a colon and no port behind it")
	}
	host := base.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	_, notNumber := strconv.Atoi(labels[len(labels)-1])
	possible := len(host) <= 254 && notNumber != nil // a number at the end is that of an address
	for _, label := range labels {
		possible = possible && label != "" && len(label) <= 63
	}
	if !possible {
		return fmt.Errorf("names the host %q, which cannot exist", oneLine(host, 100))
	}
	return nil
}

// sameOrigin reports whether a redirect stays on the server that the key is meant for.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// join puts an escaped path without leading slash and a query below the base.
func (c *Client) join(path string, query url.Values) string {
	address := c.base.String() + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// expandPath fills the parameters of an operation's path template, each escaped into one segment, and answers the path
// without its leading slash.
func expandPath(template string, values map[string]string) (string, error) {
	var b strings.Builder
	b.Grow(len(template) + 40*len(values))
	used := 0
	for rest := strings.TrimPrefix(template, "/"); rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			break
		}
		name, tail, _ := strings.Cut(after, "}")
		value, ok := values[name]
		if !ok {
			return "", fmt.Errorf("the path parameter %s is missing", name)
		}
		if err := checkSegments(value); err != nil {
			return "", fmt.Errorf("the path parameter %s %w", name, err)
		}
		b.WriteString(url.PathEscape(value))
		used++
		rest = tail
	}
	if used < len(values) {
		for name := range values {
			if !strings.Contains(template, "{"+name+"}") {
				return "", fmt.Errorf("the path has no parameter %s", oneLine(name, 40))
			}
		}
	}
	return b.String(), nil
}

// checkSegments refuses values that a server or a proxy on the way could take for a step up or a skipped segment, also
// after decoding them once more than it should.
func checkSegments(value string) error {
	if value == "" {
		return errors.New("is empty")
	}
	for {
		for segment := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == '/' || r == '\\' }) {
			switch segment {
			case ".":
				return errors.New(`contains the segment ".", which servers leave out`)
			case "..":
				return errors.New(`contains the segment "..", which would leave the path`)
			}
		}
		decoded, err := url.PathUnescape(value)
		if err != nil || decoded == value {
			return nil
		}
		value = decoded
	}
}

// placeholder is the first word in braces of a path, such as "{session_id}", or "". A raw call has nothing to put in its place.
func placeholder(path string) string {
	path, _, _ = strings.Cut(path, "?")
	_, after, found := strings.Cut(path, "{")
	if !found {
		return ""
	}
	if end := strings.IndexAny(after, "}/"); end >= 0 && after[end] == '}' {
		return "{" + after[:end+1]
	} else if end >= 0 {
		return "{" + after[:end]
	}
	return "{" + after
}

// cleanPath checks the path of a raw call and answers it escaped, without leading slash, and its query apart.
func cleanPath(path string) (string, url.Values, error) {
	if before, _, _ := strings.Cut(path, "?"); strings.Contains(before, "://") || strings.HasPrefix(path, "//") {
		return "", nil, errors.New("the path must be below the API's base, like website/{website_id}: other hosts cannot be called")
	}
	if strings.Contains(path, "#") {
		return "", nil, errors.New("the path contains a #: write %23 if it belongs to a value")
	}
	path, rawQuery, _ := strings.Cut(strings.TrimPrefix(path, "/"), "?")
	if path == "" {
		return "", nil, errors.New("the path is empty: name one below the API's base, like website/{website_id}")
	}
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return "", nil, fmt.Errorf("the query of the path cannot be read (%s)", oneLine(err.Error(), 100))
	}
	if name := placeholder(path); name != "" {
		return "", nil, fmt.Errorf("the path holds %q, which stands for something: write the id in its place", oneLine(name, 60))
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		if err != nil {
			return "", nil, fmt.Errorf("the path contains a percent sign that begins no escape: write %%25 (%s)", oneLine(err.Error(), 60))
		}
		if err := checkSegments(decoded); err != nil {
			if decoded == "" {
				return "", nil, errors.New("the path has an empty segment: write one slash between two names, and none at the end")
			}
			return "", nil, fmt.Errorf("the path %w: write it from the API's base on, like website/{website_id}", err)
		}
		segments[i] = url.PathEscape(decoded)
	}
	return strings.Join(segments, "/"), query, nil
}
