package people

import (
	"maps"
	"slices"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

func getPeopleData(_ *api.Request, c *store.Contact) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(dataBody{c.Data})}, nil
}

type dataBody struct {
	Data wire.Data `json:"data"`
}

func savePeopleData(req *api.Request, c *store.Contact) (api.Answer, error) {
	return storeData(req, c, wire.Data{})
}

func updatePeopleData(req *api.Request, c *store.Contact) (api.Answer, error) {
	return storeData(req, c, maps.Clone(c.Data))
}

func storeData(req *api.Request, c *store.Contact, onto wire.Data) (api.Answer, error) {
	body := dataBody{onto}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if body.Data == nil {
		body.Data = wire.Data{}
	}
	c.Data, c.UpdatedAt = body.Data, req.Now
	for key := range c.Data {
		req.Site.Used(true, "key", key)
	}
	emitUpdate(req, c)
	return api.Answer{}, nil
}

func createPeopleEvent(req *api.Request, c *store.Contact) (api.Answer, error) {
	e := wire.Event{Timestamp: req.Now, Color: "grey"}
	if err := req.Decode(&e); err != nil {
		return api.Answer{}, err
	}
	if e.Data == nil {
		e.Data = wire.Data{}
	}
	at := slices.IndexFunc(c.Events, func(other wire.Event) bool { return other.Timestamp <= e.Timestamp })
	if at < 0 {
		at = len(c.Events)
	}
	c.Events = slices.Insert(c.Events, at, e)
	req.Site.Used(true, "text", e.Text)
	emitEvent(req, c, &e)
	return api.Answer{}, nil
}

func listPeopleEvents(req *api.Request, c *store.Contact) (api.Answer, error) {
	return api.PagesOf(req, c.Events)
}

func getSubscription(_ *api.Request, c *store.Contact) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(struct {
		Email bool `json:"email"`
	}{c.Subscribed})}, nil
}

func updateSubscription(req *api.Request, c *store.Contact) (api.Answer, error) {
	body := struct {
		Email bool `json:"email"`
	}{c.Subscribed}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if c.Subscribed != body.Email {
		c.Subscribed = body.Email
		req.EmitSite("email:subscribe", "email", c.Email, "subscribed", c.Subscribed)
	}
	return api.Answer{}, nil
}
