package scripts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// Header is what a script's leading comment tells its host. It is read without running anything and is the same in every
// language. Zero fields were not given.
type Header struct {
	// Name replaces the file's name in lists and commands.
	Name string
	// Description is the text of @description, or else the first paragraph of the comment, on one line.
	Description string
	// Schedules are the times to run at, in the order of the file.
	Schedules []Schedule
	// Timezone is the IANA zone that schedules count in, for example "Europe/Paris". Empty is UTC.
	Timezone string
	// Timeout bounds a run.
	Timeout time.Duration
	// Retries is set by @retries.
	Retries *Retries
	// Overlap tells what happens when a run is due and another is still going.
	Overlap Overlap
	// Concurrency is how many of its runs may go at the same time, on all hosts together. 0 is one, and any number with OverlapAllow.
	Concurrency int
	// Missed is set by @missed.
	Missed *Missed
	// Env are the environment variables that the script may read: those of @env and of words such as env:TEAM of @permissions.
	Env []string
	// Permissions are what the script may do.
	Permissions []Permission
	// Disabled scripts are not run by a schedule or an event.
	Disabled bool
	// Memory bounds a run, in bytes.
	Memory int64
	// On are the events that start a run, in the order of the file.
	On []On
	// Key is the path of the field of an event, such as "session_id", by which its runs keep their order: those of one value go one
	// after the other, those of different values side by side. Empty sets no order.
	Key string
	// Debounce is how long no further event with the same key may come before the run for the last one starts, or 0.
	Debounce time.Duration
	// Throttle bounds how many runs events start, or is nil. Further ones wait.
	Throttle *Throttle
	// Batch gathers several events for one run, or is nil.
	Batch *Batch
	// Tags are all tags as they were written, in the order of the file.
	Tags []Tag
}

// On is one @on: "message:send", or "message:send where from == 'user'".
type On struct {
	engine.Position
	// Event is the name of an event of Crisp.
	Event string
	// Where is the condition that its payload must meet, in the language of package filter, or empty for any.
	Where string
}

// Throttle bounds how often something starts: "@throttle 10/m".
type Throttle struct {
	// Count runs may start within Per. With @key, it counts for each value of the key.
	Count int
	Per   time.Duration
}

// Batch gathers events: "@batch 50 within 10s".
type Batch struct {
	// Max events start a run at once, and fewer of them Within after the first.
	Max    int
	Within time.Duration
}

// Tag is one "@name value" of a header.
type Tag struct {
	engine.Position
	// Name is written without the "@".
	Name string
	// Value is the rest, with continuation lines, its words parted by single spaces.
	Value string

	words []word
	// lines are the value as it was written, a line each.
	lines []word
}

// word is a part of a tag's value with its place: a word, or a line.
type word struct {
	engine.Position
	text string
}

// Schedule is one @schedule. Its text is a cron expression or a phrase such as "every 15m"; see ParseSchedule.
type Schedule struct {
	engine.Position
	Text string
}

// Retries tells how a failed run is tried again: "@retries 3", "@retries 3 30s", "@retries 5 fixed 1m".
type Retries struct {
	// Max is the number of further attempts, 1 to 100, or 0 for none.
	Max int
	// Backoff is how the delay develops.
	Backoff Backoff
	// Delay is the first delay, or 0 for the host's default.
	Delay time.Duration
}

// Backoff is how the delay between attempts develops.
type Backoff string

// The backoffs. Exponential, which doubles each delay, is what @retries means when it names none.
const (
	BackoffExponential Backoff = "exponential"
	BackoffFixed       Backoff = "fixed"
)

// Overlap is what happens when a run is due while another one of the script is going.
type Overlap string

// The ways to treat an overlap.
const (
	OverlapSkip    Overlap = "skip"
	OverlapQueue   Overlap = "queue"
	OverlapAllow   Overlap = "allow"
	OverlapReplace Overlap = "replace"
)

