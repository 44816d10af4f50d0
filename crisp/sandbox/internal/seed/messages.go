package seed

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// script writes the messages of one conversation.
type script struct {
	world    *World
	index    int
	plan     *Plan
	dice     Dice
	speech   *language
	slots    slots
	customer wire.MessageUser
	staff    wire.MessageUser
	lines    []line
	// words leaves out everything but the texts, which are in lower case then.
	words bool
}

// line is a message before it has a place in time. Without content it is a text or a note. Weight is how long it takes
// to come, compared with the others.
type line struct {
	kind    string
	user    bool
	content jsontext.Value
	text    string
	weight  int
	mention string
}

// Messages writes the messages of a planned conversation, oldest first.
func (w *World) Messages(index int, p *Plan) []wire.Message {
	if p.Empty {
		return nil
	}
	s := script{world: w, index: index, plan: p, dice: w.Dice(KindMessages, index), speech: &languages()[p.language]}
	s.cast()
	s.write()
	s.enrich()
	if p.State == StateResolved {
		s.lines = append(s.lines, line{
			kind: "event", content: wire.Encode(wire.EventContent{Namespace: "state:resolved"}), weight: 6,
		})
	}
	return s.schedule()
}

// Texts are the words of a planned conversation in lower case, without its messages, for the search.
func (w *World) Texts(index int, p *Plan, yield func(string) bool) {
	if p.Empty {
		return
	}
	s := script{
		world: w, index: index, plan: p, dice: w.Dice(KindMessages, index), speech: &languages()[p.language],
		words: true,
	}
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
		s.customer.UserID = "session_" + s.world.UUID(KindConversation, s.index)
	}
	town := ""
	if s.plan.Person >= 0 {
		p := s.world.Person(s.plan.Person)
		s.slots.first, town = p.first.text, p.City.name
		if p.Culture.language == "ja" {
			s.slots.first = p.last.text
		}
		s.customer.Nickname = p.Nickname()
	} else {
		s.customer.Nickname = s.world.VisitorName(s.index)
		s.slots.first = s.customer.Nickname
		town = Pick(&s.dice, Cultures()[s.plan.culture].Cities).name
	}
	agent := &staff[s.plan.operator]
	if !s.words {
		s.staff = wire.MessageUser{
			UserID: s.world.UUID(KindOperator, s.plan.operator), Nickname: agent.first,
			Avatar: operatorAvatar(s.plan.operator),
		}
	}
	s.slots.agent = agent.first
	s.slots.city = town
	s.slots.order = "FL-" + strconv.Itoa(s.dice.between(20000, 98999))
	s.slots.plan = plans[s.dice.Below(len(plans))]
	s.slots.amount = amounts[s.dice.Below(len(amounts))]
	s.slots.device = devices[s.dice.Below(len(devices))]
	if s.words {
		s.slots.lower()
	}
}

