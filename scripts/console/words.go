package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/internal/words"
)

// scheduleInWords tells a schedule in English, or answers "" where words would be longer or less exact than the expression.
func scheduleInWords(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return ""
	}
	switch first := strings.ToLower(words[0]); first {
	case "every", "@every":
		return intervalInWords(strings.Join(words[1:], ""))
	case "@hourly":
		return "every hour"
	case "@daily", "@midnight":
		return "every day at 00:00"
	case "@weekly":
		return "on Sundays at 00:00"
	case "@monthly":
		return "on day 1 of every month at 00:00"
	case "@yearly", "@annually":
		return "on 1 January at 00:00"
	}
	if len(words) == 6 && words[0] == "0" {
		words = words[1:]
	}
	if len(words) != 5 {
		return ""
	}
	times, days := timesInWords(words[0], words[1]), daysInWords(words[2], words[3], words[4])
	switch {
	case times == "" || days == "":
		return ""
	case days != everyDay:
		return days + " " + times
	case strings.HasPrefix(times, "at"):
		return everyDay + " " + times
	}
	return times
}

const everyDay = "every day"

func intervalInWords(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d%time.Second != 0 {
		return ""
	}
	var parts []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := int(d / u.size); n > 0 {
			parts = append(parts, words.Count(n, u.name))
			d %= u.size
		}
	}
	if len(parts) == 1 && strings.HasPrefix(parts[0], "1 ") {
		return "every " + parts[0][2:]
	}
	return "every " + strings.Join(parts, " ")
}

// timesInWords tells the minute and hour fields of a cron expression.
func timesInWords(minute, hour string) string {
	if minutes, ok := numbers(minute, nil); ok {
		if hours, ok := numbers(hour, nil); ok {
			if len(minutes)*len(hours) > 4 || slices.Max(minutes) > 59 || slices.Max(hours) > 23 {
				return ""
			}
			var times []string
			for _, h := range hours {
				for _, m := range minutes {
					times = append(times, fmt.Sprintf("%02d:%02d", h, m))
				}
			}
			return "at " + list(times)
		}
		if len(minutes) > 1 {
			return ""
		}
		if from, to, ok := span(hour); ok {
			return fmt.Sprintf("every hour from %02d:%02d to %02d:%02d", from, minutes[0], to, minutes[0])
		}
		every := step(hour, 24, "hour")
		if every == "" || minutes[0] == 0 {
			return every
		}
		return fmt.Sprintf("%s, %s past", every, words.Count(minutes[0], "minute"))
	}
	every := step(minute, 60, "minute")
	if every == "" || hour == "*" {
		return every
	}
	if from, to, ok := span(hour); ok {
		return fmt.Sprintf("%s from %02d:00 to %02d:59", every, from, to)
	}
	if hours, ok := numbers(hour, nil); ok && len(hours) == 1 {
		return fmt.Sprintf("%s from %02d:00 to %02d:59", every, hours[0], hours[0])
	}
	return ""
}

// daysInWords tells the fields of the day, the month and the day of the week.
func daysInWords(day, month, weekday string) string {
	day, weekday = strings.ReplaceAll(day, "?", "*"), strings.ReplaceAll(weekday, "?", "*")
	in := ""
	if month != "*" {
		months, ok := numbers(month, monthNames)
		if !ok || len(months) > 4 {
			return ""
		}
		names := make([]string, len(months))
		for i, m := range months {
			if m < 1 || m > 12 {
				return ""
			}
			names[i] = time.Month(m).String()
		}
		in = list(names)
	}
	switch {
	case day == "*" && weekday == "*" && in == "":
		return everyDay
	case day == "*" && weekday == "*":
		return "every day in " + in
	case day != "*" && weekday != "*":
		return "" // either counts, which is best told by the expression
	case day == "*":
		names := weekdaysInWords(weekday)
		if names != "" && in != "" {
			names += " in " + in
		}
		return names
	case strings.EqualFold(day, "L"):
		if in == "" {
			in = "every month"
		}
		return "on the last day of " + in
	}
	days, ok := numbers(day, nil)
	if !ok || len(days) > 4 {
		return ""
	}
	names := make([]string, len(days))
	for i, d := range days {
		names[i] = strconv.Itoa(d)
	}
	if in == "" {
		in = "every month"
	}
	if len(names) == 1 {
		return "on day " + names[0] + " of " + in
	}
	return "on days " + list(names) + " of " + in
}

func weekdaysInWords(field string) string {
	if from, to, ok := strings.Cut(field, "-"); ok {
		a, okA := number(from, dayNames)
		b, okB := number(to, dayNames)
		if !okA || !okB || a > 6 || b > 7 || a >= b {
			return ""
		}
		return fmt.Sprintf("%s to %s", time.Weekday(a), time.Weekday(b%7))
	}
	days, ok := numbers(field, dayNames)
	if !ok || len(days) > 6 {
		return ""
	}
	names := make([]string, len(days))
	for i, d := range days {
		if d > 7 {
			return ""
		}
		names[i] = time.Weekday(d%7).String() + "s"
	}
	return "on " + list(names)
}

var (
	dayNames   = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	monthNames = []string{"", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
)

func number(text string, names []string) (int, bool) {
	if i := slices.Index(names, strings.ToUpper(text)); i >= 0 && text != "" {
		return i, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

// numbers reads a list of single values.
func numbers(field string, names []string) ([]int, bool) {
	var all []int
	for part := range strings.SplitSeq(field, ",") {
		n, ok := number(part, names)
		if !ok {
			return nil, false
		}
		all = append(all, n)
	}
	return all, true
}

func span(field string) (from, to int, ok bool) {
	a, b, found := strings.Cut(field, "-")
	from, okA := number(a, nil)
	to, okB := number(b, nil)
	return from, to, found && okA && okB && from < to
}

// step tells "*" and "*/n", where n divides the whole and the steps are therefore even.
func step(field string, whole int, unit string) string {
	if field == "*" || field == "*/1" {
		return "every " + unit
	}
	n, ok := number(strings.TrimPrefix(field, "*/"), nil)
	if !ok || !strings.HasPrefix(field, "*/") || n == 0 || whole%n != 0 {
		return ""
	}
	return "every " + words.Count(n, unit)
}

// grouped writes a number with a thin space between thousands.
func grouped(n int) string { return words.Grouped(n, "\u202f") }

func list(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
