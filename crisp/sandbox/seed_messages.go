package sandbox

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// script writes the messages of one conversation.
type script struct {
	world    *world
	index    int
	plan     *plan
	dice     dice
	speech   *language
	slots    slots
	customer messageUser
	staff    messageUser
	lines    []line
	// words leaves out everything but the texts, which are in lower case then.
	words bool
}

// line is a message before it has a place in time. Without content it is a text or a note. Weight is how long it takes to come, compared with the others.
type line struct {
	kind    string
	user    bool
	content jsontext.Value
	text    string
	weight  int
	mention string
}

// messages writes the messages of a planned conversation, oldest first.
func (w *world) messages(index int, p *plan) []message {
	if p.empty {
		return nil
	}
	s := script{world: w, index: index, plan: p, dice: w.dice(kindMessages, index), speech: &languages()[p.language]}
	s.cast()
	s.write()
	s.enrich()
	if p.state == stateResolved {
		s.lines = append(s.lines, line{kind: "event", content: encode(eventContent{Namespace: "state:resolved"}), weight: 6})
	}
	return s.schedule()
}

// texts are the words of a planned conversation in lower case, without its messages, for the search.
func (w *world) texts(index int, p *plan, yield func(string) bool) {
	if p.empty {
		return
	}
	s := script{world: w, index: index, plan: p, dice: w.dice(kindMessages, index), speech: &languages()[p.language], words: true}
	s.cast()
	s.write()
	s.enrich()
	for i := range s.lines {
		if !yield(s.lines[i].text) {
			return
		}
	}
}

func (s *script) cast() {
	if !s.words {
		s.customer.UserID = "session_" + s.world.uuid(kindConversation, s.index)
	}
	town := ""
	if s.plan.person >= 0 {
		p := s.world.person(s.plan.person)
		s.slots.first, town = p.first.text, p.city.name
		if p.culture.language == "ja" {
			s.slots.first = p.last.text
		}
		s.customer.Nickname = p.nickname()
	} else {
		s.customer.Nickname = s.world.visitorName(s.index)
		s.slots.first = s.customer.Nickname
		town = pick(&s.dice, cultures()[s.plan.culture].cities).name
	}
	agent := &staff[s.plan.operator]
	if !s.words {
		s.staff = messageUser{UserID: s.world.uuid(kindOperator, s.plan.operator), Nickname: agent.first, Avatar: operatorAvatar(s.plan.operator)}
	}
	s.slots.agent = agent.first
	s.slots.city = town
	s.slots.order = "FL-" + strconv.Itoa(s.dice.between(20000, 98999))
	s.slots.plan = plans[s.dice.below(len(plans))]
	s.slots.amount = amounts[s.dice.below(len(amounts))]
	s.slots.device = devices[s.dice.below(len(devices))]
	if s.words {
		s.slots.lower()
	}
}

// visitorName is what somebody without a name is called in the inbox.
func (w *world) visitorName(conversation int) string {
	d := w.dice(kindVisitor, -1-conversation)
	return "visitor" + strconv.Itoa(d.between(1000, 9999))
}

// say adds a line of a dialogue. The dialogues are there in lower case too, so that a search need not fold each line.
func (s *script) say(t *turn, weight int) {
	text := t.text
	if s.words {
		text = t.lower
	}
	if t.slots {
		text = s.slots.fill(text)
	}
	s.lines = append(s.lines, line{kind: "text", user: t.user, text: text, weight: weight})
}

// write takes the dialogues: the planned one last, cut where the plan says.
func (s *script) write() {
	for episode := 1; episode <= s.plan.episodes; episode++ {
		number, turns := s.plan.dialogue, s.plan.turns
		if episode < s.plan.episodes {
			number = s.dice.below(len(s.speech.dialogues))
			turns = len(s.speech.dialogues[number].turns)
		}
		for i := range s.speech.dialogues[number].turns[:turns] {
			weight := s.dice.between(2, 14)
			if i == 0 && episode > 1 {
				weight = s.dice.between(400, 2400)
			}
			s.say(&s.speech.dialogues[number].turns[i], weight)
		}
		if episode < s.plan.episodes && s.dice.chance(60) {
			s.say(&s.speech.closings[s.dice.below(len(s.speech.closings))], s.dice.between(1, 9))
		}
	}
	if s.plan.trailing == 2 {
		s.say(&s.speech.nudges[s.dice.below(len(s.speech.nudges))], 1)
	}
}

