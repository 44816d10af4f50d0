package seed

import (
	"embed"
	"slices"
	"strings"
)

// topic is what a conversation is about.
type topic uint8

const (
	topicBilling topic = iota
	topicLogin
	topicShipping
	topicBug
	topicRefund
	topicCancel
	topicFeature
	topicLead
)

var topicNames = [...]string{"billing", "login", "shipping", "bug", "refund", "cancel", "feature", "lead"}

// subjects are the one-line summaries that the inbox shows, by topic.
var subjects = [...][]string{
	topicBilling:  {"Charged twice for the plan", "Invoice with VAT number", "Question about a payment"},
	topicLogin:    {"Cannot sign in", "Password reset does not arrive", "Code is refused"},
	topicShipping: {"Parcel is late", "Tracking does not move", "Delivery address"},
	topicBug:      {"Moisture chart is empty", "Sensor goes offline", "Problem since the update"},
	topicRefund:   {"Return of a sensor", "Refund of an order", "Damaged on arrival"},
	topicCancel:   {"Cancel or pause the plan", "Thinking about leaving", "Pause for the winter"},
	topicFeature:  {"Feature idea", "Sharing and export", "Wish for the app"},
	topicLead:     {"Volume prices", "Question before buying", "Trial for a greenhouse"},
}

// turn is a line of a dialogue, as it is written and in lower case. Slots tells that words are filled in.
type turn struct {
	user        bool
	text, lower string
	slots       bool
}

func newTurn(user bool, text string) turn {
	return turn{user: user, text: text, lower: strings.ToLower(text), slots: strings.Contains(text, "{")}
}

type dialogue struct {
	topic topic
	turns []turn
}

// language is what is said in one language. Nudges follow a message that was not answered; closings end a long thread.
type language struct {
	code             string
	dialogues        []dialogue
	nudges, closings []turn
	question         string // asks the customer to pick or to fill in
	explain          string
}

// texts are the dialogues of each language, and the table of names. They are read when the first record is made.
//
//go:embed texts
var texts embed.FS

// readText reads an embedded file.
func readText(name string) string {
	text, err := texts.ReadFile("texts/" + name + ".txt")
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return string(text)
}

// languageCodes are the languages in the order of their numbers.
var languageCodes = [...]string{"en", "fr", "de", "es", "pt", "it", "nl", "pl", "ja", "ar"}

// languages parses the texts when the first conversation is made.
func languages() []language { return languageTable.get(parseLanguages) }

var languageTable lazy[[]language]

func parseLanguages() []language {
	list := make([]language, len(languageCodes))
	for i, code := range languageCodes {
		list[i] = parseLanguage(code, readText(code))
	}
	return list
}

// parseLanguage reads the texts of a language. Each line begins with a word that says what follows: "question" and
// "explain", a "nudge", a "closing", "#" and the topic of a dialogue, or a line of the last dialogue, which is the
// customer's after "u" and the operator's after "o". Words in braces are filled in for each conversation; see fill.
func parseLanguage(code, source string) language {
	l := language{code: code}
	for line := range strings.Lines(source) {
		mark, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch mark {
		case "":
		case "question":
			l.question = text
		case "explain":
			l.explain = text
		case "nudge":
			l.nudges = append(l.nudges, newTurn(true, text))
		case "closing":
			l.closings = append(l.closings, newTurn(true, text))
		case "#":
			l.dialogues = append(l.dialogues, dialogue{topic: topic(slices.Index(topicNames[:], text))})
		case "u", "o":
			last := &l.dialogues[len(l.dialogues)-1]
			last.turns = append(last.turns, newTurn(mark == "u", text))
		default:
			panic("sandbox: the texts of " + code + " have the unknown line " + line)
		}
	}
	return l
}

// languageOf is the number of a language, that of English when there are no texts in it.
func languageOf(code string) int {
	return max(slices.Index(languageCodes[:], code), 0)
}

// slots are the words that a conversation puts into its texts.
type slots struct {
	first, agent, order, plan, amount, device, city string
}

func (s *slots) lower() {
	for _, word := range [...]*string{&s.first, &s.agent, &s.order, &s.plan, &s.amount, &s.device, &s.city} {
		*word = strings.ToLower(*word)
	}
}

// fill replaces the words in braces.
func (s *slots) fill(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 16)
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		word, after, _ := strings.Cut(rest, "}")
		switch word {
		case "first":
			b.WriteString(s.first)
		case "agent":
			b.WriteString(s.agent)
		case "order":
			b.WriteString(s.order)
		case "plan":
			b.WriteString(s.plan)
		case "amount":
			b.WriteString(s.amount)
		case "device":
			b.WriteString(s.device)
		case "city":
			b.WriteString(s.city)
		default:
			panic("sandbox: a dialogue has the unknown word {" + word + "}")
		}
		text = after
	}
}
