// Package cldr formats numbers, dates, lists and relative times as locales do, over tables that are generated from the Unicode Common
// Locale Data Repository. It follows the patterns of Unicode's technical standard 35, and knows no JavaScript.
package cldr

import (
	"bytes"
	"compress/flate"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Version is the version of CLDR that the tables in data were generated from.
const Version = "48"

// Each language has a file with a Data of its own and what its regions change in it, and a second one with the names of time zones,
// which few scripts print. They are JSON, deflated. common.z has what belongs to no language.
//
//go:embed data/*.z
var files embed.FS

// Common is what belongs to no language.
type Common struct {
	// Locales are the regions and scripts that each language is asked for with, each with its table where that has another name: "AT DE="
	// for "de", whose own table is Germany's.
	Locales map[string]string
	// Aliases are languages and regions by their older codes.
	Aliases map[string]string
	// Cardinal and Ordinal are the plural rules of a language, by category.
	Cardinal, Ordinal map[string]map[string]string
	// CurrencyDigits are the decimal digits of the currencies that have not two.
	CurrencyDigits map[string]int
	// DayPeriods are the parts of the day of a language: a letter for each hour, the place among DayPeriods, then "n" if it has a word
	// for noon.
	DayPeriods map[string]string
	// Zones are the names of time zones, one zone per string: the name that results show, then its other names.
	Zones []string
	// Metazones are the kinds of time that a zone has used, with the minutes UTC at which each ended: "A 2006-01-02T15:04 B".
	Metazones map[string]string
}

// Names are words in three or four lengths.
type Names struct {
	Wide        []string `json:",omitempty"`
	Abbreviated []string `json:",omitempty"`
	Narrow      []string `json:",omitempty"`
	Short       []string `json:",omitempty"`
}

// Numbers are the symbols and patterns of one numbering system in one locale.
type Numbers struct {
	Decimal, Group, Percent, Plus, Minus, Exponent, Infinity, NaN string
	// CurrencyDecimal and CurrencyGroup stand for Decimal and Group in amounts, where they differ.
	CurrencyDecimal, CurrencyGroup string
	// Patterns of numbers.
	DecimalPattern, PercentPattern, CurrencyPattern, AccountingPattern string
	// Compact patterns by magnitude and plural category, such as "1000-other".
	CompactShort, CompactLong, CompactCurrency map[string]string
}

// DayPeriods are the parts of the day that locales name, in the order of their names.
var DayPeriods = []string{
	"am", "pm", "midnight", "noon", "morning1", "morning2", "afternoon1", "afternoon2", "evening1", "evening2", "night1", "night2",
}

// Data is what one locale needs.
type Data struct {
	Month, MonthAlone, Day, DayAlone, DayPeriod, Era Names
	// Patterns of the styles full, long, medium and short. Glue joins a date and a time, GlueAt where the time is the date's.
	Date, Time, Glue, GlueAt []string
	// Formats are patterns by skeleton, Append how a field that no pattern has is added, Fields the names of fields.
	Formats, Append, Fields map[string]string
	// OwnFormats are the skeletons whose patterns differ from the parent's, then those whose parent's differ, and so on: they come first.
	OwnFormats []string
	// HourCycle is how a skeleton writes the hour: h, H, k or K.
	HourCycle string
	// GMT and GMTHour write an offset from UTC.
	GMT, GMTHour string
	// NumberingSystem is the default one, and NativeSystem the one besides latn, if any, whose symbols are Native.
	NumberingSystem, NativeSystem string
	MinGrouping                   int
	Latin, Native                 Numbers
	// PercentUnit writes percents in compact notation.
	PercentUnit string
	// Currency has the symbols of currencies other than their codes.
	Currency, CurrencyNarrow map[string]string
	// UnitPattern joins a number with a currency's name, by plural category.
	UnitPattern map[string]string
	// List patterns by type, such as "standard-2", and Relative times by field, such as "day-short:future-one".
	List, Relative map[string]string
}

// zoneNames are the names of kinds of time, and of zones with names of their own: long standard, long daylight, short standard, short
// daylight, separated by tabs.
type zoneNames map[string]string

// regional is the form of the files: the language's own table under the empty name, and what its regions change. A region changes its
// parent's table, where it has one, and else the language's.
type regional struct {
	Regions map[string]json.RawMessage
	Parents map[string]string
}

func readFile(name string, into any) {
	packed, err := files.ReadFile("data/" + name + ".z")
	if err == nil {
		var text []byte
		if text, err = io.ReadAll(flate.NewReader(bytes.NewReader(packed))); err == nil {
			err = json.Unmarshal(text, into)
		}
	}
	if err != nil {
		panic(fmt.Sprintf("cldr: %s: %v", name, err)) // the file is embedded
	}
}

// common is read by the first script that asks for a locale.
var common = sync.OnceValue(func() *Common {
	c := new(Common)
	readFile("common", c)
	return c
})

// tables keeps what was read, for all VMs of the process.
var tables struct {
	sync.Mutex
	files   map[string]*regional
	locales map[string]*Data
	zones   map[string]zoneNames
}

// file returns a language's file. The caller holds the lock.
func file(name string) *regional {
	if f := tables.files[name]; f != nil {
		return f
	}
	f := new(regional)
	readFile(name, f)
	if tables.files == nil {
		tables.files, tables.locales, tables.zones = map[string]*regional{}, map[string]*Data{}, map[string]zoneNames{}
	}
	tables.files[name] = f
	return f
}

// merge reads a region's table into a value: its parent's, then its changes.
func (f *regional) merge(region string, into any) {
	if region != "" {
		f.merge(f.Parents[region], into)
	}
	if text := f.Regions[region]; text != nil {
		if err := json.Unmarshal(text, into); err != nil {
			panic(fmt.Sprintf("cldr: %v", err)) // generated
		}
	}
}

// load returns the table of a locale that Negotiate found.
func load(tag string) *Data {
	language, region, _ := strings.Cut(tag, "-")
	tables.Lock()
	defer tables.Unlock()
	if d := tables.locales[tag]; d != nil {
		return d
	}
	d := new(Data)
	file(language).merge(region, d)
	tables.locales[tag] = d
	return d
}

// loadZones returns the names of time zones in a locale.
func loadZones(tag string) zoneNames {
	language, region, _ := strings.Cut(tag, "-")
	tables.Lock()
	defer tables.Unlock()
	if z := tables.zones[tag]; z != nil {
		return z
	}
	z := make(zoneNames)
	file(language+".zones").merge(region, &z)
	tables.zones[tag] = z
	return z
}
