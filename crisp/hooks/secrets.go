package hooks

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
)

// Secret is what a sender of hooks proves to know. Several are valid at once, for several websites, and while one replaces
// another.
type Secret struct {
	// Value is the signing secret of a plugin, or a part of the URL.
	Value string
	// Website is the website that the secret is good for, or empty for every website.
	Website string
	// URL marks a secret that is the last element of the path, for hooks that a website sends: they are not signed.
	URL bool
}

// minURLSecret is the least length of a secret in a URL, which somebody chose. Crisp makes signing secrets itself.
const minURLSecret = 16

// Check reports what is wrong with a secret, without telling it.
func (s Secret) Check() error {
	switch {
	case s.Value == "" || strings.TrimSpace(s.Value) != s.Value:
		return errors.New("a secret is empty or has blanks around it")
	case !s.URL:
	case len(s.Value) < minURLSecret:
		return fmt.Errorf("a secret in a URL has %d characters; use at least %d", len(s.Value), minURLSecret)
	case strings.ContainsFunc(s.Value, func(r rune) bool { return !isPlain(r) }):
		return errors.New("a secret in a URL has characters other than letters, digits, _ and -")
	}
	return nil
}

func isPlain(r rune) bool {
	return r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// secrets are the secrets of a handler, which are replaced as a whole.
type secrets struct{ signing, url []Secret }

func newSecrets(list []Secret) (*secrets, error) {
	if len(list) == 0 {
		return nil, errors.New("web hooks need a secret: without one, anybody could send them")
	}
	s := &secrets{}
	for _, secret := range list {
		if err := secret.Check(); err != nil {
			return nil, err
		}
		if secret.URL {
			s.url = append(s.url, secret)
		} else {
			s.signing = append(s.signing, secret)
		}
	}
	return s, nil
}

// verify reports whether a secret of the website made the signature.
func (s *secrets) verify(website, timestamp, signature string, body []byte) bool {
	var values []string
	for _, secret := range s.signing {
		if secret.Website == "" || secret.Website == website {
			values = append(values, secret.Value)
		}
	}
	return verifyAny(values, timestamp, signature, body)
}

// opens reports whether the part of a URL is a secret of the website. It looks at each secret for the same time.
func (s *secrets) opens(website, part string) bool {
	return s.has(part, func(secret *Secret) bool { return secret.Website == "" || secret.Website == website })
}

// known reports whether the part of a URL is a secret of any website.
func (s *secrets) known(part string) bool { return s.has(part, func(*Secret) bool { return true }) }

func (s *secrets) has(part string, fits func(*Secret) bool) bool {
	given := sha256.Sum256([]byte(part))
	found := 0
	for _, secret := range s.url {
		if fits(&secret) {
			own := sha256.Sum256([]byte(secret.Value))
			found |= subtle.ConstantTimeCompare(given[:], own[:])
		}
	}
	return found == 1
}
