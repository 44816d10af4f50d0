package bucket

import (
	"cmp"
	"fmt"
	"mime"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/plugins"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Handlers returns the operations of files by their ID in the description.
func (b *Bucket) Handlers() map[string]api.Handler {
	return map[string]api.Handler{
		"bucket.url.generate":  b.generate,
		"media.animation.list": listAnimations,
	}
}

type resource struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

type address struct {
	Resource string `json:"resource"`
	Signed   string `json:"signed"`
}

type policy struct {
	SizeLimit int `json:"size_limit"`
}

// generate signs an address, which comes as an event. That a file without a resource is the website's is a guess.
func (b *Bucket) generate(req *api.Request) (api.Answer, error) {
	body := struct {
		Namespace string `json:"namespace"`
		ID        string `json:"id"`
		File      struct {
			Name string `json:"name"`
			Type string `json:"type"`
		} `json:"file"`
		Resource resource `json:"resource"`
	}{}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	kind := cmp.Or(body.File.Type, "application/octet-stream")
	if _, _, err := mime.ParseMediaType(kind); err != nil {
		return api.Answer{}, api.Invalid("data.file.type", "should be a MIME type, such as image/png")
	}
	if site := req.Sites.First(); site != nil && body.Resource == (resource{}) {
		body.Resource = resource{"website", site.WebsiteID}
	}
	path, query := b.sign(body.Namespace, cmp.Or(body.File.Name, "file"), kind)
	from, who := caller(req)
	req.EmitLater("bucket:url:"+body.Namespace+":generated", "from", from, "id", body.ID, "identifier", who,
		"resource", body.Resource, "policy", policy{sizeLimit}, "type", kind,
		"url", address{req.Origin + path, req.Origin + path + "?" + query})
	return api.Answer{}, nil
}

// caller returns the tier and the identifier of who asks. What they are for the tier of websites is a guess.
func caller(req *api.Request) (tier, identifier string) {
	site := req.Sites.First()
	switch {
	case req.Tier == spec.TierPlugin:
		return "plugin", plugins.ID
	case req.Tier == spec.TierUser && site != nil:
		return "user", site.Operators[0].UserID
	case site != nil:
		return "website", site.WebsiteID
	}
	return "user", ""
}

// animations is the number of animations that every search finds.
const animations = 45

// listAnimations finds the same for every search: pictures of nothing.
func listAnimations(req *api.Request) (api.Answer, error) {
	type result struct {
		Type string `json:"type"`
		URL  string `json:"url"`
	}
	size := int64(req.PerPage())
	from := (min(api.Integer(req.Params["page"]), animations) - 1) * size
	found := []result{}
	for number := from; number < min(from+size, animations); number++ {
		found = append(found, result{"image/gif", fmt.Sprintf("%s%s%d.gif", req.Origin, animationPath, number+1)})
	}
	_, who := caller(req)
	req.EmitLater("media:animation:listed",
		"id", api.Integer(req.Query.Get("list_id")), "identifier", who, "results", found)
	return api.Answer{}, nil
}
