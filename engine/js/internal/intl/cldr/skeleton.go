package cldr

import (
	"math/bits"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A skeleton names the fields that a date shows, each by its letter as often as it is wide: yMMMd. The pattern for one is found as
// Unicode's technical standard 35 describes it: the nearest skeleton of the locale's patterns, whose fields are then widened or
// narrowed; fields which no pattern has are appended.

// field is a place in a date that a letter fills.
type field int

const (
	era field = iota
	year
	month
	weekday
	day
	dayPeriod
	hour
	minute
	second
	fraction
	zone
	fieldCount
)

// dateFields and timeFields are sets of fields, as bits.
const (
	dateFields = 1<<dayPeriod - 1
	timeFields = 1<<fieldCount - 1 - dateFields
)

// kinds of fields, by how far they are from each other: a number is far from a word, and a wide word near a narrow one.
const (
	numeric  = 0x100
	narrow   = -0x101
	shorter  = -0x102
	short    = -0x103
	long     = -0x104
	distance = 0x10 // between letters of one field
)

// letters lists what letters mean, by width: a width counts for those above it as well. Words are negative kinds.
var letters = sync.OnceValue(func() map[rune]letter {
	return map[rune]letter{
		'G': {era, []int{short, short, short, long, narrow}},
		'y': {year, []int{numeric}},
		'M': {month, []int{numeric, numeric, short, long, narrow}},
		'L': {month, []int{numeric + distance, numeric + distance, short - distance, long - distance, narrow - distance}},
		'E': {weekday, []int{short, short, short, long, narrow, shorter}},
		'c': {weekday, []int{numeric + 2*distance, numeric + 2*distance, short - 2*distance, long - 2*distance, narrow - 2*distance, shorter - 2*distance}},
		'e': {weekday, []int{numeric + distance, numeric + distance, short - distance, long - distance, narrow - distance, shorter - distance}},
		'd': {day, []int{numeric}},
		'a': {dayPeriod, []int{short, short, short, long, narrow}},
		'b': {dayPeriod, []int{short - distance, short - distance, short - distance, long - distance, narrow - distance}},
		'B': {dayPeriod, []int{short - 3*distance, short - 3*distance, short - 3*distance, long - 3*distance, narrow - 3*distance}},
		'H': {hour, []int{numeric + 10*distance}},
		'k': {hour, []int{numeric + 11*distance}},
		'h': {hour, []int{numeric}},
		'K': {hour, []int{numeric + distance}},
		'm': {minute, []int{numeric}},
		's': {second, []int{numeric}},
		'S': {fraction, []int{numeric}},
		'v': {zone, []int{short - 2*distance, short - 2*distance, short - 2*distance, long - 2*distance}},
		'z': {zone, []int{short, short, short, long}},
		'Z': {zone, []int{narrow - distance, narrow - distance, narrow - distance, long - distance, short - distance}},
		'O': {zone, []int{short - distance, short - distance, short - distance, long - distance}},
	}
})

type letter struct {
	field field
	kinds []int // of the width 1, 2, and so on
}

// kind is the kind of a width.
func (l letter) kind(width int) int { return l.kinds[min(width, len(l.kinds))-1] }

// appended are the names under which CLDR says how a field is added, by field.
var appended = [fieldCount]struct{ item, name string }{
	era: {"Era", "era"}, year: {"Year", "year"}, month: {"Month", "month"}, weekday: {"Day-Of-Week", "weekday"}, day: {"Day", "day"},
	dayPeriod: {"", "dayperiod"}, hour: {"Hour", "hour"}, minute: {"Minute", "minute"}, second: {"Second", "second"}, zone: {"Timezone", "zone"},
}

// skeleton is the letter, the width and the kind of each field; a field that is not there has the width 0.
type skeleton [fieldCount]struct {
	letter rune
	width  int
	kind   int
}

func (s *skeleton) mask() (mask int) {
	for i := range s {
		if s[i].width > 0 {
			mask |= 1 << i
		}
	}
	return mask
}

// parseSkeleton reads the fields of a skeleton or of a pattern.
func parseSkeleton(text string) (s skeleton) {
	for _, item := range tokens(text) {
		letter, ok := letters()[item.letter]
		if !ok {
			continue
		}
		kind := letter.kind(item.width)
		if kind > 0 {
			kind += item.width
		}
		s[letter.field].letter, s[letter.field].width, s[letter.field].kind = item.letter, item.width, kind
	}
	switch s[hour].letter {
	case 'h', 'K':
		if s[dayPeriod].width == 0 {
			s[dayPeriod].letter, s[dayPeriod].width, s[dayPeriod].kind = 'a', 1, short
		}
	case 'H', 'k':
		s[dayPeriod].letter, s[dayPeriod].width, s[dayPeriod].kind = 0, 0, 0
	}
	if s[fraction].width > 0 && s[second].width == 0 && s[minute].width > 0 {
		s[second].letter, s[second].width, s[second].kind = 's', 1, numeric+1
	}
	return s
}

// token is a field of a pattern, or text between fields, which has no letter.
type token struct {
	letter rune
	width  int
	text   string
}

// tokens cuts a pattern.
func tokens(pattern string) (items []token) {
	literal := func(text string) {
		if n := len(items); n > 0 && items[n-1].letter == 0 {
			items[n-1].text += text
			return
		}
		items = append(items, token{text: text})
	}
	quoted := false
	runes := []rune(pattern)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == '\'' && i+1 < len(runes) && runes[i+1] == '\'':
			literal("'")
			i++
		case r == '\'':
			quoted = !quoted
		case quoted || (r < 'a' || r > 'z') && (r < 'A' || r > 'Z'):
			literal(string(r))
		case len(items) > 0 && items[len(items)-1].letter == r && runes[i-1] == r:
			items[len(items)-1].width++
		default:
			items = append(items, token{letter: r, width: 1})
		}
	}
	return items
}

