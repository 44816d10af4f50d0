package scripts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netresearch/go-cron"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/timetext"
)

// Timetable tells when a schedule is due. It is immutable, and the same text and zone give the same times on every machine
// with the same zone database.
//
// A cron expression counts in the wall-clock time of its zone. Where that time jumps:
//   - An expression for every hour (its hour field is "*") follows the clock as it shows: "*/15 * * * *" is due every 15
//     minutes, in the hour that comes twice too, and has nothing to do in the hour that is left out.
//   - Any other expression is due once for each of its wall-clock times. A time that comes twice counts when it comes first. A
//     time that is left out is taken as much later as the clock jumps: in Paris 02:30 becomes 03:30 on that day. When
//     that is a time of the expression too, it is due once.
//
// An interval such as "every 15m" knows no zone: its times are the multiples of the interval since 1970-01-01 00:00 UTC, so
// that "every 15m" is due at :00, :15, :30 and :45, and all hosts agree. A day ("every 2d") has 24 hours and begins at 00:00 UTC, a
// week ("every 1w") on a Thursday.
type Timetable struct {
	text string
	zone *time.Location
	// interval is in seconds, or 0 for a cron expression.
	interval int64
	// wall tells the times on a clock that never jumps.
	wall *cron.SpecSchedule
	// everyHour tells that the hour field takes all.
	everyHour bool
	// days tells what counts when both day fields are set, or is empty.
	days string
}

// ScheduleError tells which part of a schedule is wrong.
type ScheduleError struct {
	// Word is the index of the word at fault, from 0. It is the number of words when one is missing.
	Word int
	// Problem is one line, and Hint tells what to write instead, or is empty.
	Problem, Hint string
}

func (e *ScheduleError) Error() string { return e.Problem }

// ParseSchedule reads the text of a @schedule: a cron expression with 5 fields, or 6 with seconds first; "@hourly", "@daily"
// (or "@midnight"), "@weekly", "@monthly", "@yearly" (or "@annually"); or "every" with a duration of whole seconds. The fields
// are minute, hour, day of the month, month of the year, day of the week; they take lists, ranges, steps, names of months and days, "L" for a
// month's last day, "15W" for the working day nearest to the 15th, "FRI#2" for the second Friday. An expression that can never be due
// is an error.
//
// When both day fields are set, either day counts: "0 9 13 * 5" is due on every 13th and on every Friday. When one of them begins with
// "*", both must fit: "0 9 */10 * 1-5" is due on the 1st, 11th, 21st and 31st as far as they are working days. Vixie cron has it so.
//
// The zone is a name of the IANA database; empty is UTC. Errors are a *ScheduleError, or tell that the zone is not known.
func ParseSchedule(text, zone string) (*Timetable, error) {
	words := strings.Fields(text)
	t, wrong := parseTiming(words)
	if len(wrong) > 0 {
		return nil, wrong[0]
	}
	t.text = strings.Join(words, " ")
	var err error
	if t.zone, err = loadZone(zone); err != nil {
		return nil, err
	}
	return t, nil
}

// loadZone finds a time zone. "Local" is refused: it would be another one on every host.
func loadZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || strings.EqualFold(name, "local") {
		return nil, fmt.Errorf("unknown time zone %q", name)
	}
	return zone, nil
}

// Timetables are those of the header's schedules, in their order.
func (h Header) Timetables() ([]*Timetable, error) {
	tables := make([]*Timetable, len(h.Schedules))
	for i, s := range h.Schedules {
		var err error
		if tables[i], err = ParseSchedule(s.Text, h.Timezone); err != nil {
			return nil, fmt.Errorf("@schedule %s: %w", s.Text, err)
		}
	}
	return tables, nil
}

// String is the schedule's text.
func (t *Timetable) String() string { return t.text }

// Zone is where the schedule's wall-clock times are.
func (t *Timetable) Zone() *time.Location { return t.zone }

// field is a part of a cron expression.
type field struct {
	option      cron.ParseOption
	name, takes string
}

var fields = [...]field{
	{cron.Second, "second", "seconds are 0 to 59"},
	{cron.Minute, "minute", "minutes are 0 to 59"},
	{cron.Hour, "hour", "hours are 0 to 23"},
	{cron.Dom, "day of the month", "days are 1 to 31, or L for the last one"},
	{cron.Month, "month", "months are 1 to 12 or JAN to DEC"},
	{cron.Dow, "day of the week", "days are 0 to 7 or SUN to SAT; 0 and 7 are Sunday"},
}

const (
	cronOptions = cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Extended
	// cronYears bounds the search for the next time. The rarest dates, a fifth weekday in February, are up to 40 years apart.
	cronYears = 40
	dayWord   = 3 // of six
)

var macros = [...][2]string{
	{"@hourly", "0 0 * * * *"}, {"@daily", "0 0 0 * * *"}, {"@midnight", "0 0 0 * * *"}, {"@weekly", "0 0 0 * * 0"},
	{"@monthly", "0 0 0 1 * *"}, {"@yearly", "0 0 0 1 1 *"}, {"@annually", "0 0 0 1 1 *"},
}

