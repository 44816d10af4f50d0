// Package live lets the visitors of a sandbox come, write, browse, rate and leave, and operators answer some of them.
package live

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/conversations"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/websites"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Stage runs a change of the seeded website, and emits what it causes.
type Stage func(change func(*api.Request) error) error

// Director decides what happens next. The same seed makes the same things happen, as long as nobody else changes the
// state. It is not safe for concurrent use.
type Director struct {
	stage    Stage
	handlers map[string]api.Handler
	dice     seed.Dice
	scenes   int
	guests   []*guest
	// idle are visitors who came and have not written.
	idle []int
}

// New returns a director. The handlers are the operations by their ID in the description.
func New(source seed.Source, handlers map[string]api.Handler, stage Stage) *Director {
	return &Director{stage: stage, handlers: handlers, dice: source.Dice(seed.KindLive, 0)}
}

// Pause is how long to wait before the next happening, so that there are perMinute of them on average.
func (d *Director) Pause(perMinute float64) time.Duration {
	seconds := -math.Log(1-d.dice.Float()) * 60 / perMinute
	return time.Duration(min(seconds, 4*60/perMinute) * float64(time.Second))
}

// mostGuests is how many visitors write at the same time.
const mostGuests = 8

// Step lets one thing happen.
func (d *Director) Step() error {
	throw := d.dice.Below(100)
	switch {
	case throw < 2:
		return d.shift()
	case throw < 8:
		return d.wander()
	case len(d.guests) == 0 || throw < 18 && len(d.guests) < mostGuests:
		return d.enter()
	}
	place := d.dice.Below(len(d.guests))
	g := d.guests[place]
	err := d.act(g)
	if refused := (*api.Error)(nil); errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		err, g.gone = d.depart(g.number), true // somebody has removed the conversation
	}
	if g.gone {
		d.guests = slices.Delete(d.guests, place, place+1)
	}
	return err
}

// shift lets an operator come, step away or go. One stays online.
func (d *Director) shift() error {
	to := seed.Pick(&d.dice, []string{"online", "online", "away", "offline"})
	throw := d.dice.Next()
	return d.stage(func(req *api.Request) error {
		var places []int
		online := 0
		for place, o := range req.Site.Operators {
			if o.Gone || o.Invited {
				continue
			}
			if o.Availability == "online" {
				online++
			}
			if o.Availability != to {
				places = append(places, place)
			}
		}
		if len(places) == 0 {
			return nil
		}
		place := places[throw%uint64(len(places))]
		if to == "online" || online > 1 || req.Site.Operators[place].Availability != "online" {
			websites.SetAvailability(req, place, to)
		}
		return nil
	})
}

// wander lets a visitor come who writes nothing, or one of them leave.
func (d *Director) wander() error {
	if len(d.idle) > 0 && d.dice.Chance(20+10*len(d.idle)) {
		number := d.idle[0]
		d.idle = d.idle[1:]
		return d.depart(number)
	}
	number, err := d.arrive()
	d.idle = append(d.idle, number)
	return err
}

func (d *Director) arrive() (number int, err error) {
	err = d.stage(func(req *api.Request) error {
		number = req.Site.Visitors + d.scenes
		d.scenes++
		websites.Arrive(req, number)
		return nil
	})
	return number, err
}

func (d *Director) depart(number int) error {
	return d.stage(func(req *api.Request) error {
		websites.Depart(req, number)
		return nil
	})
}

// enter lets a visitor come and open the chatbox.
func (d *Director) enter() error {
	number, err := d.arrive()
	if err != nil {
		return err
	}
	g := &guest{number: number}
	d.guests = append(d.guests, g)
	return d.stage(func(req *api.Request) error {
		g.scene = req.Site.Scene(number)
		g.session = "session_" + req.Site.UUID(seed.KindVisitor, number)
		conversations.Enter(req, g.session, &g.scene)
		return nil
	})
}

// do runs a handler on the conversation of a guest.
func (d *Director) do(g *guest, handler api.Handler, body any) error {
	return d.stage(func(req *api.Request) error {
		req.Params = map[string]string{"website_id": req.Site.WebsiteID, "session_id": g.session}
		req.SetBody(wire.Encode(body))
		_, err := handler(req)
		return err
	})
}

// operate runs an operation of the API on the conversation of a guest.
func (d *Director) operate(g *guest, id string, body any) error {
	handler := d.handlers[id]
	return d.do(g, func(req *api.Request) (api.Answer, error) {
		req.Op = spec.ByID(id)
		return handler(req)
	}, body)
}
