package cldr

import (
	"slices"
	"strings"
	"testing"
)

func TestNegotiate(t *testing.T) {
	for asked, want := range map[string]string{
		"":                "en-US en",
		"de":              "de de",
		"de-DE":           "de-DE de",
		"de-AT":           "de-AT de-AT",
		"de-US":           "de de",
		"de-AT-1996":      "de-AT de-AT",
		"en-GB-u-hc-h12":  "en-GB en-GB",
		"pt-BR":           "pt-BR pt",
		"es-MX":           "es-MX es-MX",
		"zh-TW":           "zh-TW zh-Hant",
		"zh-HK":           "zh-HK zh-Hant-HK",
		"zh-CN":           "zh-CN zh",
		"zh-Hant-XX":      "zh-Hant zh-Hant",
		"xx fr-CA de":     "fr-CA fr-CA",
		"ar-EG-u-nu-latn": "ar-EG ar-EG",
	} {
		l, err := Negotiate(strings.Fields(asked))
		if err != nil {
			t.Errorf("%s: %v", asked, err)
			continue
		}
		if got := l.Tag + " " + l.table; got != want {
			t.Errorf("%s: %s, want %s", asked, got, want)
		}
	}
	for _, asked := range []string{"xx", "sr", "tlh-DE", "th fa"} {
		if l, err := Negotiate(strings.Fields(asked)); err == nil {
			t.Errorf("%s: found %s", asked, l.Tag)
		}
	}
}

// TestTables loads every table, and asks each for what all of them must have.
func TestTables(t *testing.T) {
	languages := Languages()
	for _, language := range strings.Fields("en fr de es it pt nl pl ru tr ar ja ko zh") {
		if !slices.Contains(languages, language) {
			t.Errorf("no table for %s", language)
		}
	}
	for language, tables := range available() {
		for region := range tables {
			tag := strings.TrimSuffix(language+"-"+region, "-")
			l, ok := Find(tag)
			if !ok || l.Tag != tag {
				t.Fatalf("%s is not found", tag)
			}
			d := l.Data()
			for i, n := range []Names{d.Month, d.MonthAlone, d.Day, d.DayAlone, d.Era} {
				for _, list := range [][]string{n.Wide, n.Abbreviated, n.Narrow} {
					if len(list) < 2 || slices.Contains(list, "") {
						t.Errorf("%s: names %d are incomplete: %q", tag, i, list)
					}
				}
			}
			for _, text := range slices.Concat(d.Date, d.Time, d.Glue, d.GlueAt, []string{d.GMT, d.GMTHour, d.HourCycle, d.Latin.Decimal, d.Latin.CurrencyPattern, d.NumberingSystem}) {
				if text == "" {
					t.Errorf("%s: a pattern is empty", tag)
				}
			}
			if !IsDigits(d.NumberingSystem) || d.NumberingSystem != "latn" && d.NumberingSystem != d.NativeSystem {
				t.Errorf("%s: numbering system %s", tag, d.NumberingSystem)
			}
			if !strings.Contains("KhHk", d.HourCycle) {
				t.Errorf("%s: hour cycle %s", tag, d.HourCycle)
			}
			if loadZones(l.table)["Europe_Central"] == "" {
				t.Errorf("%s: no names of time zones", tag)
			}
			for _, unit := range RelativeUnits {
				if d.Relative[unit+":past-other"] == "" || d.Relative[unit+"-narrow:future-other"] == "" {
					t.Errorf("%s: no relative times for %s", tag, unit)
				}
			}
		}
	}
}
