package console

import (
	"errors"
	"net/http"
	"strings"
)

// maxForm bounds the bytes of a form.
const maxForm = 64 << 10

func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return &pageError{http.StatusRequestEntityTooLarge, "That did not work", "The form has more than 64 kB."}
		}
		return badRequest("The form cannot be read: " + err.Error())
	}
	return nil
}

// trigger starts a run and goes to its page.
func (c *Console) trigger(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	args := r.PostForm["arg"]
	if text := r.PostForm.Get("args"); text != "" {
		args = argumentsOf(text)
	}
	var run string
	var err error
	if earlier := r.PostForm.Get("events_of"); earlier != "" {
		run, err = c.backend.TriggerAgain(r.Context(), earlier, c.actor(r))
	} else {
		run, err = c.backend.Trigger(r.Context(), r.PostForm.Get("script"), args, c.actor(r))
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, runURL(run), http.StatusSeeOther)
	return nil
}

// argumentsOf are the lines of a text, but for empty ones at its end.
func argumentsOf(text string) []string {
	text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// actor names who acts, as far as the console knows: the person that a proxy names, else whose token it is, else the address.
func (c *Console) actor(r *http.Request) string {
	from := c.visitorOf(r)
	if user := c.userOf(r, from); user != "" {
		return user
	}
	k := keyOf(r)
	switch {
	case k != nil && k.Name != "":
		return k.Name
	case !from.client.IsValid() || c.login == nil && !from.forwarded():
		return "console"
	}
	return "console from " + from.client.String()
}

func (c *Console) pause(w http.ResponseWriter, r *http.Request) error {
	return c.act(w, r, func() error { return c.backend.Pause(r.Context(), r.PostForm.Get("script"), c.actor(r)) })
}

func (c *Console) resume(w http.ResponseWriter, r *http.Request) error {
	return c.act(w, r, func() error { return c.backend.Resume(r.Context(), r.PostForm.Get("script"), c.actor(r)) })
}

func (c *Console) cancel(w http.ResponseWriter, r *http.Request) error {
	return c.act(w, r, func() error { return c.backend.Cancel(r.Context(), r.PathValue("id"), c.actor(r)) })
}

// act does what a form asks for and goes back to the page that it stood on.
func (c *Console) act(w http.ResponseWriter, r *http.Request, do func() error) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	http.Redirect(w, r, localPath(r.PostForm.Get("back")), http.StatusSeeOther)
	return nil
}
