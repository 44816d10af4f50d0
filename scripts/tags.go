package scripts

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/sizetext"
	"github.com/crisphost/crisphost/internal/timetext"
)

// tagParser reads the value of a tag into a header.
type tagParser struct {
	parse func(*Header, Tag) *HeaderError
	// repeats tells that the tag may be given more than once.
	repeats bool
}

var tagNames = [...]string{
	"schedule", "timezone", "timeout", "retries", "overlap", "missed", "env", "permissions", "name", "description", "disabled",
	"memory", "concurrency", "on", "key", "debounce", "throttle", "batch",
}

// parserOf returns the parser of a tag, or none. It is a function and not a map so that programs start without building one.
func parserOf(name string) tagParser {
	switch name {
	case "schedule":
		return tagParser{parseSchedule, true}
	case "timezone":
		return tagParser{parseTimezone, false}
	case "timeout":
		return tagParser{parseTimeout, false}
	case "retries":
		return tagParser{parseRetries, false}
	case "overlap":
		return tagParser{parseOverlap, false}
	case "missed":
		return tagParser{parseMissed, false}
	case "env":
		return tagParser{parseEnv, true}
	case "permissions":
		return tagParser{parsePermissions, true}
	case "name":
		return tagParser{parseName, false}
	case "description":
		return tagParser{parseDescription, false}
	case "disabled":
		return tagParser{parseDisabled, false}
	case "memory":
		return tagParser{parseMemory, false}
	case "concurrency":
		return tagParser{parseConcurrency, false}
	case "on":
		return tagParser{parseOn, true}
	case "key":
		return tagParser{parseKey, false}
	case "debounce":
		return tagParser{parseDebounce, false}
	case "throttle":
		return tagParser{parseThrottle, false}
	case "batch":
		return tagParser{parseBatch, false}
	}
	return tagParser{}
}

// maxWords bounds lists in one tag, to refuse a file that is no script early.
const maxWords = 200

// count checks the number of a tag's words.
func (t Tag) count(least, most int, hint string) *HeaderError {
	switch n := len(t.words); {
	case n == 0 && least > 0:
		return errorAt(t.Position, hint, "@%s needs a value", t.Name)
	case n < least:
		return errorAt(t.words[n-1].Position, hint, "@%s %s is not complete", t.Name, t.Value)
	case n > most:
		return errorAt(t.words[most].Position, hint, "%q is too much for @%s", t.words[most].text, t.Name)
	}
	return nil
}

func parseTimezone(h *Header, t Tag) *HeaderError {
	const hint = `write a zone of the IANA database, such as "@timezone Europe/Paris"`
	if err := t.count(1, 1, hint); err != nil {
		return err
	}
	zone := t.words[0]
	if _, err := loadZone(zone.text); err != nil {
		return errorAt(zone.Position, hint, "unknown time zone %q", zone.text)
	}
	h.Timezone = zone.text
	return nil
}

func parseTimeout(h *Header, t Tag) (err *HeaderError) {
	const hint = `write a duration, such as "@timeout 90s", "1h30m" or "2d"`
	if err := t.count(1, 1, hint); err != nil {
		return err
	}
	h.Timeout, err = duration(t.words[0], hint)
	return err
}

func parseRetries(h *Header, t Tag) *HeaderError {
	const hint = `write a number, then how to wait if you like: "@retries 3", "@retries 3 30s", "@retries 5 fixed 1m"`
	if err := t.count(1, 3, hint); err != nil {
		return err
	}
	var wrong *HeaderError
	n, err := strconv.Atoi(t.words[0].text)
	if err != nil || n < 0 || n > 100 {
		wrong = errorAt(t.words[0].Position, hint, "%q is not a number of retries from 0 to 100", t.words[0].text)
	}
	r := Retries{Max: n, Backoff: BackoffExponential}
	rest := t.words[1:]
	if len(rest) > 0 {
		switch b := Backoff(rest[0].text); b {
		case BackoffExponential, BackoffFixed:
			r.Backoff = b
			rest = rest[1:]
		}
	}
	if len(rest) > 1 {
		return wrong.and(errorAt(rest[0].Position, hint, `%q is no backoff: it is "exponential" or "fixed"`, rest[0].text))
	}
	if len(rest) == 1 {
		var err *HeaderError
		r.Delay, err = duration(rest[0], hint)
		wrong = wrong.and(err)
	}
	h.Retries = &r
	return wrong
}

func parseOverlap(h *Header, t Tag) *HeaderError {
	const hint = "write skip, queue, allow or replace"
	if err := t.count(1, 1, hint); err != nil {
		return err
	}
	all := []string{string(OverlapSkip), string(OverlapQueue), string(OverlapAllow), string(OverlapReplace)}
	text, err := choice(t, all, hint)
	h.Overlap = Overlap(text)
	return err
}

// maxConcurrency bounds @concurrency: no host has more places.
const maxConcurrency = 1000

func parseConcurrency(h *Header, t Tag) *HeaderError {
	const hint = `write how many of its runs may go at the same time, such as "@concurrency 4"`
	if err := t.count(1, 1, hint); err != nil {
		return err
	}
	n, err := strconv.Atoi(t.words[0].text)
	if err != nil || n < 1 || n > maxConcurrency {
		return errorAt(t.words[0].Position, hint, "%q is not a number from 1 to %d", t.words[0].text, maxConcurrency)
	}
	h.Concurrency = n
	return nil
}