// Missed tells what happens to runs that were due while no host was up: "@missed all within 1h".
type Missed struct {
	Policy MissedPolicy
	// Within drops what was due longer ago, or is 0 for no such limit.
	Within time.Duration
}

// MissedPolicy selects the missed runs that are made up for.
type MissedPolicy string

// The policies.
const (
	MissedSkip   MissedPolicy = "skip"
	MissedLatest MissedPolicy = "latest"
	MissedAll    MissedPolicy = "all"
)

// Permission is one word of @permissions: "store", "conversations:read", "fetch:api.example.com". What subjects and scopes
// exist is for the engine's vocabulary to say, see Header.Access.
type Permission struct {
	engine.Position
	// Subject is what the permission is about: a module or a group of calls.
	Subject string
	// Scope narrows it, or is empty: an effect, or for fetch a host.
	Scope string
}

// word is the permission as it was written.
func (p Permission) word() string {
	if p.Scope == "" {
		return p.Subject
	}
	return p.Subject + ":" + p.Scope
}

// HeaderError tells what is wrong in a header, and where. It is the first error of the header; All has the others, too.
type HeaderError struct {
	engine.Position
	// Problem is one line without the position.
	Problem string
	// Hint tells what to write instead, or is empty.
	Hint string
	// SourceLine is the line of the script at the position.
	SourceLine string

	further []*HeaderError
}

func (e *HeaderError) Error() string {
	return strings.TrimPrefix(e.Position.String(), ":") + ": " + e.Problem
}

// All are the errors of the header in the order of their places, e being the first of them.
func (e *HeaderError) All() []*HeaderError { return append([]*HeaderError{e}, e.further...) }

// and adds errors to others. Each may be nil.
func (e *HeaderError) and(other *HeaderError) *HeaderError {
	switch {
	case e == nil:
		return other
	case other != nil:
		e.further = append(e.further, other.All()...)
		other.further = nil
	}
	return e
}

// placed puts errors into the order of their places and adds the file and the source lines.
func (e *HeaderError) placed(src []byte, file string) *HeaderError {
	all := e.All()
	e.further = nil
	slices.SortStableFunc(all, func(a, b *HeaderError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	for _, one := range all {
		one.File, one.SourceLine = file, lineOf(src, one.Line)
	}
	all[0].further = all[1:]
	return all[0]
}

// errorAt leaves the file and the source line to placed.
func errorAt(pos engine.Position, hint, format string, args ...any) *HeaderError {
	return &HeaderError{Position: pos, Problem: fmt.Sprintf(format, args...), Hint: hint}
}

// Tag returns the first tag of a name, and whether there is one.
func (h Header) Tag(name string) (Tag, bool) {
	for _, t := range h.Tags {
		if t.Name == name {
			return t, true
		}
	}
	return Tag{}, false
}

// ReadHeader reads the header of a script. A script without one has the zero Header. When anything in it is wrong the Header
// is zero and the error is a *HeaderError that tells all errors; positions carry no file name.
//
// The header is every comment before the first statement, after a byte order mark and a "#!" line. A line that starts with
// "@" is a tag; the lines below that are indented further than the "@" continue it. Tags of documentation and editor tools
// (@param, @type, @ts-check ...) are passed over. Text that belongs to no tag is prose, of which the first paragraph
// is the description. A tag such as @schedule in a comment below the first statement is an error.
func ReadHeader(src []byte, lang engine.Language) (Header, error) {
	h, wrong := readTags(src, lang)
	if wrong != nil {
		return Header{}, wrong.placed(src, "")
	}
	return h, nil
}

// readTags reads a header as far as it can be read.
func readTags(src []byte, lang engine.Language) (Header, *HeaderError) {
	comment, unfinished := leadingComment(src, lang)
	h, wrong := parseHeader(comment)
	if unfinished != nil {
		return h, wrong.and(unfinished)
	}
	return h, wrong.and(misplacedTags(src, lang, h.Tags))
}
