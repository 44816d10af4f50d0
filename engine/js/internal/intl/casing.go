package intl

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// localCase maps the letters of a text where a language does it in its own way. It reports whether the language does.
func localCase(name, text string, upper bool) (string, bool) {
	switch {
	case name == "tr" || name == "az":
		mapper := cases.Lower
		if upper {
			mapper = cases.Upper
		}
		return mapper(language.Make(name)).String(text), true
	case name == "el" && upper:
		return greekUpper(text), true
	case name == "lt" && upper:
		return cases.Upper(language.Und).String(removeDots(text)), true
	case name == "lt":
		return cases.Lower(language.Und).String(addDots(text)), true
	}
	return "", false
}

// greekUpper leaves the accents out, as Greek does in capitals. Where that would join two vowels into one sound, the second gets a
// dialytika. The word for "or", a single letter, keeps its accent.
func greekUpper(text string) string {
	var out, plain strings.Builder
	flush := func() {
		out.WriteString(cases.Upper(language.Und).String(plain.String()))
		plain.Reset()
	}
	runes := []rune(text)
	afterAccent, afterLetter, wholeBefore := false, false, false
	for i := 0; i < len(runes); i++ {
		letter := []rune(norm.NFD.String(string(runes[i])))
		if !unicode.Is(unicode.Greek, letter[0]) || !unicode.IsLetter(letter[0]) {
			plain.WriteRune(runes[i])
			afterLetter = unicode.IsLetter(runes[i]) || afterLetter && unicode.Is(unicode.Mn, runes[i])
			afterAccent = false
			continue
		}
		flush()
		whole := len(letter) > 1 // its marks are part of the character, and stay so
		for i+1 < len(runes) && unicode.Is(unicode.Mn, runes[i+1]) {
			i++
			letter = append(letter, runes[i])
		}
		marks := string(letter[1:])
		capital := unicode.ToUpper(letter[0])
		isVowel := strings.ContainsRune("ΑΕΗΙΟΥΩ", capital)
		accent, dialytika := strings.ContainsAny(marks, "\u0300\u0301\u0342"), strings.ContainsRune(marks, '\u0308')
		if afterAccent && (capital == 'Ι' || capital == 'Υ') {
			dialytika = true
		}
		isWord := !afterLetter && (i+1 == len(runes) || !unicode.IsLetter(runes[i+1]))
		subscripts := strings.Count(marks, "\u0345")
		switch {
		case capital == 'Η' && accent && subscripts == 0 && isWord:
			out.WriteString(compose("Η\u0301", whole))
		case dialytika:
			out.WriteString(compose(string(capital)+"\u0308", whole || afterAccent && wholeBefore))
		default:
			out.WriteRune(capital)
		}
		out.WriteString(strings.Repeat("Ι", subscripts))
		afterAccent, afterLetter, wholeBefore = isVowel && accent && !dialytika, true, whole
	}
	flush()
	return out.String()
}

func compose(text string, whole bool) string {
	if whole {
		return norm.NFC.String(text)
	}
	return text
}

// removeDots leaves out the dot that Lithuanian keeps on i and j under an accent: capitals have none.
func removeDots(text string) string {
	var out strings.Builder
	soft := false
	for _, r := range text {
		if r == '\u0307' && soft {
			continue
		}
		out.WriteRune(r)
		soft = strings.ContainsRune("ijį", r)
	}
	return out.String()
}

// addDots writes the dot of small letters that stand under an accent.
func addDots(text string) string {
	text = strings.NewReplacer("Ì", "i\u0307\u0300", "Í", "i\u0307\u0301", "Ĩ", "i\u0307\u0303").Replace(text)
	runes := []rune(text)
	var out strings.Builder
	for i, r := range runes {
		out.WriteRune(r)
		isAccent := i+1 < len(runes) && unicode.Is(unicode.Mn, runes[i+1]) && norm.NFD.PropertiesString(string(runes[i+1])).CCC() == 230
		if strings.ContainsRune("IJĮ", r) && isAccent {
			out.WriteRune('\u0307')
		}
	}
	return out.String()
}
