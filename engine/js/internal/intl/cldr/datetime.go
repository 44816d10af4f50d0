package cldr

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// DateOptions are the options of a date format. An empty one is not set.
type DateOptions struct {
	Weekday, Era, Year, Month, Day, DayPeriod, Hour, Minute, Second string
	FractionalSecondDigits                                          int
	TimeZoneName                                                    string
	DateStyle, TimeStyle                                            string
	HourCycle                                                       string // h11, h12, h23 or h24, or the locale's
	Hour12                                                          string // true or false, or nothing
	NumberingSystem                                                 string
}

// DateFormat formats times in one locale and zone.
type DateFormat struct {
	Zone             Zone
	pattern          []token
	locale           *Locale
	data             *Data
	zero             rune
	minutes, seconds bool // what the pattern shows
}

// style is the place of a style in tables.
func style(name string) int { return slices.Index([]string{"full", "long", "medium", "short"}, name) }

// widths are the letters of fields by option.
var widths = sync.OnceValue(func() map[string]map[string]string {
	return map[string]map[string]string{
		"weekday":   {"narrow": "EEEEE", "short": "EEE", "long": "EEEE"},
		"era":       {"narrow": "GGGGG", "short": "GGG", "long": "GGGG"},
		"year":      {"2-digit": "yy", "numeric": "y"},
		"month":     {"narrow": "MMMMM", "short": "MMM", "long": "MMMM", "2-digit": "MM", "numeric": "M"},
		"day":       {"2-digit": "dd", "numeric": "d"},
		"dayPeriod": {"narrow": "BBBBB", "short": "B", "long": "BBBB"},
		"minute":    {"2-digit": "mm", "numeric": "m"},
		"second":    {"2-digit": "ss", "numeric": "s"},
		"zone":      {"long": "zzzz", "short": "z", "longOffset": "OOOO", "shortOffset": "O"},
	}
})

// hourLetters are how patterns write the hour, in the order of the cycles h11, h12, h23 and h24.
const hourLetters = "KhHk"

// HourCycles are the ways to count the hours of a day.
var HourCycles = []string{"h11", "h12", "h23", "h24"}

// hourLetter is how a skeleton writes the hour.
func (d *Data) hourLetter(o *DateOptions) string {
	half := d.HourCycle == "h" || d.HourCycle == "K"
	switch {
	case o.Hour12 == "true" && !half && d.japaneseHours():
		return "K"
	case o.Hour12 == "true" && !half:
		return "h"
	case o.Hour12 == "false" && half:
		return "H"
	case o.Hour12 != "":
		return d.HourCycle
	}
	if i := slices.Index(HourCycles, o.HourCycle); i >= 0 {
		return hourLetters[i : i+1]
	}
	return d.HourCycle
}

// japaneseHours reports whether the locale's half days begin at 0.
func (d *Data) japaneseHours() bool { return strings.Contains(d.Formats["h"], "K") }

// NewDateFormat returns a format. The options are valid.
func NewDateFormat(l *Locale, z Zone, o DateOptions) *DateFormat {
	d := l.Data()
	f := &DateFormat{Zone: z, locale: l, data: d, zero: systems()[o.NumberingSystem]}
	f.pattern = tokens(d.datePattern(&o))
	for _, item := range f.pattern {
		f.minutes = f.minutes || item.letter == 'm'
		f.seconds = f.seconds || item.letter == 's'
	}
	return f
}

// datePattern is the pattern for the options.
func (d *Data) datePattern(o *DateOptions) string {
	letter := d.hourLetter(o)
	if o.DateStyle != "" || o.TimeStyle != "" {
		return d.stylePattern(o, letter)
	}
	var s strings.Builder
	for _, part := range []struct{ field, option string }{
		{"weekday", o.Weekday}, {"era", o.Era}, {"year", o.Year}, {"month", o.Month}, {"day", o.Day},
		{"dayPeriod", o.DayPeriod},
	} {
		s.WriteString(widths()[part.field][part.option])
	}
	switch o.Hour {
	case "2-digit":
		s.WriteString(letter + letter)
	case "numeric":
		s.WriteString(letter)
	}
	for _, part := range []struct{ field, option string }{{"minute", o.Minute}, {"second", o.Second}, {"zone", o.TimeZoneName}} {
		s.WriteString(widths()[part.field][part.option])
	}
	s.WriteString(strings.Repeat("S", o.FractionalSecondDigits))
	return setHourCycle(d.generator().pattern(s.String()), letter)
}

// stylePattern is the pattern for a style of date, of time, or both.
func (d *Data) stylePattern(o *DateOptions, letter string) string {
	var date, clock string
	if o.DateStyle != "" {
		date = d.Date[style(o.DateStyle)]
	}
	if o.TimeStyle == "" {
		return date
	}
	clock = d.Time[style(o.TimeStyle)]
	pattern := clock
	if date != "" {
		pattern = fill(d.GlueAt[style(o.DateStyle)], clock, date)
	}
	// The locale's own hour cycle is the style's; another needs a pattern of its own.
	if hourOf(pattern) == letter {
		return pattern
	}
	var s strings.Builder
	for _, item := range tokens(pattern) {
		switch item.letter {
		case 0, 'a', 'b', 'B':
		case 'H', 'h', 'K', 'k':
			s.WriteString(strings.Repeat(letter, item.width))
		default:
			s.WriteString(strings.Repeat(string(item.letter), item.width))
		}
	}
	return setHourCycle(d.generator().pattern(s.String()), letter)
}

