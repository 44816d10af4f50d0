package history

import (
	"regexp"
	"strings"
	"sync"
)

// secrets recognises entries that must not be written to disk. It errs on the side of forgetting.
type secrets struct {
	// known are the connection's own: the key, and the key in its encoded form.
	known []string
}

// secretPatterns are made at the first use: a shell that only shows its prompt needs none.
var secretPatterns = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		// An owner proves a deletion with a password or a token.
		regexp.MustCompile(`websites\s*\.\s*delete\b`),
		// A name that tells a secret, given a value.
		regexp.MustCompile(`(?i)(pass(word|wd|phrase|code)?|pwd|secret|token|api_?key|apikey|private_?key|credentials?|authorization|auth|otp)["'\]]*\s*[:=,(]\s*["'` + "`" + `\[]`),
		// The same inside a text, such as that of a form; short names that hold one; and a call that logs in.
		regexp.MustCompile(`(?i)(password|passwd|passphrase|secret|token|api_?key)=[^\s=&"'` + "`" + `]`),
		regexp.MustCompile(`(?i)\b(pw|key|pin|creds?)["'\]]*\s*[:=]\s*["'` + "`" + `\[]`),
		regexp.MustCompile(`(?i)\b(log_?in|sign_?in|authenticate)\s*\([^)]*["'` + "`" + `]`),
		regexp.MustCompile(`(?i)\b(basic|bearer)\s+[A-Za-z0-9+/_.=-]{8,}`),
		regexp.MustCompile(`CRISP_KEY`),
		// Well-known forms: JSON web tokens, prefixed keys, keys in PEM.
		regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.`),
		regexp.MustCompile(`\b(sk|pk|rk|ghp|gho|github_pat|glpat|xox[abprs]|AKIA)[_-]?[A-Za-z0-9_-]{12,}`),
		regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY`),
		// The forms of Crisp's keys: 64 hexadecimal digits; and any other long run without structure. UUIDs have dashes.
		regexp.MustCompile(`\b[0-9a-fA-F]{32,}\b`),
		regexp.MustCompile(`["'` + "`" + `][A-Za-z0-9+/_]{40,}={0,2}["'` + "`" + `]`),
	}
})

// in reports whether a text holds a secret.
func (s secrets) in(text string) bool {
	for _, known := range s.known {
		if known != "" && strings.Contains(text, known) {
			return true
		}
	}
	for _, pattern := range secretPatterns() {
		if pattern.MatchString(text) {
			return true
		}
	}
	return false
}