// untoken writes a pattern of its parts.
func untoken(items []token) string {
	var text strings.Builder
	for _, item := range items {
		if item.letter != 0 {
			text.WriteString(strings.Repeat(string(item.letter), item.width))
			continue
		}
		rest := strings.TrimLeft(item.text, "'")
		text.WriteString(strings.Repeat("''", len(item.text)-len(rest)))
		if strings.ContainsAny(rest, "'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			rest = "'" + strings.ReplaceAll(rest, "'", "''") + "'"
		}
		text.WriteString(rest)
	}
	return text.String()
}

// candidate is a pattern of a locale.
type candidate struct {
	skeleton skeleton
	pattern  string
	// named candidates have a skeleton of their own; that of the others is what they show.
	named bool
}

// generator finds patterns in one locale.
type generator struct {
	data       *Data
	candidates []candidate
	found      sync.Map // patterns by skeleton, up to maxFound
	count      atomic.Int32
}

var generators sync.Map // by *Data

func (d *Data) generator() *generator {
	if g, ok := generators.Load(d); ok {
		return g.(*generator)
	}
	g := &generator{data: d}
	for _, text := range []string{"G", "y", "M", "E", "d", "a", "H", "m", "s", "S", "v"} {
		g.add(text, "")
	}
	for _, pattern := range slices.Concat(d.Date, d.Time) {
		g.add(pattern, "")
	}
	for _, text := range append(slices.Clone(d.OwnFormats), slices.Sorted(mapKeys(d.Formats))...) {
		if d.Formats[text] != "" {
			g.add(d.Formats[text], text)
		}
	}
	made, _ := generators.LoadOrStore(d, g)
	return made.(*generator)
}

// add adds a pattern. One with a skeleton of its own replaces one without.
func (g *generator) add(pattern, text string) {
	c := candidate{parseSkeleton(pattern), pattern, text != ""}
	if text != "" {
		c.skeleton = parseSkeleton(text)
	}
	base := c.base()
	for i := range g.candidates {
		other := &g.candidates[i]
		if other.skeleton == c.skeleton || !c.named && other.base() == base {
			if c.named && !other.named {
				*other = c
			}
			return
		}
	}
	g.candidates = append(g.candidates, c)
}

// base is what a skeleton shows whatever the widths of numbers.
func (c *candidate) base() string {
	var text strings.Builder
	for _, f := range c.skeleton {
		if f.width > 0 {
			width := f.width
			if f.kind > 0 {
				width = 1
			}
			text.WriteString(strings.Repeat(string(f.letter), width))
		}
	}
	return text.String()
}

// distances between skeletons of different fields.
const (
	extraField   = 0x10000
	missingField = 0x1000
)