// insert puts a line before a position that is not among the waiting ones.
func (s *script) insert(at int, l line) {
	s.lines = append(s.lines, line{})
	copy(s.lines[at+1:], s.lines[at:])
	l.weight = s.dice.between(1, 6)
	if s.words {
		l.text = strings.ToLower(l.text)
	}
	s.lines[at] = l
}

// enrich adds files, notes and the other kinds of messages.
func (s *script) enrich() {
	last := len(s.lines) - s.plan.trailing
	if last == 0 {
		return
	}
	if s.plan.mention >= 0 {
		colleague := staff[s.plan.mention].first
		text := "@" + colleague + " " + mentionNotes[s.dice.below(len(mentionNotes))]
		s.insert(1, line{kind: "note", text: text, mention: s.world.uuid(kindOperator, s.plan.mention)})
	} else if s.dice.chance(16) {
		text := pick(&s.dice, notes[s.plan.topic])
		s.insert(1, line{kind: "note", text: text})
	}
	if last < 2 {
		return
	}
	throw := s.dice.below(100)
	switch {
	case throw < 16:
		s.insert(1, s.file())
	case throw < 21:
		s.insert(1, s.audio())
	case throw < 26:
		s.insert(len(s.lines)-s.plan.trailing, s.animation())
	case throw < 33:
		s.insert(1, s.picker())
	case throw < 39:
		s.insert(1, s.field())
	case throw < 47:
		s.insert(len(s.lines)-s.plan.trailing, s.carousel())
	}
}

// schedule gives every line its time, number and marks.
func (s *script) schedule() []message {
	p, w := s.plan, s.world
	n := len(s.lines)
	fixed := n - p.trailing
	total := 0
	for _, l := range s.lines[1:max(fixed, 1)] {
		total += l.weight
	}
	end := p.updated
	if p.trailing > 0 {
		total += 20
		end = p.waiting
	}
	list := make([]message, n)
	passed := 0
	for i, l := range s.lines {
		m := &list[i]
		if l.content == nil {
			l.content = textContent(l.text)
		}
		at := p.created
		switch {
		case i >= fixed && i == n-1:
			at = p.updated
		case i >= fixed:
			at = p.waiting
		case i > 0:
			passed += l.weight
			at = p.created + int64(float64(end-p.created)*float64(passed)/float64(max(total, 1)))
		}
		*m = message{
			SessionID: s.customer.UserID, WebsiteID: w.websiteID, Fingerprint: w.fingerprint(s.index, i), Type: l.kind, From: "operator",
			Origin: origins[p.origin], Content: l.content, Timestamp: at, Stamped: true, Mentions: []string{}, Preview: []linkPreview{}, text: l.text,
		}
		user := s.staff
		if l.user {
			user, m.From = s.customer, "user"
			if p.origin == 1 && s.plan.person >= 0 {
				m.Original = &originalRef{w.uuid(kindOriginal, s.index<<8|i)}
			}
		}
		m.User = &user
		m.Read, m.Delivered = m.Origin, m.Origin
		if l.mention != "" {
			m.Mentions = []string{l.mention}
		}
		if l.kind == "note" || l.kind == "event" {
			m.Origin, m.Read, m.Delivered = "chat", "", ""
		}
	}
	s.markUnread(list)
	return list
}

