package websites

import (
	"slices"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// listOperators lists members as operator and open invitations as invite; the second word is a guess.
func listOperators(req *api.Request) (api.Answer, error) {
	var items []jsontext.Value
	for _, o := range req.Site.Operators {
		if o.Gone {
			continue
		}
		kind := "operator"
		if o.Invited {
			kind = "invite"
		}
		items = append(items, wire.Encode(struct {
			Type    string        `json:"type"`
			Details wire.Operator `json:"details"`
		}{kind, o}))
	}
	return api.Listed(items), nil
}

func listActiveOperators(req *api.Request) (api.Answer, error) {
	var items []jsontext.Value
	for i, o := range req.Site.Operators {
		if o.Gone || o.Invited || req.Site.Flushed[o.UserID] {
			continue
		}
		items = append(items, wire.Encode(struct {
			UserID    string `json:"user_id"`
			Avatar    string `json:"avatar,omitempty"`
			Nickname  string `json:"nickname"`
			Timestamp int64  `json:"timestamp"`
		}{o.UserID, o.Avatar, o.FirstName, req.Site.Anchor - int64(i*i*19+2)*seed.Minute}))
	}
	return api.Listed(items), nil
}

func flushActiveOperators(req *api.Request) (api.Answer, error) {
	for _, o := range req.Site.Operators {
		req.Site.Flushed[o.UserID] = true
	}
	return api.Answer{}, nil
}

// emailOperators sends nothing, of course.
func emailOperators(req *api.Request) (api.Answer, error) {
	var body struct {
		Recipient string `json:"recipient"`
		UserID    string `json:"user_id"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if body.Recipient == "user" && req.Site.OperatorPlace(body.UserID) < 0 {
		if body.UserID == "" {
			return api.Answer{}, api.Invalid("data", "should have required property 'user_id'")
		}
		return api.Answer{}, api.NotFound("operator", body.UserID)
	}
	return api.Answer{}, nil
}

// findOperator finds the operator that the path names.
func findOperator(req *api.Request) (int, error) {
	id := req.Params["user_id"]
	place := req.Site.OperatorPlace(id)
	if place < 0 {
		return 0, api.NotFound("operator", id)
	}
	return place, nil
}

func getOperator(req *api.Request) (api.Answer, error) {
	place, err := findOperator(req)
	if err != nil {
		return api.Answer{}, err
	}
	return api.Answer{Data: wire.Encode(req.Site.Operators[place])}, nil
}

func inviteOperator(req *api.Request) (api.Answer, error) {
	var body struct {
		Email  string     `json:"email"`
		Role   string     `json:"role"`
		Verify ownerProof `json:"verify"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if err := verify(body.Verify.Method, body.Verify.Secret); err != nil {
		return api.Answer{}, err
	}
	s := req.Site
	if slices.ContainsFunc(s.Operators, func(o wire.Operator) bool {
		return !o.Gone && strings.EqualFold(o.Email, body.Email)
	}) {
		return api.Answer{}, api.NotAllowed(body.Email + " is in the team already")
	}
	s.Operators = append(slices.Clone(s.Operators), wire.Operator{
		UserID: s.UUID(seed.KindOperator, 1000+len(s.Operators)), Email: body.Email, Role: body.Role,
		Availability: "offline", Invited: true,
	})
	return api.Answer{}, nil
}

func changeOperator(req *api.Request) (api.Answer, error) {
	place, err := findOperator(req)
	if err != nil {
		return api.Answer{}, err
	}
	var body struct {
		Role  string `json:"role"`
		Title string `json:"title"`
	}
	o := &req.Site.Operators[place]
	body.Role, body.Title = o.Role, o.Title
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if o.Role == "owner" && body.Role != "owner" && req.Site.Owners() == 1 {
		return api.Answer{}, api.NotAllowed("the last owner cannot become a member")
	}
	o.Role, o.Title = body.Role, body.Title
	return api.Answer{}, nil
}

// unlinkOperator takes an operator out of the team; the conversations that were assigned to the operator are free
// again. That the last owner stays is a guess beside the last operator, which is documented.
func unlinkOperator(req *api.Request) (api.Answer, error) {
	place, err := findOperator(req)
	if err != nil {
		return api.Answer{}, err
	}
	s := req.Site
	if o := &s.Operators[place]; o.Role == "owner" && s.Owners() == 1 {
		return api.Answer{}, api.NotAllowed(
			"the last owner cannot be removed, of " + strconv.Itoa(len(s.Operators)) + " operators")
	}
	online := s.AnyOnline()
	s.Unlink(place)
	// A guess. That the conversations which have lost their operator are not told one by one is another.
	emitAvailable(req, online)
	return api.Answer{}, nil
}
