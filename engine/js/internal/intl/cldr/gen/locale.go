package main

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
)

// data reads the table of a locale.
func (s source) data(locale string) *cldr.Data {
	d := &cldr.Data{HourCycle: s.hourCycle(locale), UnitPattern: map[string]string{}}
	s.dates(d, locale)
	s.numbers(d, locale)
	s.words(d, locale)
	return d
}

var (
	months = strings.Fields("1 2 3 4 5 6 7 8 9 10 11 12")
	days   = strings.Fields("sun mon tue wed thu fri sat")
	eras   = strings.Fields("0 1")
	styles = strings.Fields("full long medium short")
)

func names(n node, members []string) cldr.Names {
	names := cldr.Names{
		Wide: n.at("wide").list(members...), Abbreviated: n.at("abbreviated").list(members...), Narrow: n.at("narrow").list(members...),
	}
	if n.at("short").value != nil {
		names.Short = n.at("short").list(members...)
	}
	return names
}

func (s source) dates(d *cldr.Data, locale string) {
	gregorian := s.main("cldr-dates-full", locale, "ca-gregorian").at("dates", "calendars", "gregorian")
	d.Month, d.MonthAlone = names(gregorian.at("months", "format"), months), names(gregorian.at("months", "stand-alone"), months)
	d.Day, d.DayAlone = names(gregorian.at("days", "format"), days), names(gregorian.at("days", "stand-alone"), days)
	d.DayPeriod = names(gregorian.at("dayPeriods", "format"), cldr.DayPeriods)
	era := gregorian.at("eras")
	d.Era = cldr.Names{Wide: era.at("eraNames").list(eras...), Abbreviated: era.at("eraAbbr").list(eras...), Narrow: era.at("eraNarrow").list(eras...)}
	d.Date, d.Time = gregorian.at("dateFormats").list(styles...), gregorian.at("timeFormats").list(styles...)
	glue := gregorian.at("dateTimeFormats")
	d.Glue, d.GlueAt = glue.list(styles...), gregorian.at("dateTimeFormats-atTime", "standard").list(styles...)
	d.Formats, d.Append = s.formats(locale), glue.at("appendItems").strings()
	for tag := locale; strings.Contains(tag, "-"); tag = s.parentTag(tag) {
		formats, parent := s.formats(tag), s.formats(s.parentTag(tag))
		for _, skeleton := range slices.Sorted(maps.Keys(formats)) {
			if parent[skeleton] != formats[skeleton] && !slices.Contains(d.OwnFormats, skeleton) {
				d.OwnFormats = append(d.OwnFormats, skeleton)
			}
		}
	}
	zones := s.main("cldr-dates-full", locale, "timeZoneNames").at("dates", "timeZoneNames")
	d.GMT, d.GMTHour = zones.text("gmtFormat"), zones.text("hourFormat")
	d.Fields, d.Relative = make(map[string]string), make(map[string]string)
	fields := s.main("cldr-dates-full", locale, "dateFields").at("dates", "fields")
	for _, field := range strings.Fields("era year month weekday day dayperiod hour minute second zone") {
		d.Fields[field] = fields.text(field, "displayName")
	}
	for _, field := range strings.Fields("year quarter month week day hour minute second") {
		for _, style := range []string{"", "-short", "-narrow"} {
			relative(d.Relative, field+style, fields.at(field+style))
		}
	}
}

// formats reads the patterns of a locale by skeleton, without those of weeks and quarters, which JavaScript does not ask for.
func (s source) formats(locale string) map[string]string {
	glue := s.main("cldr-dates-full", locale, "ca-gregorian").at("dates", "calendars", "gregorian", "dateTimeFormats")
	formats := make(map[string]string)
	for skeleton, pattern := range glue.at("availableFormats").strings() {
		if !strings.ContainsAny(skeleton, "-QwW") {
			formats[skeleton] = pattern
		}
	}
	return formats
}

