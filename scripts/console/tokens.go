package console

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"
	"unicode"
)

// MinTokenLength is the least number of characters of a token.
const MinTokenLength = 16

// Token lets a person or a program in.
type Token struct {
	// Name is who has it, for the history. Empty is not known.
	Name string
	// Secret is what they enter, at least MinTokenLength characters.
	Secret string
	// ReadOnly tokens show everything and change nothing.
	ReadOnly bool
}

// readOnlyWord stands behind a token that only reads.
const readOnlyWord = "read"

// ParseTokens reads tokens, one a line: name:token, or name:token:read for one that changes nothing. Empty lines, and those that begin
// with #, are left out. A bare token without a name may stand alone.
func ParseTokens(text string) ([]Token, error) {
	var tokens []Token
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, ":")
		var t Token
		switch {
		case len(parts) == 1:
			t.Secret = line
		case len(parts) == 2, len(parts) == 3 && parts[2] == readOnlyWord:
			t = Token{Name: strings.TrimSpace(parts[0]), Secret: strings.TrimSpace(parts[1]), ReadOnly: len(parts) == 3}
			if t.Name == "" {
				return nil, fmt.Errorf("line %d of the tokens has no name before the colon: write name:token", i+1)
			}
		default:
			return nil, fmt.Errorf("line %d of the tokens is none: write name:token, or name:token:read for one that changes nothing", i+1)
		}
		tokens = append(tokens, t)
	}
	return tokens, checkTokens(tokens)
}

// maxTokenName bounds the characters of a name.
const maxTokenName = 64

// checkTokens refuses tokens that can be guessed or confused.
func checkTokens(tokens []Token) error {
	names, secrets := map[string]bool{}, map[string]bool{}
	for _, t := range tokens {
		whose := "the console's token"
		if t.Name != "" {
			whose = fmt.Sprintf("the console's token of %q", t.Name)
		}
		switch {
		case len(t.Secret) < MinTokenLength:
			return fmt.Errorf("%s has %d characters and can be guessed: use at least %d", whose, len(t.Secret), MinTokenLength)
		case t.Name == "" && len(tokens) > 1:
			return fmt.Errorf("one of the console's %d tokens has no name: write name:token", len(tokens))
		case len(t.Name) > maxTokenName || strings.ContainsFunc(t.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
			return fmt.Errorf("%q is no name for a token: use up to %d printable characters", t.Name, maxTokenName)
		case names[t.Name]:
			return fmt.Errorf("two of the console's tokens are named %q", t.Name)
		case secrets[t.Secret]:
			return fmt.Errorf("%s is that of another name as well", whose)
		}
		names[t.Name], secrets[t.Secret] = true, true
	}
	return nil
}

// key is a token with what is derived from it.
type key struct {
	Token
	digest [sha256.Size]byte // compared in place of the token, whose length it hides
	mac    []byte
}

func keysOf(tokens []Token) []*key {
	keys := make([]*key, len(tokens))
	for i, t := range tokens {
		mac := hmac.New(sha256.New, []byte(t.Secret))
		mac.Write([]byte("crisphost console session"))
		keys[i] = &key{Token: t, digest: sha256.Sum256([]byte(t.Secret)), mac: mac.Sum(nil)}
	}
	return keys
}

// sign appends the signature of a value to it.
func (k *key) sign(value []byte) []byte {
	mac := hmac.New(sha256.New, k.mac)
	mac.Write(value)
	return mac.Sum(value)
}

// withSecret is the key of what somebody entered, or nil. It takes as long for each of them.
func withSecret(keys []*key, text string) (found *key) {
	digest := sha256.Sum256([]byte(text))
	for _, k := range keys {
		if subtle.ConstantTimeCompare(digest[:], k.digest[:]) == 1 {
			found = k
		}
	}
	return found
}
