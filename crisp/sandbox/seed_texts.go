package sandbox

import (
	"slices"
	"strings"
	"sync"
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

var languageSources = [...]struct {
	code, dialogues, nudges, closings, question, explain string
}{
	{"en", dialoguesEnglish, "Any news on this?|Hello? Is somebody there?|Sorry to ask again, but it is a bit urgent.", "Thanks again!|Have a great day.", "How can we help?", "Write it here"},
	{"fr", dialoguesFrench, "Avez-vous des nouvelles ?|Je me permets de vous relancer.", "Encore merci !|Bonne fin de journée.", "Comment pouvons-nous vous aider ?", "Répondez ici"},
	{"de", dialoguesGerman, "Gibt es schon etwas Neues?|Ich wollte noch einmal nachfragen.", "Nochmals danke!|Schönen Tag noch.", "Wie können wir helfen?", "Hier eintragen"},
	{"es", dialoguesSpanish, "¿Hay alguna novedad?|Perdón por insistir, es un poco urgente.", "¡Gracias de nuevo!|Que tengáis buen día.", "¿En qué podemos ayudarte?", "Escríbelo aquí"},
	{"pt", dialoguesPortuguese, "Alguma novidade?|Desculpe insistir, é um pouco urgente.", "Obrigado de novo!|Tenha um ótimo dia.", "Como podemos ajudar?", "Escreva aqui"},
	{"it", dialoguesItalian, "Ci sono novità?|Scusate se insisto, è un po' urgente.", "Grazie ancora!|Buona giornata.", "Come possiamo aiutarti?", "Scrivilo qui"},
	{"nl", dialoguesDutch, "Is er al nieuws?|Ik vraag het nog even na.", "Nogmaals bedankt!|Fijne dag nog.", "Waarmee kunnen we helpen?", "Vul het hier in"},
	{"pl", dialoguesPolish, "Czy coś już wiadomo?|Przepraszam, że ponawiam, to dość pilne.", "Jeszcze raz dziękuję!|Miłego dnia.", "W czym możemy pomóc?", "Wpisz tutaj"},
	{"ja", dialoguesJapanese, "その後いかがでしょうか。|お急ぎで申し訳ありませんが、ご確認をお願いします。", "重ねてお礼申し上げます。|よろしくお願いいたします。", "ご用件をお選びください。", "こちらにご記入ください"},
	{"ar", dialoguesArabic, "هل من جديد؟|أعتذر على الإلحاح، الأمر مستعجل قليلاً.", "شكراً مرة أخرى!|يوماً سعيداً.", "كيف يمكننا مساعدتك؟", "اكتب هنا"},
}

// languages parses the dialogues when the first conversation is made.
var languages = sync.OnceValue(func() []language {
	list := make([]language, 0, len(languageSources))
	for _, src := range languageSources {
		list = append(list, language{
			code: src.code, dialogues: parseDialogues(src.dialogues),
			nudges: parseLines(src.nudges), closings: parseLines(src.closings),
			question: src.question, explain: src.explain,
		})
	}
	return list
})

func parseDialogues(source string) []dialogue {
	var list []dialogue
	for line := range strings.Lines(strings.TrimSpace(source)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		mark, text, _ := strings.Cut(line, " ")
		if mark == "#" {
			list = append(list, dialogue{topic: topic(slices.Index(topicNames[:], text))})
			continue
		}
		last := &list[len(list)-1]
		last.turns = append(last.turns, newTurn(mark == "u", text))
	}
	return list
}

// parseLines parses lines of the customer.
func parseLines(source string) []turn {
	var list []turn
	for text := range strings.SplitSeq(source, "|") {
		list = append(list, newTurn(true, text))
	}
	return list
}

func languageOf(code string) int {
	for i := range languageSources {
		if languageSources[i].code == code {
			return i
		}
	}
	return 0
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