// hourOf is the letter of a pattern's hour.
func hourOf(pattern string) string {
	for _, item := range tokens(pattern) {
		if letters()[item.letter].field == hour && item.letter != 0 {
			return string(item.letter)
		}
	}
	return ""
}

// setHourCycle writes the hour with a letter.
func setHourCycle(pattern, letter string) string {
	items := tokens(pattern)
	for i, item := range items {
		switch item.letter {
		case 'H', 'h', 'K', 'k':
			items[i].letter = rune(letter[0])
		}
	}
	return untoken(items)
}

// Text returns a time as text. Programs that read dates know no narrow space, so that browsers and Node write a plain one here.
func (f *DateFormat) Text(at time.Time) string {
	return strings.ReplaceAll(Join(f.Format(at)), "\u202f", " ")
}

// Format returns the parts of a time.
func (f *DateFormat) Format(at time.Time) []Part {
	at = at.In(f.Zone.Location)
	parts := make([]Part, 0, len(f.pattern))
	for _, item := range f.pattern {
		kind, text := f.field(item, at)
		if kind == "literal" && len(parts) > 0 && parts[len(parts)-1].Type == kind {
			parts[len(parts)-1].Value += text
			continue
		}
		if text != "" {
			parts = append(parts, Part{Type: kind, Value: text})
		}
	}
	return parts
}

func (f *DateFormat) field(item token, at time.Time) (kind, text string) {
	number := func(n, width int) string { return localDigits(pad(n, width), f.zero) }
	switch item.letter {
	case 0:
		return "literal", item.text
	case 'G':
		n := 1
		if at.Year() <= 0 {
			n = 0
		}
		return "era", f.data.Era.word(item.width, n)
	case 'y':
		n := at.Year()
		if n <= 0 {
			n = 1 - n
		}
		if item.width == 2 {
			return "year", number(n%100, 2)
		}
		return "year", number(n, item.width)
	case 'M', 'L':
		n := int(at.Month())
		if item.width < 3 {
			return "month", number(n, item.width)
		}
		if item.letter == 'L' {
			return "month", f.data.MonthAlone.word(item.width, n-1)
		}
		return "month", f.data.Month.word(item.width, n-1)
	case 'd':
		return "day", number(at.Day(), item.width)
	case 'E', 'e':
		return "weekday", f.data.Day.word(item.width, int(at.Weekday()))
	case 'c':
		return "weekday", f.data.DayAlone.word(item.width, int(at.Weekday()))
	case 'a', 'b':
		return "dayPeriod", f.data.DayPeriod.word(item.width, at.Hour()/12)
	case 'B':
		return "dayPeriod", f.data.DayPeriod.word(item.width, f.dayPeriod(at))
	case 'H':
		return "hour", number(at.Hour(), item.width)
	case 'k':
		return "hour", number((at.Hour()+23)%24+1, item.width)
	case 'h':
		return "hour", number((at.Hour()+11)%12+1, item.width)
	case 'K':
		return "hour", number(at.Hour()%12, item.width)
	case 'm':
		return "minute", number(at.Minute(), item.width)
	case 's':
		return "second", number(at.Second(), item.width)
	case 'S':
		return "fractionalSecond", localDigits(pad(at.Nanosecond(), 9)[:min(item.width, 9)], f.zero)
	default:
		return "timeZoneName", f.zoneText(item, at)
	}
}

// dayPeriod is the part of the day, by its place among DayPeriods.
func (f *DateFormat) dayPeriod(at time.Time) int {
	rules := common().DayPeriods[f.locale.table]
	if rules == "" {
		rules = common().DayPeriods[f.locale.Language()]
	}
	if len(rules) < 24 {
		return at.Hour() / 12
	}
	isNoon := at.Hour() == 12 && !(f.minutes && at.Minute() > 0) && !(f.seconds && at.Second() > 0)
	if isNoon && strings.HasSuffix(rules, "n") {
		return slices.Index(DayPeriods, "noon")
	}
	i := int(rules[at.Hour()] - 'a')
	if i < 0 || i >= len(DayPeriods) || f.data.DayPeriod.Abbreviated[i] == "" {
		return at.Hour() / 12
	}
	return i
}

// zoneText names the zone, or its offset where the locale has no name for it.
func (f *DateFormat) zoneText(item token, at time.Time) string {
	long := item.width == 4
	if item.letter == 'z' {
		if name := f.locale.zoneName(f.Zone.Name, at, long); name != "" {
			return name
		}
	}
	return f.data.offset(at, long, f.zero)
}

// word is a name of a width, as patterns count it.
func (n *Names) word(width, i int) string {
	switch width {
	case 4:
		return n.Wide[i]
	case 5:
		return n.Narrow[i]
	case 6:
		if n.Short != nil {
			return n.Short[i]
		}
	}
	return n.Abbreviated[i]
}

// Fields lists what the pattern shows: the options' names and values, in their order.
func (f *DateFormat) Fields() map[string]string {
	fields := make(map[string]string)
	for _, item := range f.pattern {
		text := strings.Repeat(string(item.letter), item.width)
		switch item.letter {
		case 0:
			continue
		case 'H', 'h', 'K', 'k':
			fields["hour"], fields["hourCycle"] = [2]string{"numeric", "2-digit"}[min(item.width, 2)-1], HourCycles[strings.IndexRune(hourLetters, item.letter)]
			continue
		case 'L':
			text = strings.ReplaceAll(text, "L", "M")
		case 'c', 'e':
			text = strings.Repeat("E", item.width)
		case 'S':
			fields["fractionalSecondDigits"] = text
			continue
		}
		for name, options := range widths() {
			for option, letters := range options {
				if letters == text {
					fields[name] = option
				}
			}
		}
	}
	return fields
}
