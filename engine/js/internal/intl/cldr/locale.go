package cldr

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Default is the locale of scripts that ask for none.
const Default = "en-US"

// Locale is a locale that there is a table for.
type Locale struct {
	// Tag is what was found of the tag that was asked for, such as "de-AT".
	Tag string
	// Asked is the whole tag, and Keywords what its extension u asks for, such as "nu" for the digits.
	Asked    string
	Keywords map[string]string

	table string
}

// Data returns the locale's table.
func (l *Locale) Data() *Data { return load(l.table) }

// Language is the locale's language.
func (l *Locale) Language() string {
	language, _, _ := strings.Cut(l.Tag, "-")
	return language
}

// Expressions are compiled when the first script needs them.
var tagForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:([a-z]{2,3}|[a-z]{5,8})(-[a-z]{4})?(-(?:[a-z]{2}|[0-9]{3}))?((?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)((?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*)(-x(?:-[a-z0-9]{1,8})+)?)$`)
})

// Canonicalize returns the canonical form of a language tag. It fails if the tag is not well formed.
func Canonicalize(tag string) (string, error) {
	parts := tagForm().FindStringSubmatch(tag)
	if parts == nil {
		return "", errors.New("not a language tag")
	}
	language := strings.ToLower(parts[1])
	if newer := common().Aliases[language]; newer != "" {
		language = newer
	}
	script := strings.ToLower(parts[2])
	if script != "" {
		script = "-" + strings.ToUpper(script[1:2]) + script[2:]
	}
	region := strings.ToUpper(strings.TrimPrefix(parts[3], "-"))
	if newer := common().Aliases[region]; newer != "" {
		region = newer
	}
	if region != "" {
		region = "-" + region
	}
	variants := strings.Split(strings.ToLower(parts[4]), "-")[1:]
	extensions, err := sortExtensions(strings.ToLower(parts[5]))
	slices.Sort(variants)
	if err != nil || len(slices.Compact(slices.Clone(variants))) != len(variants) {
		return "", errors.New("a part occurs twice")
	}
	for _, variant := range variants {
		region += "-" + variant
	}
	return language + script + region + extensions + strings.ToLower(parts[6]), nil
}

var extensionStart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`-[a-z0-9]-`) })

// sortExtensions puts extensions in the order of their letters, and the keywords of u in the order of their names.
func sortExtensions(text string) (string, error) {
	var extensions []string
	starts := extensionStart().FindAllStringIndex(text, -1)
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		extension := text[at[0]:end]
		for _, other := range extensions {
			if other[:2] == extension[:2] {
				return "", errors.New("an extension occurs twice")
			}
		}
		if strings.HasPrefix(extension, "-u-") {
			attributes, keywords := keywords(extension)
			extension = "-u" + attributes
			for _, key := range slices.Sorted(mapKeys(keywords)) {
				extension += "-" + key
				if value := keywords[key]; value != "" && value != "true" {
					extension += "-" + value
				}
			}
		}
		extensions = append(extensions, extension)
	}
	slices.Sort(extensions)
	return strings.Join(extensions, ""), nil
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// keywords reads the extension u: its attributes, as text, and its keywords, of which the first counts.
func keywords(extension string) (attributes string, keys map[string]string) {
	keys = make(map[string]string)
	var key string
	var values []string
	end := func() {
		if _, taken := keys[key]; key != "" && !taken {
			keys[key] = strings.Join(values, "-")
		}
		values = nil
	}
	for _, part := range strings.Split(strings.TrimPrefix(extension, "-u-"), "-") {
		switch {
		case len(part) == 2:
			end()
			key = part
		case key == "":
			attributes += "-" + part
		default:
			values = append(values, part)
		}
	}
	end()
	return attributes, keys
}

// available are the tables by language, and by region.
var available = sync.OnceValue(func() map[string]map[string]string {
	languages := make(map[string]map[string]string)
	for language, tags := range common().Locales {
		tables := map[string]string{"": language}
		for _, tag := range strings.Fields(tags) {
			region, table, isAlias := strings.Cut(tag, "=")
			if !isAlias {
				table = region
			}
			tables[region] = strings.TrimSuffix(language+"-"+table, "-")
		}
		languages[language] = tables
	}
	return languages
})

// Languages lists the languages that there are tables for.
func Languages() []string { return slices.Sorted(mapKeys(common().Locales)) }

// Find returns the table for a canonical tag: that of the longest part of the tag, from its start, that has one. It reports whether
// there is any.
func Find(tag string) (*Locale, bool) {
	base, extension := tag, ""
	if at := extensionStart().FindStringIndex(tag); at != nil {
		base, extension = tag[:at[0]], tag[at[0]:]
	}
	language, region, _ := strings.Cut(base, "-")
	tables := available()[language]
	if tables == nil {
		return nil, false
	}
	table, found := tables[region]
	for !found {
		region = region[:max(strings.LastIndexByte(region, '-'), 0)]
		table, found = tables[region]
	}
	l := &Locale{Tag: strings.TrimSuffix(language+"-"+region, "-"), Asked: tag, table: table}
	if at := strings.Index(extension, "-u-"); at >= 0 {
		unicode := extension[at:]
		if next := extensionStart().FindStringIndex(unicode[2:]); next != nil {
			unicode = unicode[:next[0]+2]
		}
		_, l.Keywords = keywords(unicode)
	}
	return l, true
}

// Negotiate returns the first of the canonical tags that has a table, or the default for none. It fails if there are tags, but no
// table for any of their languages.
func Negotiate(tags []string) (*Locale, error) {
	if len(tags) == 0 {
		tags = []string{Default}
	}
	for _, tag := range tags {
		if l, ok := Find(tag); ok {
			return l, nil
		}
	}
	return nil, fmt.Errorf("no data for the locale %s (languages: %s)", strings.Join(tags[:min(len(tags), 5)], ", "), strings.Join(Languages(), ", "))
}