// markUnread takes the read marks of the last messages off again.
func (s *script) markUnread(list []message) {
	operator, visitor := s.plan.unreadOperator, s.plan.unreadVisitor
	for i := len(list) - 1; i >= 0 && (operator > 0 || visitor > 0); i-- {
		m := &list[i]
		switch {
		case m.From == "user" && operator > 0:
			m.Read = ""
			operator--
		case m.From == "operator" && visitor > 0 && m.Type != "note" && m.Type != "event":
			m.Read = ""
			visitor--
		}
	}
}

type fileContent struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Type string `json:"type"`
}

type mediaContent struct {
	URL      string `json:"url"`
	Type     string `json:"type"`
	Duration int    `json:"duration,omitzero"`
}

type pickerContent struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	Choices  []choice `json:"choices"`
	Required bool     `json:"required"`
}

type choice struct {
	Value    string `json:"value"`
	Icon     string `json:"icon,omitempty"`
	Label    string `json:"label"`
	Selected bool   `json:"selected"`
}

type fieldContent struct {
	ID      string `json:"id"`
	Text    string `json:"text"`
	Explain string `json:"explain"`
	Value   string `json:"value,omitempty"`
}

type carouselContent struct {
	Text    string   `json:"text"`
	Targets []target `json:"targets"`
}

type target struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Image       string `json:"image,omitempty"`
	Actions     []link `json:"actions"`
}

type link struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

type eventContent struct {
	Namespace string `json:"namespace"`
	Text      string `json:"text,omitempty"`
}

const storage = "https://storage." + companyDomain + "/"

func (s *script) storageURL(folder, name string) string {
	number := uint32(s.dice.next())
	if s.words {
		return ""
	}
	return fmt.Sprintf("%s%s/%08x/%s", storage, folder, number, name)
}

// encode makes a content, unless only the words are wanted.
func (s *script) encode(content any) jsontext.Value {
	if s.words {
		return nil
	}
	return encode(content)
}

func (s *script) file() line {
	names := [...]fileContent{
		{Name: "screenshot.png", Type: "image/png"},
		{Name: "IMG_2041.jpg", Type: "image/jpeg"},
		{Name: "invoice-" + s.slots.order + ".pdf", Type: "application/pdf"},
		{Name: "readings.csv", Type: "text/csv"},
	}
	f := names[s.dice.below(len(names))]
	f.URL = s.storageURL("upload", f.Name)
	return line{kind: "file", user: true, content: s.encode(f), text: f.Name}
}

func (s *script) audio() line {
	a := mediaContent{URL: s.storageURL("audio", "voice.webm"), Type: "audio/webm", Duration: s.dice.between(4, 48)}
	return line{kind: "audio", user: true, content: s.encode(a)}
}

func (s *script) animation() line {
	a := mediaContent{URL: s.storageURL("animation", "growing-fern.gif"), Type: "image/gif"}
	return line{kind: "animation", content: s.encode(a)}
}

func (s *script) picker() line {
	p := pickerContent{ID: "topic", Text: s.speech.question, Choices: []choice{
		{"order", "📦", s.slots.order, false}, {"device", "🌱", s.slots.device, false}, {"plan", "💳", s.slots.plan, false},
	}}
	p.Choices[s.dice.below(len(p.Choices))].Selected = true
	return line{kind: "picker", content: s.encode(p), text: p.Text}
}

func (s *script) field() line {
	f := fieldContent{ID: "order-number", Text: s.speech.question, Explain: s.speech.explain, Value: s.slots.order}
	return line{kind: "field", content: s.encode(f), text: f.Text}
}

func (s *script) carousel() line {
	c := carouselContent{Text: s.speech.question}
	first := s.dice.below(len(sitePages) - 2)
	for _, page := range sitePages[first : first+2] {
		address := "https://" + companyDomain + page.path
		c.Targets = append(c.Targets, target{
			Title: page.title, Description: companyDomain + page.path, Image: storage + "cards" + page.path + "/card.png",
			Actions: []link{{Label: page.title, URL: address}},
		})
	}
	return line{kind: "carousel", content: s.encode(c), text: c.Text}
}
