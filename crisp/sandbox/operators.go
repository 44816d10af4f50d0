package sandbox

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

type operator struct {
	UserID       string `json:"user_id"`
	Email        string `json:"email"`
	Avatar       string `json:"avatar,omitempty"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name"`
	Role         string `json:"role"`
	Title        string `json:"title,omitempty"`
	Availability string `json:"availability"`
	HasToken     bool   `json:"has_token"`

	invited bool
	gone    bool
}

// newTeam makes the seeded operators.
func (w *world) newTeam() []operator {
	team := make([]operator, len(staff))
	for i, member := range staff {
		team[i] = operator{
			UserID: w.uuid(kindOperator, i), Email: asciiFirst(member.first) + "@" + companyDomain, Avatar: operatorAvatar(i),
			FirstName: member.first, LastName: member.last, Role: member.role, Title: member.title, Availability: member.availability, HasToken: i < 2,
		}
	}
	return team
}

func asciiFirst(first string) string { return plain().Replace(strings.ToLower(first)) }

// listOperators lists members as operator and open invitations as invite; the second word is a guess.
func listOperators(req *request) (answer, error) {
	var items []jsontext.Value
	for _, o := range req.site.operators {
		if o.gone {
			continue
		}
		kind := "operator"
		if o.invited {
			kind = "invite"
		}
		items = append(items, encode(struct {
			Type    string   `json:"type"`
			Details operator `json:"details"`
		}{kind, o}))
	}
	return listed(items), nil
}

func listActiveOperators(req *request) (answer, error) {
	var items []jsontext.Value
	for i, o := range req.site.operators {
		if o.gone || o.invited || req.site.flushed[o.UserID] {
			continue
		}
		items = append(items, encode(struct {
			UserID    string `json:"user_id"`
			Avatar    string `json:"avatar,omitempty"`
			Nickname  string `json:"nickname"`
			Timestamp int64  `json:"timestamp"`
		}{o.UserID, o.Avatar, o.FirstName, req.site.anchor - int64(i*i*19+2)*minute}))
	}
	return listed(items), nil
}

func flushActiveOperators(req *request) (answer, error) {
	for _, o := range req.site.operators {
		req.site.flushed[o.UserID] = true
	}
	return answer{}, nil
}

// emailOperators sends nothing, of course.
func emailOperators(req *request) (answer, error) {
	var body struct {
		Recipient string `json:"recipient"`
		UserID    string `json:"user_id"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if body.Recipient == "user" && req.site.operatorPlace(body.UserID) < 0 {
		if body.UserID == "" {
			return answer{}, invalid("data", "should have required property 'user_id'")
		}
		return answer{}, notFound("operator", body.UserID)
	}
	return answer{}, nil
}

// findOperator finds the operator that the path names.
func findOperator(req *request) (int, error) {
	id := req.params["user_id"]
	place := req.site.operatorPlace(id)
	if place < 0 {
		return 0, notFound("operator", id)
	}
	return place, nil
}

func getOperator(req *request) (answer, error) {
	place, err := findOperator(req)
	if err != nil {
		return answer{}, err
	}
	return answer{data: encode(req.site.operators[place])}, nil
}

func inviteOperator(req *request) (answer, error) {
	var body struct {
		Email  string     `json:"email"`
		Role   string     `json:"role"`
		Verify ownerProof `json:"verify"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if err := verify(body.Verify.Method, body.Verify.Secret); err != nil {
		return answer{}, err
	}
	s := req.site
	if slices.ContainsFunc(s.operators, func(o operator) bool { return !o.gone && strings.EqualFold(o.Email, body.Email) }) {
		return answer{}, notAllowed(body.Email + " is in the team already")
	}
	s.operators = append(slices.Clone(s.operators), operator{
		UserID: s.uuid(kindOperator, 1000+len(s.operators)), Email: body.Email, Role: body.Role, Availability: "offline", invited: true,
	})
	return answer{}, nil
}

func changeOperator(req *request) (answer, error) {
	place, err := findOperator(req)
	if err != nil {
		return answer{}, err
	}
	var body struct {
		Role  string `json:"role"`
		Title string `json:"title"`
	}
	o := &req.site.operators[place]
	body.Role, body.Title = o.Role, o.Title
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if o.Role == "owner" && body.Role != "owner" && req.site.owners() == 1 {
		return answer{}, notAllowed("the last owner cannot become a member")
	}
	o.Role, o.Title = body.Role, body.Title
	return answer{}, nil
}

func (s *site) owners() int {
	n := 0
	for _, o := range s.operators {
		if !o.gone && !o.invited && o.Role == "owner" {
			n++
		}
	}
	return n
}

// unlinkOperator takes an operator out of the team; the conversations that were assigned to the operator are free again.
// That the last owner stays is a guess beside the last operator, which is documented.
func unlinkOperator(req *request) (answer, error) {
	place, err := findOperator(req)
	if err != nil {
		return answer{}, err
	}
	s := req.site
	if o := &s.operators[place]; o.Role == "owner" && s.owners() == 1 {
		return answer{}, notAllowed("the last owner cannot be removed, of " + strconv.Itoa(len(s.operators)) + " operators")
	}
	s.unlink(place)
	return answer{}, nil
}

// unlink takes an operator out of the team, and off the conversations.
func (s *site) unlink(place int) {
	gone := s.operators[place].UserID
	s.operators[place].gone = true
	for _, r := range s.records {
		if r.Assigned != nil && r.Assigned.UserID == gone {
			r.Assigned = nil
		}
	}
	s.version++
	s.encoded.clear()
}
