package live

import (
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/conversations"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// guest is a visitor who writes.
type guest struct {
	number  int
	session string
	scene   seed.Scene
	next    int // the line that comes next
	typing  bool
	// assigned and answered are what the scene's agent has done.
	assigned, answered    bool
	resolved, rated, gone bool
}

type (
	object  = map[string]any
	message struct {
		Type    string            `json:"type"`
		From    string            `json:"from"`
		Origin  string            `json:"origin"`
		Content string            `json:"content"`
		User    *wire.MessageUser `json:"user,omitempty"`
	}
)

// act lets a guest, or the agent of the guest's scene, do the next thing.
func (d *Director) act(g *guest) error {
	if g.next >= len(g.scene.Lines) {
		return d.end(g)
	}
	line := g.scene.Lines[g.next]
	if !line.Customer {
		return d.answer(g, line.Text)
	}
	if d.dice.Chance(25) {
		seen := &seed.SitePages[d.dice.Below(len(seed.SitePages))]
		return d.do(g, conversations.Browse(wire.Page{
			Title: seen.Title, URL: "https://" + seed.CompanyDomain + seen.Path,
		}), object{})
	}
	if !g.typing && d.dice.Chance(60) {
		g.typing = true
		return d.operate(g, "website.conversation.compose",
			object{"type": "start", "from": "user", "excerpt": beginning(line.Text)})
	}
	g.typing = false
	g.next++
	return d.operate(g, "website.conversation.message.send",
		message{Type: "text", From: "user", Origin: "chat", Content: line.Text})
}

// beginning is what is seen of a text that is being typed.
func beginning(text string) string {
	if words := strings.Fields(text); len(words) > 4 {
		return strings.Join(words[:4], " ")
	}
	return text
}

// answer lets the agent answer, step by step, unless somebody else was faster. Every third question waits in vain.
func (d *Director) answer(g *guest, text string) error {
	var answered bool
	if err := d.do(g, conversations.Answered(&answered), object{}); err != nil {
		return err
	}
	switch {
	case answered && !g.answered:
		g.next++ // a script or an operator at the API has the conversation now
		return nil
	case !g.answered && d.dice.Chance(33):
		g.next = len(g.scene.Lines)
		return nil
	case !g.assigned:
		g.assigned = true
		if err := d.operate(g, "website.conversation.read.mark", object{"from": "user", "origin": "chat"}); err != nil {
			return err
		}
		return d.operate(g, "website.conversation.routing.assign",
			object{"assigned": object{"user_id": g.scene.Agent.UserID}})
	case !g.typing:
		g.typing = true
		return d.operate(g, "website.conversation.compose", object{"type": "start", "from": "operator"})
	}
	g.typing, g.answered = false, true
	g.next++
	return d.operate(g, "website.conversation.message.send",
		message{Type: "text", From: "operator", Origin: "chat", Content: text, User: &g.scene.Agent})
}

// end closes a conversation: the agent resolves it, the guest rates it, or not, and leaves.
func (d *Director) end(g *guest) error {
	switch {
	case g.answered && !g.resolved:
		g.resolved = true
		return d.operate(g, "website.conversation.state.change",
			object{"state": seed.StateNames[seed.StateResolved], "user": g.scene.Agent})
	case g.answered && !g.rated && d.dice.Chance(60):
		g.rated = true
		stars := 5 - d.dice.Below(5)*d.dice.Below(2)
		comment := ""
		if stars == 5 {
			comment = g.scene.Lines[len(g.scene.Lines)-1].Text
		}
		return d.do(g, conversations.Rate(stars, comment), object{})
	}
	g.gone = true
	if err := d.do(g, conversations.Leave(), object{}); err != nil {
		return err
	}
	return d.depart(g.number)
}
