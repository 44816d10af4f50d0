package spec

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/uuid"
)

// number reads any number that a decoder makes.
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	case int:
		return float64(n), true
	}
	return 0, false
}

func checkNumber(s *Schema, n float64) *InvalidError {
	switch {
	case math.IsNaN(n) || math.IsInf(n, 0):
		return notFinite(s)
	case s.Kind == KindInteger && n != math.Trunc(n):
		return &InvalidError{Problem: formatNumber(n) + " is not a whole number", Want: Describe(s)}
	case n < s.Min && (s.Min != 0 || s.Max != 0), n > s.Max && s.Max != 0:
		return &InvalidError{Problem: formatNumber(n) + " is out of range", Want: Describe(s)}
	}
	return nil
}

func notFinite(s *Schema) *InvalidError {
	return &InvalidError{Problem: "is not a finite number, which JSON cannot hold", Want: Describe(s)}
}

func formatNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func checkString(s *Schema, text string) *InvalidError {
	if !utf8.ValidString(text) {
		return &InvalidError{Problem: "is not UTF-8 text", Want: Describe(s)}
	}
	if len(s.Enum) > 0 && !s.Open && !inEnum(s.Enum, text) {
		return &InvalidError{Problem: quote(s, text) + " is not one of its words", Want: Describe(s), Hint: nearestWord(s.Enum, text)}
	}
	if s.MinLength > 0 && utf8.RuneCountInString(text) < s.MinLength {
		return &InvalidError{Problem: "is too short", Want: fmt.Sprintf("at least %d characters", s.MinLength)}
	}
	if !validFormat(s.Format, text) {
		return &InvalidError{Problem: quote(s, text) + " has the wrong form", Want: Describe(s)}
	}
	return nil
}

// inEnum knows the entries that end in "*" and allow every longer string with that beginning.
func inEnum(enum []string, text string) bool {
	for _, word := range enum {
		prefix, open := strings.CutSuffix(word, "*")
		if text == word || open && len(text) > len(prefix) && strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

func nearestWord(enum []string, text string) string {
	var words []string
	for _, word := range enum {
		if !strings.HasSuffix(word, "*") {
			words = append(words, word)
		}
	}
	return nearest.To(text, words)
}

// quote shows a text in an error, cut short; a password never.
func quote(s *Schema, text string) string {
	if s.Format == FormatPassword {
		return "the secret"
	}
	const limit = 60
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "..."
	}
	return strconv.Quote(text)
}

func validFormat(format, text string) bool {
	switch format {
	case FormatUUID:
		return uuid.Is(text)
	case FormatSessionID:
		return isPrefixedUUID(text, "session_")
	case FormatBrowsingID:
		return isPrefixedUUID(text, "browsing_")
	case FormatCallID:
		return isPrefixedUUID(text, "call_")
	case FormatPeopleID:
		return uuid.Is(text) || isEmail(text)
	case FormatEmail:
		return isEmail(text)
	case FormatURI:
		return isURI(text)
	case FormatDateTime:
		_, ok := ParseDateTime(text)
		return ok
	}
	return true
}

func isPrefixedUUID(text, prefix string) bool {
	id, ok := strings.CutPrefix(text, prefix)
	return ok && uuid.Is(id)
}

// isEmail takes what could be an address; whether it is one, the service knows best.
func isEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	return at > 0 && at < len(text)-1 && !strings.ContainsAny(text, " \t\r\n<>,;")
}

func isURI(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "") && !strings.ContainsAny(text, " \t\r\n")
}

// ParseDateTime reads text of FormatDateTime: RFC 3339, a date and a time without a zone, which is then UTC, or a date alone.
func ParseDateTime(text string) (at time.Time, ok bool) {
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// wrongType reports a value of another JSON type.
func wrongType(s *Schema, v any) *InvalidError {
	problem := "is a number"
	switch v.(type) {
	case nil:
		problem = "is null"
	case bool:
		problem = "is a boolean"
	case string:
		problem = "is a string"
	case []any:
		problem = "is a list"
	case map[string]any:
		problem = "is an object"
	default:
		if _, ok := number(v); !ok {
			problem = fmt.Sprintf("is a Go value of type %T, which has no JSON form", v)
		}
	}
	return &InvalidError{Problem: problem, Want: Describe(s)}
}
