package cldr

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones must not depend on the machine's files
)

// zoneIndex finds time zones by their names in lower case.
type zoneIndex struct {
	// names are as CLDR writes them, shown what results show, and kinds the name by which Metazones knows the zone.
	names, shown map[string]string
	all          []string
}

var zones = sync.OnceValue(func() *zoneIndex {
	index := &zoneIndex{names: make(map[string]string), shown: make(map[string]string)}
	for _, entry := range common().Zones {
		names := strings.Fields(entry)
		first := names[0]
		if first == "Etc/UTC" || first == "Etc/GMT" {
			first = "UTC"
		} else if strings.Contains(first, "/") && !strings.HasPrefix(first, "Etc/") {
			index.all = append(index.all, first)
		}
		for _, name := range names {
			index.names[strings.ToLower(name)], index.shown[strings.ToLower(name)] = name, first
		}
	}
	slices.Sort(index.all)
	index.names["utc"], index.shown["utc"] = "UTC", "UTC"
	return index
})

// Zone is a time zone and the name that results show.
type Zone struct {
	Name     string
	Location *time.Location
}

var loaded sync.Map // of Zone, by name in lower case

// FindZone returns the time zone of a name, which may be written in any case. It fails if there is none.
func FindZone(name string) (Zone, error) {
	key := strings.ToLower(name)
	if z, ok := loaded.Load(key); ok {
		return z.(Zone), nil
	}
	index := zones()
	known := index.names[key]
	if known == "" {
		return Zone{}, fmt.Errorf("invalid time zone specified: %s", name)
	}
	location, err := time.LoadLocation(known)
	if err != nil {
		if location, err = time.LoadLocation(index.shown[key]); err != nil {
			return Zone{}, fmt.Errorf("invalid time zone specified: %s (%w)", name, err)
		}
	}
	z := Zone{index.shown[key], location}
	loaded.Store(key, z)
	return z, nil
}

// ZoneNames lists the time zones, each under one name.
func ZoneNames() []string { return zones().all }

// LocalZone returns the zone of the process, which Date uses. The system may not name it: then it is a zone with the same rules.
func LocalZone() Zone {
	local.Lock()
	defer local.Unlock()
	if local.of != time.Local {
		local.of, local.zone = time.Local, Zone{localName(), time.Local}
	}
	return local.zone
}

var local struct {
	sync.Mutex
	of   *time.Location
	zone Zone
}

func localName() string {
	var candidates []string
	if name := time.Local.String(); name != "Local" {
		candidates = append(candidates, name)
	} else if name, ok := os.LookupEnv("TZ"); ok {
		candidates = append(candidates, cmp.Or(strings.TrimPrefix(name, ":"), "UTC"))
	} else if target, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(filepath.ToSlash(target), "/zoneinfo/"); ok {
			candidates = append(candidates, name)
		}
	}
	for _, name := range append(append(candidates, "UTC"), zones().all...) {
		if z, err := FindZone(name); err == nil && sameRules(z.Location, time.Local) {
			return z.Name
		}
	}
	return "UTC"
}

// sameRules compares two locations in each month of two decades: Windows knows the present rules only.
func sameRules(a, b *time.Location) bool {
	for year := 2018; year < 2038; year++ {
		for month := time.January; month <= time.December; month++ {
			at := time.Date(year, month, 15, 0, 0, 0, 0, time.UTC)
			_, x := at.In(a).Zone()
			if _, y := at.In(b).Zone(); x != y {
				return false
			}
		}
	}
	return true
}

// metazone is the kind of time that a zone uses at a time, or "".
func metazone(zone string, at time.Time) string {
	uses := common().Metazones[zone]
	if uses == "" {
		uses = common().Metazones[zones().first(zone)]
	}
	if at.Unix() < 0 {
		return "" // the tables begin in 1970
	}
	name := ""
	for i, word := range strings.Fields(uses) {
		if i%2 == 0 {
			name = word
			continue
		}
		if until, err := time.Parse("2006-01-02T15:04", word); err == nil && at.Before(until) {
			return name
		}
		name = ""
	}
	return name
}

// first is the name that CLDR's tables use for a zone.
func (z *zoneIndex) first(name string) string {
	if name == "UTC" {
		return "Etc/UTC"
	}
	return z.shown[strings.ToLower(name)]
}

// zoneName is the name of a zone at a time, or "" where the locale has none for it.
func (l *Locale) zoneName(zone string, at time.Time, long bool) string {
	names := loadZones(l.table)
	form := 0
	if isDaylight(zone, at) {
		form = 1
	}
	if !long {
		form += 2
	}
	for _, key := range []string{zones().first(zone), metazone(zone, at)} {
		forms := strings.Split(names[key], "\t")
		if form < len(forms) && forms[form] != "" {
			return forms[form]
		}
	}
	return ""
}

// isDaylight reports whether a zone's clocks are ahead. Ireland's law has it the other way round.
func isDaylight(zone string, at time.Time) bool {
	if zone == "Europe/Dublin" && at.Year() > 1971 {
		_, offset := at.Zone()
		return offset != 0
	}
	return at.IsDST()
}

// offset writes a zone's offset from UTC as the locale does: GMT+1, or GMT+01:00 when long.
func (d *Data) offset(at time.Time, long bool, zero rune) string {
	_, seconds := at.Zone()
	positive, negative, _ := strings.Cut(d.GMTHour, ";")
	pattern := positive
	if seconds < 0 {
		pattern, seconds = negative, -seconds
	}
	minutes, rest := seconds/60%60, seconds%60
	var text strings.Builder
	items := tokens(pattern)
	digits := 1
	if long {
		digits = 2
	}
	for i, item := range items {
		switch item.letter {
		case 0:
			text.WriteString(item.text)
		case 'H':
			text.WriteString(pad(seconds/3600, digits))
			if !long && minutes == 0 && rest == 0 {
				items = nil // the rest of the pattern is for the minutes
			}
		case 'm':
			text.WriteString(pad(minutes, 2))
			if rest != 0 {
				text.WriteString(items[i-1].text + pad(rest, 2))
			}
		}
		if items == nil {
			break
		}
	}
	return strings.Replace(d.GMT, "{0}", localDigits(text.String(), zero), 1)
}