// VisitorName is what somebody without a name is called in the inbox.
func (w *World) VisitorName(conversation int) string {
	d := w.Dice(KindVisitor, -1-conversation)
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
			number = s.dice.Below(len(s.speech.dialogues))
			turns = len(s.speech.dialogues[number].turns)
		}
		for i := range s.speech.dialogues[number].turns[:turns] {
			weight := s.dice.between(2, 14)
			if i == 0 && episode > 1 {
				weight = s.dice.between(400, 2400)
			}
			s.say(&s.speech.dialogues[number].turns[i], weight)
		}
		if episode < s.plan.episodes && s.dice.Chance(60) {
			s.say(&s.speech.closings[s.dice.Below(len(s.speech.closings))], s.dice.between(1, 9))
		}
	}
	if s.plan.trailing == 2 {
		s.say(&s.speech.nudges[s.dice.Below(len(s.speech.nudges))], 1)
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
	if s.plan.Mention >= 0 {
		colleague := staff[s.plan.Mention].first
		text := "@" + colleague + " " + mentionNotes[s.dice.Below(len(mentionNotes))]
		s.insert(1, line{kind: "note", text: text, mention: s.world.UUID(KindOperator, s.plan.Mention)})
	} else if s.dice.Chance(16) {
		text := Pick(&s.dice, notes[s.plan.topic])
		s.insert(1, line{kind: "note", text: text})
	}
	if last < 2 {
		return
	}
	throw := s.dice.Below(100)
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
func (s *script) schedule() []wire.Message {
	p, w := s.plan, s.world
	n := len(s.lines)
	fixed := n - p.trailing
	total := 0
	for _, l := range s.lines[1:max(fixed, 1)] {
		total += l.weight
	}
	end := p.Updated
	if p.trailing > 0 {
		total += 20
		end = p.Waiting
	}
	list := make([]wire.Message, n)
	passed := 0
	for i, l := range s.lines {
		m := &list[i]
		if l.content == nil {
			l.content = wire.TextContent(l.text)
		}
		at := p.Created
		switch {
		case i >= fixed && i == n-1:
			at = p.Updated
		case i >= fixed:
			at = p.Waiting
		case i > 0:
			passed += l.weight
			at = p.Created + int64(float64(end-p.Created)*float64(passed)/float64(max(total, 1)))
		}
		*m = wire.Message{
			SessionID: s.customer.UserID, WebsiteID: w.WebsiteID, Fingerprint: w.fingerprint(s.index, i), Type: l.kind,
			From:   "operator",
			Origin: Origins[p.origin], Content: l.content, Timestamp: at, Stamped: true, Mentions: []string{},
			Preview: []wire.LinkPreview{}, Text: l.text,
		}
		user := s.staff
		if l.user {
			user, m.From = s.customer, "user"
			if p.origin == 1 && s.plan.Person >= 0 {
				m.Original = &wire.OriginalRef{OriginalID: w.UUID(kindOriginal, s.index<<8|i)}
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
func (s *script) markUnread(list []wire.Message) {
	operator, visitor := s.plan.UnreadOperator, s.plan.unreadVisitor
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

const storage = "https://storage." + CompanyDomain + "/"

func (s *script) storageURL(folder, name string) string {
	number := uint32(s.dice.Next())
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
	return wire.Encode(content)
}

func (s *script) file() line {
	names := [...]wire.FileContent{
		{Name: "screenshot.png", Type: "image/png"},
		{Name: "IMG_2041.jpg", Type: "image/jpeg"},
		{Name: "invoice-" + s.slots.order + ".pdf", Type: "application/pdf"},
		{Name: "readings.csv", Type: "text/csv"},
	}
	f := names[s.dice.Below(len(names))]
	f.URL = s.storageURL("upload", f.Name)
	return line{kind: "file", user: true, content: s.encode(f), text: f.Name}
}

func (s *script) audio() line {
	a := wire.MediaContent{
		URL: s.storageURL("audio", "voice.webm"), Type: "audio/webm", Duration: s.dice.between(4, 48),
	}
	return line{kind: "audio", user: true, content: s.encode(a)}
}

func (s *script) animation() line {
	a := wire.MediaContent{URL: s.storageURL("animation", "growing-fern.gif"), Type: "image/gif"}
	return line{kind: "animation", content: s.encode(a)}
}

func (s *script) picker() line {
	p := wire.PickerContent{ID: "topic", Text: s.speech.question, Choices: []wire.Choice{
		{Value: "order", Icon: "📦", Label: s.slots.order, Selected: false},
		{Value: "device", Icon: "🌱", Label: s.slots.device, Selected: false},
		{Value: "plan", Icon: "💳", Label: s.slots.plan, Selected: false},
	}}
	p.Choices[s.dice.Below(len(p.Choices))].Selected = true
	return line{kind: "picker", content: s.encode(p), text: p.Text}
}

func (s *script) field() line {
	f := wire.FieldContent{ID: "order-number", Text: s.speech.question, Explain: s.speech.explain, Value: s.slots.order}
	return line{kind: "field", content: s.encode(f), text: f.Text}
}

func (s *script) carousel() line {
	c := wire.CarouselContent{Text: s.speech.question}
	first := s.dice.Below(len(SitePages) - 2)
	for _, page := range SitePages[first : first+2] {
		address := "https://" + CompanyDomain + page.Path
		c.Targets = append(c.Targets, wire.Target{
			Title: page.Title, Description: CompanyDomain + page.Path,
			Image:   storage + "cards" + page.Path + "/card.png",
			Actions: []wire.Link{{Label: page.Title, URL: address}},
		})
	}
	return line{kind: "carousel", content: s.encode(c), text: c.Text}
}