// nearest returns the candidate nearest to the wanted fields, and which of them it lacks and has more.
func (g *generator) nearest(want *skeleton, mask int) (best *candidate, missing, extra int) {
	least := int(^uint(0) >> 1)
	for i := range g.candidates {
		c := &g.candidates[i]
		d, lacks, has := 0, 0, 0
		for f := range c.skeleton {
			mine := 0
			if mask&(1<<f) != 0 {
				mine = want[f].kind
			}
			switch other := c.skeleton[f].kind; {
			case mine == other:
			case mine == 0:
				d += extraField
				has |= 1 << f
			case other == 0:
				d += missingField
				lacks |= 1 << f
			default:
				d += max(mine-other, other-mine)
			}
		}
		if d < least || d == least && missing < lacks {
			best, least, missing, extra = c, d, lacks, has
		}
		if d == 0 {
			break
		}
	}
	return best, missing, extra
}

// maxFound bounds the patterns that are kept for a locale. A script can ask for very many.
const maxFound = 500

// pattern returns the pattern for a skeleton.
func (g *generator) pattern(text string) string {
	if p, ok := g.found.Load(text); ok {
		return p.(string)
	}
	p := g.find(text)
	if g.count.Add(1) <= maxFound {
		g.found.Store(text, p)
	}
	return p
}

func (g *generator) find(text string) string {
	want := parseSkeleton(text)
	best, missing, extra := g.nearest(&want, 1<<fieldCount-1)
	if missing == 0 && extra == 0 {
		return g.adjust(best, &want, false)
	}
	date, time := g.appending(&want, want.mask()&dateFields), g.appending(&want, want.mask()&timeFields)
	switch {
	case date == "":
		return time
	case time == "":
		return date
	}
	style := 3
	switch {
	case want[month].width == 4 && want[weekday].width > 0:
		style = 0
	case want[month].width == 4:
		style = 1
	case want[month].width == 3:
		style = 2
	}
	return fill(g.data.GlueAt[style], time, date)
}

// appending returns the nearest pattern for some of the fields. Of those that it lacks a pattern for one, or for some, is appended.
func (g *generator) appending(want *skeleton, mask int) string {
	if mask == 0 {
		return ""
	}
	best, missing, _ := g.nearest(want, mask)
	pattern := g.adjust(best, want, false)
	const seconds = 1<<second | 1<<fraction
	if missing&seconds == 1<<fraction && mask&seconds == seconds {
		pattern = g.adjust(&candidate{best.skeleton, pattern, best.named}, want, true)
		missing &^= 1 << fraction
	}
	if missing == 0 {
		return pattern
	}
	next, still, _ := g.nearest(want, missing)
	top := field(bits.Len(uint(missing&^still)) - 1)
	if top < 0 {
		return pattern
	}
	item, name := g.data.Append[appended[top].item], g.data.Fields[appended[top].name]
	if item == "" {
		item = "{0} ├{2}: {1}┤"
	}
	if name == "" {
		name = "F14" // fractions of seconds have no name
	}
	return strings.ReplaceAll(fill(item, pattern, g.adjust(next, want, false)), "{2}", "'"+strings.ReplaceAll(name, "'", "''")+"'")
}

// fill puts two texts into a pattern such as "{1}, {0}".
func fill(pattern, zero, one string) string {
	return strings.NewReplacer("{0}", zero, "{1}", one).Replace(pattern)
}

// adjust gives the fields of a pattern the widths that are wanted.
func (g *generator) adjust(c *candidate, want *skeleton, withFraction bool) string {
	items := tokens(c.pattern)
	var adjusted []token
	for _, item := range items {
		letter, ok := letters()[item.letter]
		if !ok {
			adjusted = append(adjusted, item)
			continue
		}
		f := letter.field
		if withFraction && f == second {
			adjusted = append(adjusted, item, token{text: g.data.numbers(g.data.NumberingSystem).Decimal}, token{letter: 'S', width: want[fraction].width})
			continue
		}
		if want[f].width == 0 {
			adjusted = append(adjusted, item)
			continue
		}
		asked := want[f].width
		if want[f].letter == 'E' && asked < 3 {
			asked = 3
		}
		width := asked
		switch {
		case f == minute || f == second:
			width = item.width
		case c.named && want[f].letter != 'c' && want[f].letter != 'e':
			own := c.skeleton[f]
			isNumber := letter.kind(item.width) > 0
			if own.width == asked || isNumber != (own.kind > 0) {
				width = item.width
			}
		}
		shown := want[f].letter
		switch f {
		case hour, month, weekday, year:
			shown = item.letter
		}
		if shown == 'E' && width < 3 {
			shown = 'e'
		}
		adjusted = append(adjusted, token{letter: shown, width: width})
	}
	return untoken(adjusted)
}