// parseTiming reads a schedule. Each field of a cron expression can be wrong.
func parseTiming(words []string) (*Timetable, []*ScheduleError) {
	const hint = `write a cron expression or an interval, such as "@schedule 0 9 * * 1-5" or "@schedule every 15m"`
	if len(words) == 0 {
		return nil, []*ScheduleError{{Problem: "the schedule is empty", Hint: hint}}
	}
	first := strings.ToLower(words[0])
	if first == "every" || first == "@every" {
		return parseInterval(words)
	}
	if strings.HasPrefix(first, "@") {
		return parseMacro(words, first)
	}
	if len(words) != 5 && len(words) != 6 {
		return nil, []*ScheduleError{{
			Word: min(len(words), 6), Hint: hint,
			Problem: fmt.Sprintf("a cron expression has 5 fields, or 6 with seconds first, not %d", len(words)),
		}}
	}
	var wrong []*ScheduleError
	given := 6 - len(words) // the index of the first field that is given
	for i, w := range words {
		f := fields[given+i]
		parser := cron.MustNewParser(f.option | cronOptions&cron.Extended)
		if _, err := parser.Parse(w); err != nil || strings.ContainsAny(w, "=@") {
			hint := f.takes
			if given == 0 {
				hint += "; six fields begin with the second, and none is for the year"
			}
			wrong = append(wrong, &ScheduleError{Word: i, Problem: fmt.Sprintf("%q does not fit the field %s", w, f.name), Hint: hint})
		}
	}
	if wrong != nil {
		return nil, wrong
	}
	all := words
	if given == 1 {
		all = append([]string{"0"}, words...)
	}
	return cronTimetable(all, dayWord-given)
}

// cronTimetable reads six fields that are right one by one. The day's word is to blame when they never meet.
func cronTimetable(six []string, day int) (*Timetable, []*ScheduleError) {
	options := cronOptions
	if !bothDays(six) {
		options |= cron.DowOrDom
	}
	parsed, err := cron.MustNewParser(options).WithMaxSearchYears(cronYears).Parse(strings.Join(six, " "))
	if err != nil {
		return nil, []*ScheduleError{{Problem: err.Error()}}
	}
	wall, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, []*ScheduleError{{Problem: "this is not a cron expression"}}
	}
	wall.Location = time.UTC
	const allHours = 1<<24 - 1
	t := &Timetable{wall: wall, everyHour: wall.Hour&allHours == allHours}
	if isSet := func(field string) bool { return field != "*" && field != "?" }; isSet(six[3]) && isSet(six[5]) {
		t.days = "either counts"
		if bothDays(six) {
			t.days = "both must fit, since one begins with *"
		}
	}
	if wall.Next(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, []*ScheduleError{{
			Word: day, Problem: fmt.Sprintf("this schedule is never due: no month %s has a day %s", six[4], six[3]),
			Hint: "write L as the day for the last one of a month",
		}}
	}
	return t, nil
}

// bothDays reports whether both day fields of an expression have to fit. Otherwise either does.
func bothDays(six []string) bool {
	return strings.HasPrefix(six[3], "*") || strings.HasPrefix(six[5], "*")
}

func parseMacro(words []string, name string) (*Timetable, []*ScheduleError) {
	var names []string
	for _, m := range macros {
		if m[0] != name {
			names = append(names, m[0])
			continue
		}
		if len(words) > 1 {
			return nil, []*ScheduleError{{Word: 1, Problem: fmt.Sprintf("%q is too much behind %s", words[1], name), Hint: "write further times in a @schedule of their own"}}
		}
		return cronTimetable(strings.Fields(m[1]), 0)
	}
	hint := "it is one of " + strings.Join(names, ", ") + ", every"
	if near := nearest.To(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return nil, []*ScheduleError{{Problem: fmt.Sprintf("%q is no schedule", words[0]), Hint: hint}}
}

func parseInterval(words []string) (*Timetable, []*ScheduleError) {
	const hint = `write a duration of whole seconds, such as "every 15m", "every 90s", "every 1h30m" or "every 2d"`
	switch {
	case len(words) == 1:
		return nil, []*ScheduleError{{Word: 1, Problem: "every needs a duration", Hint: hint}}
	case len(words) > 2:
		return nil, []*ScheduleError{{Word: 2, Problem: fmt.Sprintf("%q is too much behind every %s", words[2], words[1]), Hint: hint}}
	}
	d, ok := timetext.ParseDuration(words[1])
	const longest = 366 * 24 * time.Hour
	switch {
	case !ok:
		return nil, []*ScheduleError{{Word: 1, Problem: fmt.Sprintf("%q is not a duration", words[1]), Hint: hint}}
	case d < time.Second || d%time.Second != 0:
		return nil, []*ScheduleError{{Word: 1, Problem: fmt.Sprintf("%q is not a number of whole seconds above zero", words[1]), Hint: hint}}
	case d > longest:
		return nil, []*ScheduleError{{Word: 1, Problem: fmt.Sprintf("%q is longer than a year", words[1]), Hint: hint}}
	}
	return &Timetable{interval: int64(d / time.Second)}, nil
}

// parseSchedule reads a @schedule tag, and finds the place of what is wrong in it.
func parseSchedule(h *Header, t Tag) *HeaderError {
	if err := t.count(1, maxWords, `write a cron expression or an interval, such as "@schedule 0 9 * * 1-5" or "@schedule every 15m"`); err != nil {
		return err
	}
	texts := make([]string, len(t.words))
	for i, w := range t.words {
		texts[i] = w.text
	}
	var wrong *HeaderError
	_, errs := parseTiming(texts)
	for _, err := range errs {
		at := t.words[min(err.Word, len(t.words)-1)].Position
		wrong = wrong.and(errorAt(at, err.Hint, "%s", err.Problem))
	}
	if wrong != nil {
		return wrong
	}
	if again := slices.IndexFunc(h.Schedules, func(s Schedule) bool { return s.Text == t.Value }); again >= 0 {
		return errorAt(t.Position, "keep one of them", "this @schedule is given twice, first on line %s", strconv.Itoa(h.Schedules[again].Line))
	}
	h.Schedules = append(h.Schedules, Schedule{Position: engine.Position{Line: t.words[0].Line, Column: t.words[0].Column}, Text: t.Value})
	return nil
}
