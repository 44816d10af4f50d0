package seed

import (
	"strconv"
	"strings"
)

// culture is a country's share of the customers. Every culture has the same number of names, so that a person's number
// selects a name, and a name leads back to the number.
type culture struct {
	Country, language string
	locales           []string
	phone             string
	timezone          int // minutes that UTC is ahead, as JavaScript's getTimezoneOffset counts
	mail              string
	Cities            []city
	women, men, last  []name
}

type city struct {
	name, region        string
	latitude, longitude float64
}

// name is a name as it is written and in the ASCII form that addresses use.
type name struct{ text, ascii string }

const (
	firstNames = 6 // of each gender
	lastNames  = 10
	namesEach  = 2 * firstNames * lastNames
)

// Cultures parses texts/cultures.txt when the first person is made. The columns of a culture's first line are country,
// language, locales, telephone prefix, time zone and mail domain, which ends in .example so that no one can own it. The
// second line has the cities, the third six names of women, six of men and ten family names, as "written:ascii" where
// removing accents is not enough.
func Cultures() []culture { return cultureTable.get(parseCultures) }

var cultureTable lazy[[]culture]

func parseCultures() []culture {
	lines := strings.Split(strings.TrimSpace(readText("cultures")), "\n")
	list := make([]culture, 0, len(lines)/3)
	ascii := plain()
	for i := 0; i+2 < len(lines); i += 3 {
		head := strings.Fields(lines[i])
		c := culture{
			Country: head[0], language: head[1], locales: strings.Split(head[2], ","), phone: head[3], mail: head[5],
		}
		c.timezone = mustInt(head[4])
		for _, entry := range strings.Fields(lines[i+1]) {
			part := strings.Split(entry, "/")
			c.Cities = append(c.Cities, city{part[0], part[1], mustFloat(part[2]), mustFloat(part[3])})
		}
		columns := strings.Split(lines[i+2], "|")
		c.women, c.men = parseNames(columns[0], ascii), parseNames(columns[1], ascii)
		c.last = parseNames(columns[2], ascii)
		list = append(list, c)
	}
	return list
}

func parseNames(column string, plain *strings.Replacer) []name {
	var list []name
	for _, entry := range strings.Fields(column) {
		text, ascii, written := strings.Cut(entry, ":")
		if !written {
			ascii = plain.Replace(strings.ToLower(text))
		}
		list = append(list, name{text, ascii})
	}
	return list
}

// plain writes the Latin letters of the table without their accents.
func plain() *strings.Replacer {
	return strings.NewReplacer(
		"á", "a", "à", "a", "ã", "a", "ä", "a", "å", "a", "ą", "a", "č", "c", "ć", "c", "ç", "c", "é", "e", "è", "e",
		"ê", "e", "ę", "e",
		"í", "i", "ï", "i", "ł", "l", "ń", "n", "ñ", "n", "ó", "o", "ò", "o", "ô", "o", "ö", "o", "ś", "s", "ú", "u",
		"ü", "u", "ź", "z", "ż", "z",
		"-", "", "'", "")
}

func mustInt(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

func mustFloat(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return f
}