func parseMissed(h *Header, t Tag) *HeaderError {
	const hint = `write skip, latest or all, and a limit if you like: "@missed all within 1h"`
	if err := t.count(1, 3, hint); err != nil {
		return err
	}
	text, wrong := choice(t, []string{string(MissedSkip), string(MissedLatest), string(MissedAll)}, hint)
	m := Missed{Policy: MissedPolicy(text)}
	if rest := t.words[1:]; len(rest) > 0 {
		if rest[0].text != "within" || m.Policy == MissedSkip {
			return wrong.and(errorAt(rest[0].Position, hint, "%q does not fit behind @missed %s", rest[0].text, t.words[0].text))
		}
		if err := t.count(3, 3, hint); err != nil {
			return wrong.and(err)
		}
		var err *HeaderError
		m.Within, err = duration(rest[1], hint)
		wrong = wrong.and(err)
	}
	h.Missed = &m
	return wrong
}

func parseEnv(h *Header, t Tag) *HeaderError {
	const hint = `write names of environment variables, such as "@env SLACK_URL TEAM"`
	if err := t.count(1, maxWords, hint); err != nil {
		return err
	}
	var wrong *HeaderError
	for _, w := range t.words {
		switch {
		case !IsEnvName(w.text):
			wrong = wrong.and(errorAt(w.Position, hint, "%q is not the name of an environment variable", w.text))
		case !slices.Contains(h.Env, w.text):
			h.Env = append(h.Env, w.text)
		}
	}
	return wrong
}

// IsEnvName reports whether a text can name an environment variable: ASCII letters, digits and underscores, no digit first.
func IsEnvName(s string) bool {
	for i, c := range s {
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func parsePermissions(h *Header, t Tag) *HeaderError {
	const hint = `write words parted by blanks, such as "conversations:read", "store" or "fetch:api.example.com", a host without https://`
	if err := t.count(1, maxWords, hint); err != nil {
		return err
	}
	var wrong *HeaderError
	for _, w := range t.words {
		subject, scope, scoped := strings.Cut(w.text, ":")
		isNone := subject == "" || scoped && scope == "" || strings.ContainsFunc(subject, func(c rune) bool {
			return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '*')
		}) || strings.ContainsAny(scope, `,;"'/\@`)
		if isNone {
			wrong = wrong.and(errorAt(w.Position, hint, "%q is not a permission", w.text))
			continue
		}
		if subject == subjectEnv {
			if !IsEnvName(scope) {
				wrong = wrong.and(errorAt(w.Position, `write the name of an environment variable, such as "env:TEAM"`,
					"%q names no environment variable", w.text))
				continue
			}
			if !slices.Contains(h.Env, scope) {
				h.Env = append(h.Env, scope)
			}
		}
		h.Permissions = append(h.Permissions, Permission{Position: w.Position, Subject: subject, Scope: scope})
	}
	return wrong
}

func parseName(h *Header, t Tag) *HeaderError {
	const hint = `write one word, such as "@name weekly-report"`
	if err := t.count(1, 1, hint); err != nil {
		return err
	}
	name := t.words[0]
	isWord := func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }
	first, _ := utf8.DecodeRuneInString(name.text)
	if !isWord(first) || strings.ContainsFunc(name.text, func(c rune) bool { return !isWord(c) && !strings.ContainsRune("-_./", c) }) {
		return errorAt(name.Position, hint+": letters, digits, and - _ . / after the first", "%q cannot be a script's name", name.text)
	}
	if utf8.RuneCountInString(name.text) > 100 {
		return errorAt(name.Position, hint, "the name is longer than 100 characters")
	}
	h.Name = name.text
	return nil
}

func parseDescription(h *Header, t Tag) *HeaderError {
	if err := t.count(1, math.MaxInt, "write what the script is for"); err != nil {
		return err
	}
	h.Description = t.Value
	return nil
}

func parseDisabled(h *Header, t Tag) *HeaderError {
	if err := t.count(0, 0, "write @disabled alone, or remove it"); err != nil {
		return err
	}
	h.Disabled = true
	return nil
}

// leastMemory is what every script needs.
const leastMemory = 1 << 20

func parseMemory(h *Header, t Tag) *HeaderError {
	const hint = `write a size, such as "@memory 256MiB" or "1GiB"`
	if err := t.count(1, 1, hint); err != nil {
		return err
	}
	text := t.words[0].text
	n, ok := sizetext.Parse(text)
	switch {
	case !ok:
		return errorAt(t.words[0].Position, hint, "%q is not a size", text)
	case n < leastMemory:
		return errorAt(t.words[0].Position, hint, "%s is too little for any script", text)
	}
	h.Memory = n
	return nil
}

// choice reads the first word of a tag, which is one of a few.
func choice(t Tag, allowed []string, hint string) (string, *HeaderError) {
	w := t.words[0]
	if !slices.Contains(allowed, w.text) {
		if near := nearest.To(w.text, allowed); near != "" {
			hint = "did you mean " + near + "? " + hint
		}
		return "", errorAt(w.Position, hint, "%q is no value of @%s", w.text, t.Name)
	}
	return w.text, nil
}

// duration reads a word as a length of time above zero.
func duration(w word, hint string) (time.Duration, *HeaderError) {
	d, ok := timetext.ParseDuration(w.text)
	if !ok || d == 0 {
		return 0, errorAt(w.Position, hint, "%q is not a duration above zero", w.text)
	}
	return d, nil
}
