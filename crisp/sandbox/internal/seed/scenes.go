package seed

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// Scene is a conversation that has yet to take place.
type Scene struct {
	Person          int // -1 is a visitor who leaves no name
	Nickname, Email string
	Subject         string
	Segments        []string
	Device          *wire.Device
	Agent           wire.MessageUser
	Lines           []SceneLine
}

// SceneLine is what the customer or the agent says.
type SceneLine struct {
	Customer bool
	Text     string
}

// scenes is the number of the first scene among the conversations, far from those that are seeded or added.
const scenes = 1 << 28

// Scene writes a scene. The customers come round, as in the seeded conversations.
func (w *World) Scene(number int) Scene {
	index := scenes + number
	p := w.Plan(index)
	p.episodes, p.trailing = 1, 0
	s := script{world: w, index: index, plan: &p, dice: w.Dice(KindMessages, index), speech: &languages()[p.language]}
	p.turns = len(s.speech.dialogues[p.dialogue].turns)
	s.cast()
	s.write()
	d := w.Dice(kindDetails, index)
	scene := Scene{Person: p.Person, Subject: subject(&p, &d), Agent: s.staff, Segments: SegmentsOf(p.Segments)}
	meta := w.meta(index, &p, &d)
	scene.Nickname, scene.Email, scene.Device = meta.Nickname, meta.Email, meta.Device
	for _, l := range s.lines {
		scene.Lines = append(scene.Lines, SceneLine{Customer: l.user, Text: l.text})
	}
	return scene
}
