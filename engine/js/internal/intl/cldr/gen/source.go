package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
)

// source is the folder node_modules with CLDR's packages.
type source struct {
	dir  string
	seen map[string]node
}

// node is a place in CLDR's JSON.
type node struct{ value any }

func (s source) read(path ...string) node {
	name := filepath.Join(append([]string{s.dir}, path...)...)
	if n, ok := s.seen[name]; ok {
		return n
	}
	text, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		panic(err)
	}
	s.seen[name] = node{value}
	return node{value}
}

// main reads a file of a locale.
func (s source) main(pkg, locale, name string) node {
	return s.read(pkg, "main", locale, name+".json").at("main", locale)
}

// supplemental reads a file of no locale.
func (s source) supplemental(name string) node {
	return s.read("cldr-core", "supplemental", name+".json").at("supplemental")
}

// at goes down by names. What is not there is an empty node.
func (n node) at(names ...string) node {
	for _, name := range names {
		object, _ := n.value.(map[string]any)
		n = node{object[name]}
	}
	return n
}

func (n node) text(names ...string) string {
	text, _ := n.at(names...).value.(string)
	return text
}

func (n node) keys() []string {
	object, _ := n.value.(map[string]any)
	var keys []string
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// list reads members with these names.
func (n node) list(names ...string) []string {
	var list []string
	for _, name := range names {
		list = append(list, n.text(name))
	}
	return list
}

// strings reads the members that are strings.
func (n node) strings() map[string]string {
	m := make(map[string]string)
	for _, key := range n.keys() {
		if text, ok := n.at(key).value.(string); ok {
			m[key] = text
		}
	}
	return m
}

// locales lists the language and its regions, in this order.
func (s source) locales(language string) []string {
	entries, err := os.ReadDir(filepath.Join(s.dir, "cldr-dates-full", "main"))
	if err != nil {
		panic(err)
	}
	locales := []string{language}
	for _, entry := range entries {
		parts := strings.Split(entry.Name(), "-")
		if parts[0] != language || len(parts) == 1 || entry.Name() == "en-US-POSIX" {
			continue
		}
		if script := parts[1]; len(script) == 4 && script != "Hans" && script != "Hant" || len(parts[len(parts)-1]) > 4 {
			continue
		}
		if s.calendar(entry.Name()) != "gregorian" {
			continue
		}
		locales = append(locales, entry.Name())
	}
	depth := func(locale string) (n int) {
		for locale != language {
			locale = s.parentTag(locale)
			n++
		}
		return n
	}
	slices.SortStableFunc(locales, func(a, b string) int { return depth(a) - depth(b) })
	return locales
}

// parentTag is the locale whose table a locale changes.
func (s source) parentTag(locale string) string {
	language, _, _ := strings.Cut(locale, "-")
	return strings.TrimSuffix(language+"-"+s.parent(locale), "-")
}

// parent is the region, or the script, whose table a locale changes: the language's own is the empty one.
func (s source) parent(locale string) string {
	parent := s.supplemental("parentLocales").text("parentLocales", "parentLocale", locale)
	if parent == "" || parent == "und" {
		parent = locale[:max(strings.LastIndexByte(locale, '-'), 0)]
	}
	_, region, _ := strings.Cut(parent, "-")
	if region == "Hans" {
		return ""
	}
	return region
}

// tags lists the regions and scripts that a language is asked for with, each with its table where that has another name: "AT DE= HK=Hant-HK".
func (s source) tags(language string, tables []string) string {
	tags := slices.Clone(tables)
	add := func(region, table string) {
		if !slices.Contains(tables, region) && !slices.Contains(tags, region+"="+table) {
			tags = append(tags, region+"="+table)
		}
	}
	for _, entry := range s.read("cldr-core", "defaultContent.json").at("defaultContent").value.([]any) {
		tag := entry.(string)
		_, region, _ := strings.Cut(tag, "-")
		if parent := s.parent(tag); strings.HasPrefix(tag, language+"-") && (parent == "" || slices.Contains(tables, parent)) {
			add(region, parent)
		}
	}
	likely := s.supplemental("likelySubtags").at("likelySubtags")
	for _, tag := range slices.Clone(tags) {
		region, table, isAlias := strings.Cut(tag, "=")
		script, region, hasScript := strings.Cut(region, "-")
		if !hasScript {
			continue
		}
		if !isAlias {
			table = script + "-" + region
		}
		usual := likely.text(language + "-" + region)
		if usual == "" {
			usual = likely.text(language)
		}
		if strings.HasPrefix(usual, language+"-"+script+"-") {
			add(region, table)
		}
	}
	slices.Sort(tags)
	return strings.Join(tags, " ")
}

// region is the locale's region, or the one where most speakers of the language live.
func (s source) region(locale string) string {
	parts := strings.Split(locale, "-")
	if last := parts[len(parts)-1]; len(parts) > 1 && len(last) != 4 {
		return last
	}
	likely := s.supplemental("likelySubtags").at("likelySubtags")
	parts = strings.Split(likely.text(locale), "-")
	return parts[len(parts)-1]
}

func (s source) calendar(locale string) string {
	preferences := s.supplemental("calendarPreferenceData").at("calendarPreferenceData")
	calendars, ok := preferences.at(s.region(locale)).value.([]any)
	if !ok {
		return "gregorian"
	}
	return calendars[0].(string)
}

// hourCycle is the hour's letter in the locale's own time formats.
func (s source) hourCycle(locale string) string {
	times := s.supplemental("timeData").at("timeData")
	language, _, _ := strings.Cut(locale, "-")
	region := s.region(locale)
	for _, key := range []string{language + "_" + region, language + "-" + region, region, "001"} {
		if preferred := times.text(key, "_preferred"); preferred != "" {
			return preferred
		}
	}
	panic("no hour cycle for " + locale)
}

var samples = regexp.MustCompile(`\s*@.*`)

// rules reads the plural rules of a locale, which few regions have.
func (s source) rules(kind, locale string) map[string]string {
	rules := make(map[string]string)
	all := s.supplemental(map[string]string{"cardinal": "plurals", "ordinal": "ordinals"}[kind]).at("plurals-type-"+kind, locale)
	for key, text := range all.strings() {
		if rule := strings.TrimSpace(samples.ReplaceAllString(text, "")); rule != "" {
			rules[strings.TrimPrefix(key, "pluralRule-count-")] = rule
		}
	}
	return rules
}

// dayPeriods reads which part of the day each hour belongs to, and writes each as a letter: its place among cldr.DayPeriods.
func dayPeriods(rules node) string {
	hours := []byte(strings.Repeat("?", 24))
	for _, name := range rules.keys() {
		from, before := rules.text(name, "_from"), rules.text(name, "_before")
		if from == "" {
			continue // noon and midnight are moments
		}
		first, _ := strconv.Atoi(from[:2])
		end, _ := strconv.Atoi(before[:2])
		for hour := first; hour%24 != end%24 || hour == first; hour++ {
			hours[hour%24] = byte('a' + slices.Index(cldr.DayPeriods, name))
		}
	}
	if rules.at("noon").value != nil {
		hours = append(hours, 'n')
	}
	return string(hours)
}

func (s source) common() *cldr.Common {
	c := &cldr.Common{
		Locales: map[string]string{}, Aliases: map[string]string{},
		Cardinal: map[string]map[string]string{}, Ordinal: map[string]map[string]string{},
		CurrencyDigits: map[string]int{}, Metazones: map[string]string{}, DayPeriods: map[string]string{},
	}
	for _, language := range languages {
		for _, locale := range s.locales(language) {
			if rules := s.rules("cardinal", locale); len(rules) > 0 {
				c.Cardinal[locale] = rules
			}
			if rules := s.rules("ordinal", locale); len(rules) > 0 {
				c.Ordinal[locale] = rules
			}
		}
	}
	aliases := s.supplemental("aliases").at("metadata", "alias")
	for _, kind := range []string{"languageAlias", "territoryAlias"} {
		for _, from := range aliases.at(kind).keys() {
			to := aliases.text(kind, from, "_replacement")
			if !strings.ContainsAny(from+to, "-_ ") && (kind == "languageAlias" || len(from) == 2) {
				c.Aliases[from] = to
			}
		}
	}
	fractions := s.supplemental("currencyData").at("currencyData", "fractions")
	for _, code := range fractions.keys() {
		if digits := fractions.text(code, "_digits"); digits != "2" && code != "DEFAULT" {
			c.CurrencyDigits[code] = int(digits[0] - '0')
		}
	}
	periods := s.supplemental("dayPeriods").at("dayPeriodRuleSet")
	for _, key := range periods.keys() {
		if language, _, _ := strings.Cut(key, "-"); slices.Contains(languages, language) {
			c.DayPeriods[key] = dayPeriods(periods.at(key))
		}
	}
	s.zones(c)
	return c
}
