package stdlib

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

func osFuncs() []Func {
	return []Func{
		{"clock", osClock},
		{"date", osDate},
		{"difftime", osDiffTime},
		{"time", osTime},
	}
}

// osClock is the time since the script began, in seconds.
func osClock(L *glua.LState) int {
	L.Push(glua.LNumber(time.Since(threadOf(L).Started()).Seconds()))
	return 1
}

func osDiffTime(L *glua.LState) int {
	L.Push(checkNumber(L, 1) - optNumber(L, 2, 0))
	return 1
}

func osTime(L *glua.LState) int {
	now := threadOf(L).Now()
	if L.Get(1) == glua.LNil {
		L.Push(glua.LNumber(now.Unix()))
		return 1
	}
	t := fullTable(L, 1)
	field := func(name string, otherwise int) int {
		value := t.RawGetString(name)
		if s, ok := value.(glua.LString); ok {
			value = syntax.ParseNumber(string(s))
		}
		n, ok := value.(glua.LNumber)
		if !ok && otherwise < 0 {
			L.RaiseError("field '%s' missing in date table", name)
		}
		if !ok {
			return otherwise
		}
		return int(n)
	}
	at := time.Date(field("year", -1), time.Month(field("month", -1)), field("day", -1),
		field("hour", 12), field("min", 0), field("sec", 0), 0, now.Location())
	L.Push(glua.LNumber(at.Unix()))
	return 1
}

// maxDateFormat bounds the formats of dates: one of many megabytes would keep a script busy after it is stopped.
const maxDateFormat = 64 << 10

func osDate(L *glua.LState) int {
	format := OptString(L, 1, "%c")
	at := threadOf(L).Now()
	if L.Get(2) != glua.LNil {
		seconds := float64(checkNumber(L, 2))
		if math.IsNaN(seconds) || math.Abs(seconds) > 1e14 {
			L.ArgError(2, "time out of range; os.date takes seconds, not milliseconds")
		}
		at = time.Unix(int64(seconds), 0).In(at.Location())
	}
	if rest, ok := strings.CutPrefix(format, "!"); ok {
		format, at = rest, at.UTC()
	}
	if strings.HasPrefix(format, "*t") {
		L.Push(dateTable(L, at))
		return 1
	}
	if len(format) > maxDateFormat {
		L.ArgError(1, fmt.Sprintf("a format may have %d KB", maxDateFormat>>10))
	}
	text, ok := strftime(at, format)
	if !ok {
		L.ArgError(1, "invalid conversion specifier in '"+format+"'")
	}
	L.Push(glua.LString(text))
	return 1
}

func dateTable(L *glua.LState, at time.Time) *glua.LTable {
	t := L.CreateTable(0, 9)
	for _, f := range []struct {
		name  string
		value int
	}{
		{"year", at.Year()},
		{"month", int(at.Month())},
		{"day", at.Day()},
		{"hour", at.Hour()},
		{"min", at.Minute()},
		{"sec", at.Second()},
		{"wday", int(at.Weekday()) + 1},
		{"yday", at.YearDay()},
	} {
		t.RawSetString(f.name, glua.LNumber(f.value))
	}
	t.RawSetString("isdst", glua.LBool(at.IsDST()))
	return t
}

// strftime formats a time in C's way, in the C locale.
func strftime(at time.Time, format string) (string, bool) {
	var b []byte
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b = append(b, format[i])
			continue
		}
		i++
		if i == len(format) {
			return "", false
		}
		if layout, ok := strftimeLayout(format[i]); ok {
			b = at.AppendFormat(b, layout)
			continue
		}
		_, week := at.ISOWeek()
		isoYear, _ := at.ISOWeek()
		switch format[i] {
		case '%':
			b = append(b, '%')
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case 'C':
			b = appendPadded(b, at.Year()/100, 2)
		case 'G':
			b = strconv.AppendInt(b, int64(isoYear), 10)
		case 'g':
			b = appendPadded(b, isoYear%100, 2)
		case 'V':
			b = appendPadded(b, week, 2)
		case 'j':
			b = appendPadded(b, at.YearDay(), 3)
		case 's':
			b = strconv.AppendInt(b, at.Unix(), 10)
		case 'u':
			b = strconv.AppendInt(b, int64((at.Weekday()+6)%7)+1, 10)
		case 'w':
			b = strconv.AppendInt(b, int64(at.Weekday()), 10)
		case 'U':
			b = appendPadded(b, (at.YearDay()+6-int(at.Weekday()))/7, 2)
		case 'W':
			b = appendPadded(b, (at.YearDay()+6-int((at.Weekday()+6)%7))/7, 2)
		default:
			return "", false
		}
	}
	return string(b), true
}

// strftimeLayout is Go's layout for a conversion that has one.
func strftimeLayout(c byte) (string, bool) {
	switch c {
	case 'a':
		return "Mon", true
	case 'A':
		return "Monday", true
	case 'b', 'h':
		return "Jan", true
	case 'B':
		return "January", true
	case 'c':
		return "Mon Jan _2 15:04:05 2006", true
	case 'd':
		return "02", true
	case 'D', 'x':
		return "01/02/06", true
	case 'e':
		return "_2", true
	case 'F':
		return "2006-01-02", true
	case 'H':
		return "15", true
	case 'I':
		return "03", true
	case 'm':
		return "01", true
	case 'M':
		return "04", true
	case 'p':
		return "PM", true
	case 'r':
		return "03:04:05 PM", true
	case 'R':
		return "15:04", true
	case 'S':
		return "05", true
	case 'T', 'X':
		return "15:04:05", true
	case 'y':
		return "06", true
	case 'Y':
		return "2006", true
	case 'z':
		return "-0700", true
	case 'Z':
		return "MST", true
	}
	return "", false
}

func appendPadded(b []byte, n, width int) []byte {
	text := strconv.Itoa(n)
	for range width - len(text) {
		b = append(b, '0')
	}
	return append(b, text...)
}
