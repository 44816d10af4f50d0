package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"sync"
	"time"
)

// onceTime is how long an address that logs in is good.
const onceTime = 10 * time.Minute

// onceClock is how far ahead the clock of who made an address may be.
const onceClock = time.Minute

// oncePath is before the code in such an address.
const oncePath = "/login/"

// OneTimePath returns a path of a console that logs a browser in as who has a token. It works once, within ten minutes, on a console that
// has been open since before now. Whoever has the token can make one; the path does not tell the token.
func OneTimePath(t Token, now time.Time) string {
	value := binary.BigEndian.AppendUint64(nil, uint64(now.UnixMicro()))
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // it never fails
	value = append(value, nonce[:]...)
	return oncePath + base64.RawURLEncoding.EncodeToString(signOnce(t.Secret, value))
}

// signOnce appends the signature of a value to it. Its key is none of sessions.
func signOnce(secret string, value []byte) []byte {
	key := hmac.New(sha256.New, []byte(secret))
	key.Write([]byte("crisphost console login once"))
	mac := hmac.New(sha256.New, key.Sum(nil))
	mac.Write(value)
	return mac.Sum(value)
}

// once knows the codes that were used. Those from before it began could have been used in an earlier process.
type once struct {
	began time.Time
	mu    sync.Mutex
	used  map[string]time.Time
}

// redeem takes a code and returns the key that it was made with, or nil. No code is taken twice.
func (o *once) redeem(text string, keys []*key, now time.Time) *key {
	signed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(signed) != 8+16+sha256.Size {
		return nil
	}
	value := signed[: 8+16 : 8+16]
	made := time.UnixMicro(int64(binary.BigEndian.Uint64(value)))
	if made.Before(o.began) || made.After(now.Add(onceClock)) || now.Sub(made) > onceTime {
		return nil
	}
	for _, k := range keys {
		if !hmac.Equal(signOnce(k.Secret, value), signed) {
			continue
		}
		if o.isUsed(string(value), now) {
			return nil
		}
		return k
	}
	return nil
}

// isUsed notes that a code is used and reports whether it was before.
func (o *once) isUsed(value string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for other, at := range o.used {
		if now.Sub(at) > onceTime+onceClock {
			delete(o.used, other)
		}
	}
	if o.used == nil {
		o.used = map[string]time.Time{}
	}
	_, used := o.used[value]
	o.used[value] = now
	return used
}

// logInOnce takes an address that logs in. Its code is no parameter, so that the address stands in logs and terminals without quotes.
func (c *Console) logInOnce(w http.ResponseWriter, r *http.Request) error {
	now, code := c.Now(), r.PathValue("code")
	if c.login.session(r, now) != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	admitted, exhausted := c.login.try(c.visitorOf(r), now, func() *key { return c.login.once.redeem(code, c.login.keys(), now) })
	switch {
	case exhausted:
		return tooMany(w)
	case admitted != nil:
		http.SetCookie(w, sessionCookie(r, admitted.session(now), int(sessionTime/time.Second)))
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		c.render(w, r, http.StatusUnauthorized, "login", "Log in", loginView{
			Next: "/", TokenFile: c.TokenFile, Error: "This address was used already, or is too old: crisphost open prints a new one.",
		})
	}
	return nil
}
