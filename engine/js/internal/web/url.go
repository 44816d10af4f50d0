package web

import (
	"strings"

	"github.com/dop251/goja"
	"github.com/nlnwa/whatwg-url/url"
)

// parseURL takes a URL and perhaps a base, and returns the parts, or undefined when it is not valid.
func (w *web) parseURL(call goja.FunctionCall) goja.Value {
	var u *url.Url
	var err error
	if base := call.Argument(1); goja.IsUndefined(base) {
		u, err = url.Parse(call.Argument(0).String())
	} else {
		u, err = url.ParseRef(base.String(), call.Argument(0).String())
	}
	if err != nil {
		return goja.Undefined()
	}
	return w.urlParts(u)
}

// setURL takes a URL, the name of a part and its new value, and returns the new parts. A value that does not fit changes
// nothing, as the standard has it.
func (w *web) setURL(call goja.FunctionCall) goja.Value {
	u, err := url.Parse(call.Argument(0).String())
	if err != nil {
		panic(w.rt.NewTypeError("Invalid URL"))
	}
	value := call.Argument(2).String()
	switch part := call.Argument(1).String(); part {
	case "protocol":
		u.SetProtocol(value)
	case "username":
		u.SetUsername(value)
	case "password":
		u.SetPassword(value)
	case "host":
		u.SetHost(value)
	case "hostname":
		u.SetHostname(value)
	case "port":
		u.SetPort(value)
	case "pathname":
		u.SetPathname(value)
	case "search":
		u.SetSearch(value)
	case "hash":
		u.SetHash(value)
	}
	return w.urlParts(u)
}

func (w *web) urlParts(u *url.Url) goja.Value {
	parts := w.rt.NewObject()
	for _, part := range [...]struct{ name, value string }{
		{"href", u.Href(false)},
		{"origin", origin(u)},
		{"protocol", u.Protocol()},
		{"username", u.Username()},
		{"password", u.Password()},
		{"host", u.Host()},
		{"hostname", u.Hostname()},
		{"port", u.Port()},
		{"pathname", u.Pathname()},
		{"search", u.Search()},
		{"hash", u.Hash()},
	} {
		_ = parts.Set(part.name, part.value)
	}
	return parts
}

// origin is "null" where a scheme has none.
func origin(u *url.Url) string {
	switch u.Scheme() {
	case "http", "https", "ws", "wss", "ftp":
		return u.Protocol() + "//" + u.Host()
	case "blob":
		if inner, err := url.Parse(u.Pathname()); err == nil && (inner.Scheme() == "http" || inner.Scheme() == "https") {
			return origin(inner)
		}
	}
	return "null"
}

// parseQuery turns application/x-www-form-urlencoded text into an array of pairs.
func (w *web) parseQuery(call goja.FunctionCall) goja.Value {
	pairs := []any{}
	for part := range strings.SplitSeq(call.Argument(0).String(), "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, w.rt.NewArray(unescapeQuery(name), unescapeQuery(value)))
	}
	return w.rt.NewArray(pairs...)
}

func unescapeQuery(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s):
			if high, low := unhex(s[i+1]), unhex(s[i+2]); high < 16 && low < 16 {
				c = high<<4 | low
				i += 2
			}
		}
		b = append(b, c)
	}
	return decodeUTF8(b)
}

// unhex gives 16 for what is no hexadecimal digit.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	default:
		return 16
	}
}

// formatQuery turns an array of pairs into application/x-www-form-urlencoded text.
func (w *web) formatQuery(call goja.FunctionCall) goja.Value {
	var b strings.Builder
	pairs := call.Argument(0).(*goja.Object)
	w.rt.ForOf(pairs, func(pair goja.Value) bool {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		escapeQuery(&b, pair.(*goja.Object).Get("0").String())
		b.WriteByte('=')
		escapeQuery(&b, pair.(*goja.Object).Get("1").String())
		return true
	})
	return w.rt.ToValue(b.String())
}

// escapeQuery differs from the function of net/url in * and ~.
func escapeQuery(b *strings.Builder, s string) {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '*', c == '-', c == '.', c == '_':
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}