// relative reads the patterns of one unit of time.
func relative(into map[string]string, name string, n node) {
	for key, text := range n.strings() {
		if offset, ok := strings.CutPrefix(key, "relative-type-"); ok {
			into[name+":"+offset] = text
		}
	}
	for _, tense := range []string{"future", "past"} {
		for key, text := range n.at("relativeTime-type-" + tense).strings() {
			into[name+":"+tense+strings.TrimPrefix(key, "relativeTimePattern-count")] = text
		}
	}
}

func (s source) numbers(d *cldr.Data, locale string) {
	n := s.main("cldr-numbers-full", locale, "numbers").at("numbers")
	d.NumberingSystem = n.text("defaultNumberingSystem")
	d.MinGrouping, _ = strconv.Atoi(n.text("minimumGroupingDigits"))
	d.Latin = numbers(n, "latn")
	if native := n.text("otherNumberingSystems", "native"); cldr.IsDigits(native) && native != "latn" {
		d.NativeSystem, d.Native = native, numbers(n, native)
		if reflect.DeepEqual(d.Native.CompactShort, d.Latin.CompactShort) {
			d.Native.CompactShort, d.Native.CompactLong = nil, nil // package cldr takes the others then
		}
	}
	for key, pattern := range n.at("currencyFormats-numberSystem-latn").strings() {
		if category, ok := strings.CutPrefix(key, "unitPattern-count-"); ok {
			d.UnitPattern[category] = pattern
		}
	}
	d.PercentUnit = s.main("cldr-units-full", locale, "units").text("units", "short", "concentr-percent", "unitPattern-count-other")
	d.Currency, d.CurrencyNarrow = make(map[string]string), make(map[string]string)
	currencies := s.main("cldr-numbers-full", locale, "currencies").at("numbers", "currencies")
	for _, code := range currencies.keys() {
		if symbol := currencies.text(code, "symbol"); symbol != "" && symbol != code {
			d.Currency[code] = symbol
		}
		if symbol := currencies.text(code, "symbol-alt-narrow"); symbol != "" && symbol != code && symbol != d.Currency[code] {
			d.CurrencyNarrow[code] = symbol
		}
	}
}

func numbers(n node, system string) cldr.Numbers {
	symbols := n.at("symbols-numberSystem-" + system)
	decimal, currency := n.at("decimalFormats-numberSystem-"+system), n.at("currencyFormats-numberSystem-"+system)
	return cldr.Numbers{
		Decimal: symbols.text("decimal"), Group: symbols.text("group"), Percent: symbols.text("percentSign"),
		Plus: symbols.text("plusSign"), Minus: symbols.text("minusSign"), Exponent: symbols.text("exponential"),
		CurrencyDecimal: symbols.text("currencyDecimal"), CurrencyGroup: symbols.text("currencyGroup"),
		Infinity: symbols.text("infinity"), NaN: symbols.text("nan"),
		DecimalPattern: decimal.text("standard"), PercentPattern: n.text("percentFormats-numberSystem-"+system, "standard"),
		CurrencyPattern: currency.text("standard"), AccountingPattern: currency.text("accounting"),
		CompactShort: compact(decimal.at("short", "decimalFormat")), CompactLong: compact(decimal.at("long", "decimalFormat")),
		CompactCurrency: compact(currency.at("short", "standard")),
	}
}

// compact reads patterns by magnitude and plural category. A category that has the pattern of "other" is left out.
func compact(n node) map[string]string {
	patterns := make(map[string]string)
	for key, pattern := range n.strings() {
		magnitude, category, _ := strings.Cut(key, "-count-")
		if !strings.Contains(key, "-alt-") && (category == "other" || pattern != n.text(magnitude+"-count-other")) {
			patterns[strings.Replace(key, "-count", "", 1)] = pattern
		}
	}
	return patterns
}

func (s source) words(d *cldr.Data, locale string) {
	d.List = make(map[string]string)
	lists := s.main("cldr-misc-full", locale, "listPatterns").at("listPatterns")
	for _, key := range lists.keys() {
		for part, pattern := range lists.at(key).strings() {
			d.List[strings.TrimPrefix(key, "listPattern-type-")+"-"+part] = pattern
		}
	}
}
